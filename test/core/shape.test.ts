import { describe, expect, test } from "vitest";
import {
  block,
  choice,
  flag,
  integer,
  joinPath,
  listOf,
  mapOf,
  optional,
  orLater,
  required,
  shorthand,
  text,
} from "../../src/core/shape.js";
import { ProblemList } from "../../src/core/validation.js";

interface Lamp {
  readonly name: string;
  readonly watts?: number;
  readonly colour?: "red" | "green";
  readonly tags?: string[];
  readonly rooms?: Record<string, { on: boolean }>;
}

const lamp = block<Lamp>({
  name: required(text),
  watts: optional(integer(1, 100)),
  colour: optional(choice(["red", "green"])),
  tags: optional(listOf(text)),
  rooms: optional(mapOf(block<{ on: boolean }>({ on: required(flag) }))),
});

function read(value: unknown) {
  const problems = new ProblemList();
  return { value: lamp.read(value, "lamp", problems), problems: problems.found };
}

test("what fits is read as it is, and undefined counts as left out", () => {
  const value = { name: "desk", watts: 5, colour: "red", tags: ["a"], rooms: { hall: { on: true } } };
  expect(read({ ...value, extra: undefined })).toEqual({ value, problems: [] });
});

describe("what does not fit is reported under its path", () => {
  test.each([
    { value: 5, code: "shape/wrong-type", path: "lamp", fix: /a block/ },
    { value: null, code: "shape/wrong-type", path: "lamp", fix: /a block/ },
    { value: [], code: "shape/wrong-type", path: "lamp", fix: /a block/ },
    { value: {}, code: "shape/missing", path: "lamp.name", fix: /add name/ },
    { value: { name: 5 }, code: "shape/wrong-type", path: "lamp.name", fix: /a text/ },
    { value: { name: "x", watt: 5 }, code: "shape/unknown-property", path: "lamp.watt", fix: /did you mean watts/ },
    { value: { name: "x", zzzzzz: 5 }, code: "shape/unknown-property", path: "lamp.zzzzzz", fix: /name, watts/ },
    { value: { name: "x", watts: 0 }, code: "shape/out-of-range", path: "lamp.watts", fix: /from 1 to 100/ },
    { value: { name: "x", watts: 1.5 }, code: "shape/out-of-range", path: "lamp.watts", fix: /whole number/ },
    { value: { name: "x", watts: Number.NaN }, code: "shape/out-of-range", path: "lamp.watts", fix: /whole number/ },
    { value: { name: "x", watts: "5" }, code: "shape/wrong-type", path: "lamp.watts", fix: /whole number/ },
    {
      value: { name: "x", colour: "gren" },
      code: "shape/unknown-choice",
      path: "lamp.colour",
      fix: /did you mean "green"/,
    },
    { value: { name: "x", colour: 5 }, code: "shape/wrong-type", path: "lamp.colour", fix: /"red", "green"/ },
    { value: { name: "x", tags: "a" }, code: "shape/wrong-type", path: "lamp.tags", fix: /a list/ },
    { value: { name: "x", tags: ["a", 5] }, code: "shape/wrong-type", path: "lamp.tags[1]", fix: /a text/ },
    { value: { name: "x", rooms: [] }, code: "shape/wrong-type", path: "lamp.rooms", fix: /named entries/ },
    {
      value: { name: "x", rooms: { "a b": { on: 1 } } },
      code: "shape/wrong-type",
      path: 'lamp.rooms["a b"].on',
      fix: /true or false/,
    },
    { value: Promise.resolve({}), code: "shape/not-plain", path: "lamp", fix: /known when the program runs/ },
    {
      value: { name: "x", watts: Promise.resolve(5) },
      code: "shape/not-plain",
      path: "lamp.watts",
      fix: /whole number/,
    },
  ])("$code at $path", ({ value, code, path, fix }) => {
    const { problems } = read(value);
    expect(problems).toEqual([expect.objectContaining({ code, path, fix: expect.stringMatching(fix) })]);
  });
});

test("reading goes on behind a problem, and what was refused is replaced", () => {
  const { value, problems } = read({ name: 1, watts: 500, colour: "blue", rooms: { hall: 5 } });
  expect(problems.map(({ path }) => path)).toEqual(["lamp.name", "lamp.watts", "lamp.colour", "lamp.rooms.hall"]);
  expect(value).toEqual({ name: "", watts: 1, colour: "red", rooms: { hall: { on: false } } });
});

test("a short form means its long form, and anything else is told both", () => {
  const isNumber = (value: unknown): value is number => typeof value === "number";
  const port = shorthand(
    "a number or a block",
    isNumber,
    (number) => ({ number }),
    block<{ number: number }>({ number: required(integer(1)) }),
  );
  const problems = new ProblemList();
  expect(port.read(80, "port", problems)).toEqual({ number: 80 });
  expect(port.read({ number: 81 }, "port", problems)).toEqual({ number: 81 });
  expect(problems.found).toEqual([]);
  port.read("80", "port", problems);
  expect(problems.found).toEqual([
    expect.objectContaining({ path: "port", value: "80", fix: "write a number or a block" }),
  ]);
});

test("a leaf that is known later passes through", () => {
  const isPromise = (value: unknown): value is Promise<string> => value instanceof Promise;
  const problems = new ProblemList();
  const later = Promise.resolve("x");
  expect(orLater(text, isPromise).read(later, "leaf", problems)).toBe(later);
  expect(problems.found).toEqual([]);
});

test.each([
  ["", "a", "a"],
  ["a", "b-c", "a.b-c"],
  ["a", "b.c", 'a["b.c"]'],
  ["a", "0", 'a["0"]'],
])("the path of %j and %j is %s", (path, key, expected) => {
  expect(joinPath(path, key)).toBe(expected);
});
