import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Where numbers of processes mean what they mean here. */
interface ProcessTable {
  /** The same for all processes that see one another, and for no others; undefined where that cannot be told. */
  readonly place: string | undefined;
  isAlive(pid: number): boolean;
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
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // EPERM: it lives, but belongs to somebody else.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
  },
};

/** What a run writes into the locks that it holds: a line for people, and what another run here can tell its end by. */
export function lockOwner(pid = process.pid, { place }: ProcessTable = thisMachine): string {
  return `${hostname()} pid ${pid} ${randomUUID().slice(0, 8)} ${place ?? "-"}`;
}

const shape = /^\S+ pid (\d+) [0-9a-f]{8} (\S+)$/;

/** True where the owner surely is no more: a process of this very machine that has ended. */
export function isGone(owner: string, { place, isAlive }: ProcessTable = thisMachine): boolean {
  const [, pid, where] = shape.exec(owner) ?? [];
  return place !== undefined && where === place && !isAlive(Number(pid));
}

/** The part that a person can do something with. */
export function nameOfOwner(owner: string): string {
  return owner.split(" ").slice(0, 3).join(" ");
}
