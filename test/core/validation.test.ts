import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { Problem } from "../../src/core/problems.js";
import { assertNoProblems, ProblemList, ValidationError, withoutConsequences } from "../../src/core/validation.js";

const problem = (path: string): Problem => ({ code: "x/y", path, value: 1, why: "is wrong", fix: "mend it" });

test("an error holds every problem as data and tells each on a line, by path", () => {
  const problems = [problem("b"), problem("a")];
  const error = new ValidationError("Workload", problems);
  expect(error.problems).toBe(problems);
  expect(error.message).toBe(
    "Workload: 2 problems; nothing was created.\n  a = 1: is wrong. Fix: mend it.\n  b = 1: is wrong. Fix: mend it.",
  );
});

test("Pulumi takes it for an error whose stack is of no use", () => {
  const error = new ValidationError("Workload", [problem("a")]);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.stack).toBe(error.message);
});

test("no problem, no error", () => {
  expect(() => assertNoProblems("Workload", [])).not.toThrow();
  expect(() => assertNoProblems("Workload", [problem("a")])).toThrow(ValidationError);
});

test("problems are collected in order", () => {
  const list = new ProblemList();
  list.add(problem("a"));
  list.addAll([problem("b"), problem("c")]);
  expect(list.found.map(({ path }) => path)).toEqual(["a", "b", "c"]);
});

describe("what follows from a malformed value is left out", () => {
  test.each([
    { cause: "a.b", other: "a.b", left: false },
    { cause: "a.b", other: "a.b.c", left: false },
    { cause: "a.b", other: "a.b[0]", left: false },
    { cause: "a.b", other: "a.bc", left: true },
    { cause: "a.b", other: "a", left: true },
  ])("$other after $cause: $left", ({ cause, other, left }) => {
    expect(withoutConsequences([problem(cause)], [problem(other)])).toHaveLength(left ? 1 : 0);
  });
});
