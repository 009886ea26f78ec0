import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** A living process that carries a given text in its environment. */
export interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Every living process whose environment mentions `mark`.
 *
 * A temporary directory's path is such a mark: whatever a test started, directly
 * or through the engine and its plugins, inherited it.
 */
export async function processesMarked(mark: string): Promise<MarkedProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(pids.map((pid) => readProcess(pid, mark)));
  return found.filter((each) => each !== undefined);
}

async function readProcess(pid: string, mark: string): Promise<MarkedProcess | undefined> {
  try {
    const [environ, cmdline, stat] = await Promise.all(
      ["environ", "cmdline", "stat"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
    );
    // A zombie has ended; only its parent has not yet asked how.
    if (!environ?.includes(mark) || /\) Z /.test(stat ?? "")) return undefined;
    const pairs = environ
      .split("\0")
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    return {
      pid: Number(pid),
      command: (cmdline ?? "").split("\0").join(" ").trim(),
      environment: Object.fromEntries(pairs),
    };
  } catch {
    return undefined; // ended while we looked, or is not ours
  }
}

/** Kills every process that carries `mark`, and those they start meanwhile; fails when some live on. */
export async function killMarked(mark: string, timeoutSeconds = 10): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const alive = await processesMarked(mark);
    if (alive.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`still alive after ${timeoutSeconds} s: ${alive.map((p) => `${p.pid} ${p.command}`).join("; ")}`);
    }
    for (const { pid } of alive) kill(pid);
    await sleep(20);
  }
}

/** Runs when this process ends before its time, by a signal or an uncaught error: nothing asynchronous can then. */
export function beforeEarlyEnd(cleanUp: () => void): { cancel(): void } {
  const byExit = (): void => cleanUp();
  const bySignal = (signal: NodeJS.Signals): void => {
    cleanUp();
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  process.once("exit", byExit);
  for (const signal of signals) process.once(signal, bySignal);
  return {
    cancel() {
      process.off("exit", byExit);
      for (const signal of signals) process.off(signal, bySignal);
    },
  };
}

/** Kills every process that carries `mark`, at once and without waiting. */
export function killMarkedNow(mark: string): void {
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) kill(Number(pid));
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
}

/** Ends a process at once; that it has ended already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Waits until `look` returns something; the message says what was seen last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { timeoutSeconds = 20, everyMs = 50, seen }: { timeoutSeconds?: number; everyMs?: number; seen?: () => string } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutSeconds} s: ${what}${seen === undefined ? "" : `; seen: ${seen()}`}`);
    }
    await sleep(everyMs);
  }
}
