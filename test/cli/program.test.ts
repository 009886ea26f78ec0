import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Exit } from "../../src/cli/exit.js";
import { interruptible } from "../../src/cli/interrupt.js";
import { isokubeProgram, runProgram } from "../../src/cli/program.js";
import { ToolchainError } from "../../toolchain/index.js";

let stdout = "";
let stderr = "";
beforeEach(() => {
  stdout = "";
  stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function programThatThrows(error: unknown): Command {
  const program = new Command("isokube").exitOverride();
  program.addCommand(
    new Command("fail").action(() => {
      throw error;
    }),
  );
  return program;
}

const problem = { path: "x", why: "y", fix: "z" };

describe("the command line", () => {
  test.each<[string, unknown, number]>([
    ["an error", new Error("boom"), 1],
    ["what the command chose", new Exit(2, "boom"), 2],
    ["a deployment's failure", new Exit(4, "boom"), 4],
    ["a build that fails", new ToolchainError([{ ...problem, code: "toolchain/build-failed" }]), 1],
    ["what the user can set right", new ToolchainError([{ ...problem, code: "toolchain/go-missing" }]), 2],
  ])("ends with Pulumi's code for %s, and keeps stdout clean", async (_, error, code) => {
    expect(await runProgram(programThatThrows(error), ["fail"])).toBe(code);
    expect(stderr).toContain((error as Error).message);
    expect(stdout).toBe("");
  });

  test.each([
    [["--help"], 0, "out"],
    [["toolchain", "--help"], 0, "out"],
    [["--version"], 0, "out"],
    [["frobnicate"], 2, "err"],
    [["toolchain", "--frobnicate"], 2, "err"],
    [["toolchain", "--part", "nope"], 2, "err"],
    [["toolchain", "--list", "--kubernetes", "1.30"], 2, "err"],
  ])("%j ends with %i and speaks on std%s", async (args, code, stream) => {
    expect(await runProgram(isokubeProgram(), args)).toBe(code);
    expect(stream === "out" ? stderr : stdout).toBe("");
    expect(stream === "out" ? stdout : stderr).not.toBe("");
  });
});

describe("interruptible", () => {
  test("turns Ctrl-C into an abort and the abort into one clear end", async () => {
    const work = interruptible(
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("cut off")))),
    );
    process.emit("SIGINT");
    await expect(work).rejects.toMatchObject({ exitCode: 1, message: expect.stringMatching(/^interrupted/) });
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });

  test("passes results and failures through", async () => {
    expect(await interruptible(() => Promise.resolve(7))).toBe(7);
    await expect(interruptible(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});
