import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { quoteWord, quoteWords } from "../../../src/onprem/transport/quote.js";

const hostile = [
  "",
  "'",
  "''",
  "it's",
  "\\",
  "a\nb",
  "\n",
  "$(touch /tmp/x)",
  "`id`",
  "$HOME",
  "!!",
  "*",
  "~",
  "-n",
  "a b\tc",
  '"',
  "ü€😀",
  "\u0001\u007f\r",
];

/** What the shells of this machine make of words. */
function readBack(shell: string, words: readonly string[]): string[] {
  const command = `printf '%s\\0' ${quoteWords(words)}`;
  return execFileSync(shell, ["-c", command], { encoding: "utf8" }).split("\0").slice(0, -1);
}

it.each(["/bin/sh", "/bin/bash"])("%s gives back every word exactly as it was", (shell) => {
  expect(readBack(shell, hostile)).toEqual(hostile);
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: fc.constantFrom("'", "\\", "\n", "$", "`", '"', " ", "a") }),
  );
  const words = fc.array(
    text.map((word) => Buffer.from(word.replaceAll("\0", "")).toString("utf8")),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(words, (given) => {
      expect(readBack(shell, given)).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

it("refuses what no argument can hold", () => {
  expect(() => quoteWord("a\0b")).toThrow(/NUL byte/);
  expect(() => quoteWord("x".repeat(100_001))).toThrow(/standard input/);
});
