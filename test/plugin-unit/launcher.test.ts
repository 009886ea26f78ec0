import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../plugin/pulumi-resource-isokube", import.meta.url));

/** Runs a command in an environment of its own; never rejects. */
function run(command: string, args: readonly string[], path: string): Promise<{ output: string; failed: boolean }> {
  return new Promise((done) => {
    execFile(command, args, { env: { PATH: path }, timeout: 10_000 }, (error, stdout, stderr) =>
      done({ output: stdout + stderr, failed: error !== null }),
    );
  });
}

describe("the launcher", () => {
  let directory: string;
  let started: string;
  const path = `${dirname(process.execPath)}:/usr/bin:/bin`;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "isokube-launcher-"));
    started = join(directory, "package with spaces", "plugin", "pulumi-resource-isokube");
    await mkdir(dirname(started), { recursive: true });
    await copyFile(launcher, started);
    const dist = join(directory, "package with spaces", "dist", "plugin");
    await mkdir(dist, { recursive: true });
    await writeFile(join(dist, "main.js"), "console.log(process.pid, process.argv.slice(2).join('|'))");
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("runs the built plugin beside it with its arguments, as the very same process", async () => {
    const shell = `echo $$; exec '${started}' --logtostderr '127.0.0.1:1 x'`;
    const { output } = await run("/bin/sh", ["-c", shell], path);
    const [pid, line] = output.split("\n");
    expect(line).toBe(`${pid} --logtostderr|127.0.0.1:1 x`);
  });

  test("finds it through relative and absolute links", async () => {
    await symlink(started, join(directory, "absolute"));
    await mkdir(join(directory, "bin"));
    await symlink("../absolute", join(directory, "bin", "pulumi-resource-isokube"));
    const { output } = await run(join(directory, "bin", "pulumi-resource-isokube"), ["a"], path);
    expect(output).toMatch(/^\d+ a\n$/);
  });

  test("says what to do when nothing was built", async () => {
    await rm(join(directory, "package with spaces", "dist"), { recursive: true });
    const { output, failed } = await run(started, [], path);
    expect(failed).toBe(true);
    expect(output).toContain("node scripts/build.mjs");
  });

  test("says so when there is no Node.js", async () => {
    const { output, failed } = await run("/bin/sh", [started], join(directory, "empty"));
    expect(failed).toBe(true);
    expect(output).toContain("there is no node on PATH");
  });
});
