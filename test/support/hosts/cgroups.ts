import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kill } from "../processes.js";

/**
 * Where each hierarchy is mounted: one for each controller, systemd's own, and beside them the unified one, if there
 * is one. It counts, although it controls nothing: systemd-nspawn goes by it when it names the group that the systemd
 * of a host works in, and two that work in one remove each other's services (they fail with exit status 219).
 */
function hierarchies(): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const find = (type: string): string[] =>
    mounts.flatMap((line) => {
      const [own = "", system = ""] = line.split(" - ");
      return system.startsWith(`${type} `) ? [own.split(" ")[4] ?? ""] : [];
    });
  const controllers = find("cgroup");
  if (controllers.length === 0) {
    throw new Error("this machine has no cgroup v1 controllers; the hosts are known to boot on those alone");
  }
  return [...controllers, ...find("cgroup2")];
}

/** A host's group in each hierarchy. */
export function groupsOf(run: string, host: string): string[] {
  return hierarchies().map((hierarchy) => join(hierarchy, `isokube-${run}-${host}`));
}

export function groupsOfRun(run: string): string[] {
  return hierarchies().flatMap((hierarchy) =>
    readdirSync(hierarchy)
      .filter((name) => name.startsWith(`isokube-${run}-`))
      .map((name) => join(hierarchy, name)),
  );
}

export function makeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    mkdirSync(group, { recursive: true });
    // Nothing can join a cpuset that has no processor and no memory.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const outer = join(dirname(group), file);
      if (existsSync(outer)) writeFileSync(join(group, file), readFileSync(outer));
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
