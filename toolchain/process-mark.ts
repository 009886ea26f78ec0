import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { parseProcStat } from "../src/core/proc-stat.js";

/**
 * Names one run of one process: `PID.START@HOST`. The start keeps a reused
 * process number from being taken for its former owner, the host keeps
 * containers that share a cache apart.
 */
export type ProcessMark = `${number}.${string}@${string}`;

export function processMark(pid: number = process.pid): ProcessMark {
  return `${pid}.${startOf(pid) ?? "0"}@${hostname()}`;
}

/** Whether that very process still runs; `undefined` when it is another host's, which cannot be seen from here. */
export function isRunning(mark: string): boolean | undefined {
  const parsed = /^(\d+)\.([^@]*)@(.*)$/.exec(mark);
  if (parsed === null) return false;
  const [, pid = "", start = "", host = ""] = parsed;
  if (host !== hostname()) return undefined;
  return startOf(Number(pid)) === start;
}

/** When a process started, in whatever unit the system counts; `undefined` when there is no such process. */
function startOf(pid: number): string | undefined {
  if (process.platform === "linux") return startOnLinux(pid);
  if (process.platform === "win32") return isAlive(pid) ? "0" : undefined;
  const listed = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout?.trim();
  return listed === undefined || listed === "" ? undefined : listed.replace(/\W+/g, "-");
}

function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const seen = parseProcStat(stat);
  // A zombie holds nothing any more; it only waits to be collected.
  return seen?.state === "Z" ? undefined : seen?.startTime;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
