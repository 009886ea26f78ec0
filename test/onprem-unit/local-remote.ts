import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Remote, RemoteResult, RemoteScript } from "../../src/onprem/remote.js";

const programs = "/programs";

/** Puts a program in the place of the machine's own of that name. */
export function replaceProgram(root: string, name: string, script: string): void {
  mkdirSync(join(root, programs), { recursive: true });
  writeFileSync(join(root, programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/**
 * Runs scripts with this machine's shell; absolute paths among their parameters
 * are those of a folder in its place. For scripts that touch nothing but what
 * their parameters name.
 */
export function localRemote(root: string): Remote {
  const inside = (path: string): string => (path.startsWith("/") ? join(root, path) : path);
  const run = (script: RemoteScript): Promise<RemoteResult> => {
    const child = spawn("/bin/sh", ["-c", script.text, "sh", ...(script.args ?? []).map(inside)], {
      env: { ...process.env, PATH: `${join(root, programs)}:${process.env["PATH"]}` },
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      output.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output.stderr += chunk.toString();
    });
    // A script that does not read its input may be gone before it is written.
    child.stdin.on("error", () => {});
    child.stdin.end(script.input ?? "");
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => {
        const result = { exitCode: exitCode ?? -1, ...output };
        if ((script.accept ?? [0]).includes(result.exitCode)) resolve(result);
        else reject(new Error(`exit ${result.exitCode}: ${output.stderr}`));
      });
    });
  };
  return {
    name: "cp1",
    run,
    runUnit: run,
    readFile: async (path) => (existsSync(inside(path)) ? readFileSync(inside(path)) : undefined),
    async writeFile({ path, content, mode }) {
      mkdirSync(dirname(inside(path)), { recursive: true });
      writeFileSync(inside(path), content);
      chmodSync(inside(path), mode);
    },
    async upload({ from, path, mode }) {
      mkdirSync(dirname(inside(path)), { recursive: true });
      writeFileSync(inside(path), readFileSync(from));
      chmodSync(inside(path), mode);
    },
    async close() {},
  };
}
