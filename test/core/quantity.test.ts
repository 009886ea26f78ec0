import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareQuantities, parseQuantity } from "../../src/core/quantity.js";

const unit = 1_000_000_000n;

describe("parseQuantity", () => {
  test.each([
    ["1", unit],
    ["250m", unit / 4n],
    ["1.5", (unit * 3n) / 2n],
    [".5", unit / 2n],
    ["5.", 5n * unit],
    ["1e3", 1000n * unit],
    ["1E3", 1000n * unit],
    ["1e-3", unit / 1000n],
    ["1k", 1000n * unit],
    ["1Ki", 1024n * unit],
    ["1.5Gi", ((1024n ** 3n * 3n) / 2n) * unit],
    ["1E", 10n ** 18n * unit],
    ["1Ei", 1024n ** 6n * unit],
    ["100n", 100n],
    ["0.1n", 1n],
    ["-1", -unit],
    ["+1", unit],
    ["0", 0n],
  ])("reads %j", (text, amount) => expect(parseQuantity(text)).toBe(amount));

  test.each(["", "m", "1x", "1 Gi", "1gi", "1Gx", "1.2.3", "0x10", "1K", "1mi", "--1", "1e", ".", "∞", "1e999"])(
    "refuses %j",
    (text) => expect(parseQuantity(text)).toBeUndefined(),
  );

  test("is exact beyond what a double holds", () => {
    expect(compareQuantities("9007199254740993", "9007199254740992")).toBe(1);
  });

  test("a thousand milli are one, for any whole amount", () => {
    fc.assert(
      fc.property(fc.nat(), (amount) => {
        expect(compareQuantities(`${amount}000m`, String(amount))).toBe(0);
      }),
    );
  });

  test("comparing is antisymmetric and agrees with numbers", () => {
    const suffixes = { "": 1, k: 1e3, Ki: 1024, M: 1e6, Mi: 1024 ** 2 };
    const quantity = fc.tuple(fc.nat(100_000), fc.constantFrom("", "k", "Ki", "M", "Mi"));
    fc.assert(
      fc.property(quantity, quantity, ([a, sa], [b, sb]) => {
        const order = Math.sign(a * suffixes[sa] - b * suffixes[sb]);
        expect(compareQuantities(`${a}${sa}`, `${b}${sb}`)).toBe(order);
        expect(compareQuantities(`${b}${sb}`, `${a}${sa}`)).toBe(order === 0 ? 0 : -order);
      }),
    );
  });
});

test("what is no quantity compares with nothing", () => {
  expect(compareQuantities("much", "1")).toBeUndefined();
  expect(compareQuantities("1", "")).toBeUndefined();
});
