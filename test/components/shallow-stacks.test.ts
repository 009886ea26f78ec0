import { afterEach, expect, test, vi } from "vitest";
import { withShallowStacks } from "../../src/components/shallow-stacks.js";

const before = Error.stackTraceLimit;
afterEach(() => {
  vi.unstubAllEnvs();
  expect(Error.stackTraceLimit).toBe(before);
});

const framesOf = (error: unknown): string[] =>
  String((error as Error).stack)
    .split("\n    at ")
    .slice(1);

test("what is made inside notes no stack, and what is made after it does", () => {
  expect(withShallowStacks(() => framesOf(new Error("inside")))).toEqual([]);
  expect(framesOf(new Error("after")).length).toBeGreaterThan(1);
});

test("an error that comes out says what it said, and leads to who called", () => {
  let caught: unknown;
  const whoCalls = (): void => {
    withShallowStacks(() => {
      throw new TypeError("no such thing");
    });
  };
  try {
    whoCalls();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(TypeError);
  expect((caught as Error).stack).toMatch(/^TypeError: no such thing\n/);
  expect(framesOf(caught)[0]).toContain("whoCalls");
});

test("one inside another changes nothing", () => {
  expect(() =>
    withShallowStacks(() =>
      withShallowStacks(() => {
        throw new Error("deep");
      }),
    ),
  ).toThrow("deep");
});

test("who looks for leaked promises gets all of them", () => {
  vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "1");
  expect(withShallowStacks(() => framesOf(new Error("inside")).length)).toBeGreaterThan(1);
});
