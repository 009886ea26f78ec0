import { spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readTail } from "./files.js";
import { type Layout, type ProcessName, processNames } from "./layout.js";
import { findByEnvironment, startTimeOf, type TableEntry } from "./process-table.js";

/** Variables by which a process is known to belong to a cluster. */
export const marker = {
  cluster: "ISOKUBE_CLUSTER",
  component: "ISOKUBE_COMPONENT",
  /** Hash of everything the process was started with: another one means it must be restarted. */
  fingerprint: "ISOKUBE_FINGERPRINT",
} as const;

const pollMs = 10;
const logLimitBytes = 16 * 1024 * 1024;

export interface FoundProcess {
  readonly name: ProcessName;
  readonly pid: number;
  readonly startTime: string;
  readonly stopped: boolean;
  readonly fingerprint: string;
}

/** How to start one process of a cluster. */
export interface Command {
  readonly name: ProcessName;
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

/** A process started just now, by this very program. */
export interface StartedProcess {
  readonly name: ProcessName;
  readonly pid: number;
  /** How it ended, as a clause; undefined while it runs. */
  ended(): string | undefined;
}

function isProcessName(name: string | undefined): name is ProcessName {
  return processNames.some((known) => known === name);
}

/** The cluster's living processes, orphans of a killed caller included. */
export function findProcesses(layout: Layout): FoundProcess[] {
  return findByEnvironment(marker.cluster, layout.dataDirectory).flatMap((entry): FoundProcess[] => {
    const name = entry.environment.get(marker.component);
    // A program that merely inherited the variable, such as a shell, is none of ours.
    if (!isProcessName(name)) return [];
    return [
      { name, pid: entry.pid, startTime: entry.startTime, stopped: entry.stopped, fingerprint: fingerprintOf(entry) },
    ];
  });
}

function fingerprintOf(entry: TableEntry): string {
  return entry.environment.get(marker.fingerprint) ?? "";
}

/** Starts a process that outlives this one, in a session of its own, its output going to its log file. */
export function startProcess(layout: Layout, command: Command): StartedProcess {
  const log = openLog(layout.log(command.name));
  let ended: string | undefined;
  try {
    const child = spawn(command.executable, [...command.arguments], {
      cwd: layout.run,
      // Nothing of the caller's environment: proxies, credentials and GODEBUG would change what runs.
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: layout.run,
        ...command.environment,
        [marker.cluster]: layout.dataDirectory,
        [marker.component]: command.name,
        [marker.fingerprint]: command.fingerprint,
      },
      detached: true,
      stdio: ["ignore", log, log],
    });
    child.once("error", (error) => {
      ended = `could not be started: ${error.message}`;
    });
    child.once("exit", (code, signal) => {
      ended = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
    });
    child.unref();
    return { name: command.name, pid: child.pid ?? 0, ended: () => ended };
  } finally {
    closeSync(log);
  }
}

/** Opens a log for appending; a long one is put aside first, so that logs stay bounded. */
function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}

/** Whether this is still the process that was found, and not a later one with its pid. */
function isAlive(found: Pick<FoundProcess, "pid" | "startTime">): boolean {
  return startTimeOf(found.pid) === found.startTime;
}

function signal(found: FoundProcess, name: "SIGTERM" | "SIGCONT" | "SIGKILL"): void {
  if (!isAlive(found)) return;
  try {
    process.kill(found.pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function waitUntilGone(
  processes: readonly FoundProcess[],
  milliseconds: number,
): Promise<readonly FoundProcess[]> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const alive = processes.filter(isAlive);
    if (alive.length === 0 || performance.now() > deadline) return alive;
    await sleep(pollMs);
  }
}

/**
 * Ends processes and waits until they are gone: SIGTERM, then SIGKILL for those
 * that take longer than `graceSeconds` (0: SIGKILL at once).
 *
 * @throws when one is still there 10 s after SIGKILL.
 */
export async function stopProcesses(processes: readonly FoundProcess[], graceSeconds: number): Promise<void> {
  let alive = processes;
  if (graceSeconds > 0) {
    for (const found of alive) {
      signal(found, "SIGTERM");
      if (found.stopped) signal(found, "SIGCONT");
    }
    alive = await waitUntilGone(alive, graceSeconds * 1000);
  }
  for (const found of alive) signal(found, "SIGKILL");
  alive = await waitUntilGone(alive, 10_000);
  if (alive.length > 0) {
    const names = alive.map((found) => `${found.name} (pid ${found.pid})`).join(", ");
    throw new Error(`still running 10 s after SIGKILL: ${names}`);
  }
}

/** The last lines of a process's log for an error message, without anything that looks like a credential. */
export async function logTail(layout: Layout, name: ProcessName, lines = 12): Promise<string> {
  const text = await readTail(layout.log(name), 16 * 1024);
  const last = text.trimEnd().split("\n").slice(-lines);
  return redact(last.map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line)).join("\n"));
}

export function redact(text: string): string {
  return text
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, "[private key]")
    .replace(/\b(Bearer\s+|token[=:]\s*"?|password[=:]\s*"?)[^\s",]+/gi, "$1[hidden]")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "[token]");
}
