import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildSync } from "esbuild";
import { vi } from "vitest";

/** A folder of a test's own, with the environment pointed at it. */
export interface Sandbox {
  readonly directory: string;
  /** First on PATH; empty until a test puts a program there. */
  readonly bin: string;
  readonly cache: string;
  /** Writes an executable shell script into `bin`. */
  script(name: string, body: string): string;
  close(): void;
}

export function openSandbox(): Sandbox {
  const directory = mkdtempSync(join(tmpdir(), "isokube-toolchain-"));
  const bin = join(directory, "bin");
  const cache = join(directory, "cache");
  mkdirSync(bin);
  vi.stubEnv("ISOKUBE_CACHE", cache);
  vi.stubEnv("ISOKUBE_DOWNLOADS", "off");
  vi.stubEnv("PULUMI_HOME", join(directory, "pulumi-home"));
  // A shell's own tools, but none of the parts that this machine may have.
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
  return {
    directory,
    bin,
    cache,
    script(name, body) {
      const path = join(bin, name);
      writeFileSync(path, `#!/bin/sh\n${body}\n`);
      chmodSync(path, 0o755);
      return path;
    },
    close() {
      vi.unstubAllEnvs();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface RunningScript {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  ended(): Promise<number | null>;
}

/** Bundles a script that imports from the toolchain's sources and runs it in a process of its own. */
export function startScript(sandbox: Sandbox, name: string, source: string): RunningScript {
  const file = join(sandbox.directory, `${name}.mjs`);
  const root = join(import.meta.dirname, "..", "..");
  buildSync({
    stdin: { contents: source, resolveDir: root, loader: "ts" },
    // From here it finds the Go modules, as the sources do.
    define: { "import.meta.dirname": JSON.stringify(root) },
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, pid: child.pid ?? 0, output: () => text, ended: () => ended };
}

/** Waits, bounded, until something holds; the failure says what was seen instead. */
export async function until(what: string, holds: () => boolean, seen: () => string, seconds = 10): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !holds(); ) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}; seen: ${seen()}`);
    await sleep(10);
  }
}
