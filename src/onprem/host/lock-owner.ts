import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { parseProcStat } from "../../core/proc-stat.js";

/** Where numbers of processes mean what they mean here. */
interface ProcessTable {
  /** The same for all processes that see one another, and for no others; undefined where that cannot be told. */
  readonly place: string | undefined;
  /** Undefined where none has this number. It tells one process from the next that gets its number. */
  startTimeOf(pid: number): string | undefined;
}

/** A name says little: two containers, or two machines made from one image, may have the same. */
function readPlace(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;
  } catch {
    return undefined;
  }
}

const thisMachine: ProcessTable = {
  place: readPlace(),
  startTimeOf(pid) {
    try {
      return parseProcStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.startTime;
    } catch {
      return undefined;
    }
  },
};

/** What a run writes into the locks that it holds: a line for people, and what another run here can tell its end by. */
export function lockOwner(pid = process.pid, { place, startTimeOf }: ProcessTable = thisMachine): string {
  const where = place === undefined ? "-" : `${place}/${startTimeOf(pid) ?? "0"}`;
  return `${hostname()} pid ${pid} ${randomUUID().slice(0, 8)} ${where}`;
}

const shape = /^\S+ pid (\d+) [0-9a-f]{8} (\S+)\/(\d+)$/;

/** True where the owner surely is no more: a process of this very machine that has ended. */
export function isGone(owner: string, { place, startTimeOf }: ProcessTable = thisMachine): boolean {
  const [, pid, where, startTime] = shape.exec(owner) ?? [];
  return place !== undefined && where === place && startTimeOf(Number(pid)) !== startTime;
}

/** The part that a person can do something with. */
export function nameOfOwner(owner: string): string {
  return owner.split(" ").slice(0, 3).join(" ");
}
