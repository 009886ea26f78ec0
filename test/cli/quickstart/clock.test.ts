import { describe, expect, it } from "vitest";
import { clockBegun, clockMark, clockVariable } from "../../../src/cli/quickstart/clock.js";

describe("the clock of the quickstart", () => {
  it("goes on from the command that installed what this one needs", () => {
    const begun = clockBegun({ [clockVariable]: "1000" }, 33_000);
    expect(clockMark(begun, 33_000)).toBe("[ 32 s]");
  });

  it.each([undefined, "", "soon", "99000"])("begins anew where it is told %j", (told) => {
    expect(clockBegun({ [clockVariable]: told }, 33_000)).toBe(33_000);
  });
});
