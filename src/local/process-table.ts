import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { type ProcStat, parseProcStat } from "../core/proc-stat.js";

/** A process that carries a given variable in the environment it was started with. */
export interface TableEntry {
  readonly pid: number;
  /** Tells two processes apart that had the same pid one after the other. */
  readonly startTime: string;
  /** Halted by a signal: it lives, but does nothing. */
  readonly stopped: boolean;
  readonly environment: ReadonlyMap<string, string>;
}

/**
 * Every living process started with `name=value` in its environment.
 *
 * The environment is the one mark that a process keeps when its parent, its pid
 * file and its session are gone, and that no other process has by chance.
 */
export function findByEnvironment(name: string, value: string): TableEntry[] {
  return platform() === "linux" ? scanProc(name, value) : parsePs(runPs([]), name, value);
}

/** When the process with this pid was started; undefined when none lives. */
export function startTimeOf(pid: number): string | undefined {
  if (platform() === "linux") {
    const stat = readProcStat(pid);
    return stat === undefined || (stat.state === "Z" && hasNoThreads(pid)) ? undefined : stat.startTime;
  }
  const line = /^\s*\d+\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s/m.exec(runPs(["-p", String(pid)]));
  return line === null || line[1]?.startsWith("Z") === true ? undefined : line[2];
}

// Reading /proc does not wait for a disk, so the synchronous calls are both the
// faster ones (by far: there are two for every process) and harmless.
function scanProc(name: string, value: string): TableEntry[] {
  const mark = `${name}=${value}\0`;
  const found: TableEntry[] = [];
  for (const directory of readdirSync("/proc")) {
    const pid = Number(directory);
    if (!Number.isInteger(pid)) continue;
    const environ = readProc(pid, "environ");
    if (environ === undefined || !`\0${environ}`.includes(`\0${mark}`)) continue;
    const stat = readProcStat(pid);
    if (stat === undefined || stat.state === "Z") continue;
    const pairs = environ.split("\0").filter((pair) => pair.includes("="));
    found.push({
      pid,
      startTime: stat.startTime,
      stopped: stat.state === "T" || stat.state === "t",
      environment: new Map(pairs.map((pair) => splitAt(pair, pair.indexOf("=")))),
    });
  }
  return found;
}

function splitAt(text: string, index: number): [string, string] {
  return [text.slice(0, index), text.slice(index + 1)];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined; // it ended meanwhile, or is somebody else's
  }
}

function readProcStat(pid: number): ProcStat | undefined {
  return parseProcStat(readProc(pid, "stat") ?? "");
}

/** The first thread of a killed process may be done while others still hold its ports and files. */
function hasNoThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

function runPs(selection: readonly string[]): string {
  const all = selection.length === 0 ? ["-A"] : selection;
  return execFileSync("ps", [...all, "-E", "-ww", "-o", "pid=,state=,lstart=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { LC_ALL: "C", PATH: process.env["PATH"] },
  });
}

/** Reads `ps -E -o pid=,state=,lstart=,command=` of the BSDs and macOS, where the environment follows the command. */
export function parsePs(output: string, name: string, value: string): TableEntry[] {
  const line = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  return output.split("\n").flatMap((text): TableEntry[] => {
    const [, pid, state, startTime, rest] = line.exec(text) ?? [];
    if (pid === undefined || state === undefined || startTime === undefined || rest === undefined) return [];
    if (state.startsWith("Z") || !` ${rest} `.includes(` ${name}=${value} `)) return [];
    const pairs = rest.matchAll(/(?<=^| )([A-Za-z_][A-Za-z0-9_]*)=((?:(?! [A-Za-z_][A-Za-z0-9_]*=).)*)/g);
    const environment = new Map([...pairs].map(([, key = "", content = ""]): [string, string] => [key, content]));
    return [{ pid: Number(pid), startTime, stopped: state.startsWith("T"), environment }];
  });
}
