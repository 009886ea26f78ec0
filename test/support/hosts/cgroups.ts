import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kill } from "../processes.js";

/** Where each controller is mounted. */
function controllers(): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const found = mounts.flatMap((line) => {
    const [own = "", system = ""] = line.split(" - ");
    return system.startsWith("cgroup ") ? [own.split(" ")[4] ?? ""] : [];
  });
  if (found.length === 0) {
    throw new Error("this machine has only cgroup v2: the hosts are known to boot on cgroup v1 controllers alone");
  }
  return found;
}

/** A host's group under each controller. They sort by name, so all of a run are found again by its name alone. */
export function groupsOf(run: string, host: string): string[] {
  return controllers().map((controller) => join(controller, `isokube-${run}-${host}`));
}

export function groupsOfRun(run: string): string[] {
  return controllers().flatMap((controller) =>
    readdirSync(controller)
      .filter((name) => name.startsWith(`isokube-${run}-`))
      .map((name) => join(controller, name)),
  );
}

export function makeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    mkdirSync(group, { recursive: true });
    // Nothing can join a cpuset that has no processor and no memory.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const own = join(group, file);
      if (existsSync(own)) writeFileSync(own, readFileSync(join(dirname(group), file)));
    }
  }
}

/** Every process in a group or below it. */
export function processesIn(group: string): number[] {
  try {
    const own = readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
    return [...own, ...below(group).flatMap(processesIn)];
  } catch {
    return []; // gone meanwhile
  }
}

/** Kills whatever is in these groups, and what it starts meanwhile; fails when some lives on. */
export async function killGroups(groups: readonly string[], timeoutSeconds = 20): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const alive = new Set(groups.flatMap(processesIn));
    if (alive.size === 0) return;
    if (Date.now() > deadline) throw new Error(`still alive after ${timeoutSeconds} s: pids ${[...alive].join(" ")}`);
    for (const pid of alive) kill(pid);
    await sleep(20);
  }
}

/** Removes groups in which nothing runs any more, with all that is below them. */
export async function removeGroups(groups: readonly string[], timeoutSeconds = 10): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (const group of groups) {
    // The kernel calls a group busy for a moment after its last process has ended.
    for (;;) {
      try {
        removeTree(group);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(20);
      }
    }
  }
}

function removeTree(group: string): void {
  if (!existsSync(group)) return;
  for (const child of below(group)) removeTree(child);
  rmdirSync(group);
}

function below(group: string): string[] {
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(group, entry.name));
}
