import { expect, it } from "vitest";
import { excerptOf } from "../../../src/onprem/transport/excerpt.js";

it("keeps the last lines, as one", () => {
  expect(excerptOf("1\n2\n\n3\r\n4\n5\n6\n7\n")).toBe("2 | 3 | 4 | 5 | 6 | 7");
  expect(excerptOf(" \n\n")).toBe("");
});

it("takes out what a terminal would obey", () => {
  expect(excerptOf("\u001b[31mred\u001b[0m\u0007 bell")).toBe("red bell");
});

it("is short, whatever was said", () => {
  expect(excerptOf("x".repeat(1_000_000)).length).toBeLessThan(700);
});
