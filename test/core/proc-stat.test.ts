import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseProcStat } from "../../src/core/proc-stat.js";

/** Fields 3 to 22 as the kernel writes them: the state first, the start time last. */
const tail = "S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 123456 9000 10";

describe("what Linux tells of a process", () => {
  test.each(["node", "a b", "x) Z 9 (y", ")"])("is read past a command named %j", (command) => {
    expect(parseProcStat(`7 (${command}) ${tail}`)).toEqual({ state: "S", startTime: "123456" });
  });

  test("is nothing when the text was cut off", () => {
    expect(parseProcStat("7 (node) S 1 7")).toBeUndefined();
  });

  test.runIf(process.platform === "linux")("is told of this very process", () => {
    expect(parseProcStat(readFileSync("/proc/self/stat", "utf8"))).toEqual({
      state: expect.stringMatching(/^[RS]$/),
      startTime: expect.stringMatching(/^\d+$/),
    });
  });
});
