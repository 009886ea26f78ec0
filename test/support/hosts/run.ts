import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../../toolchain/lock.js";
import { isRunning, processMark } from "../../../toolchain/process-mark.js";
import { eventually, kill } from "../processes.js";
import { groupsOfRun, killGroups, processesIn, removeGroups } from "./cgroups.js";
import { command, removeFolder, tryCommand } from "./commands.js";
import { noteMachineSettings, restoreMachineSettings } from "./machine-settings.js";

/**
 * One set of hosts that is up at a time. Everything it makes on the machine has its name: `iso3` is the link to the
 * hosts and the namespace of the switch they are plugged into, `iso3-host1` a host's network namespace,
 * `isokube-iso3-host1` its control groups.
 */
export interface Run {
  readonly name: string;
  readonly folder: string;
  /** The first three numbers of its /24. */
  readonly network: string;
}

/** What the hosts of a run have in common. */
export function runFiles(run: Run): { readonly privateKey: string } {
  return { privateKey: join(run.folder, "id_ed25519") };
}

/** The same for every user and environment, because it is also where the next run looks for what this one left. */
const home = "/var/tmp/isokube-hosts";
const namespaces = "/run/netns";

const locked = <T>(work: () => Promise<T>): Promise<T> => {
  mkdirSync(home, { recursive: true });
  return withLock(join(home, "lock"), { pollMilliseconds: 50 }, work);
};

function runOf(number: number): Run {
  return { name: `iso${number}`, folder: join(home, String(number)), network: `10.89.${number}` };
}

function allRuns(): Run[] {
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => runOf(Number(name)));
}

/** Takes a free number, after removing what runs left behind whose process is gone. */
export function beginRun(): Promise<Run> {
  return locked(async () => {
    await removeAbandoned();
    const addresses = await command(["ip", "-o", "-4", "address"]);
    for (let number = 1; number < 255; number += 1) {
      const run = runOf(number);
      if (existsSync(run.folder) || addresses.includes(` ${run.network}.`)) continue;
      mkdirSync(run.folder, { mode: 0o700 });
      // Nobody else looks before the lock is given back; killed before this line, the folder counts as abandoned.
      writeFileSync(join(run.folder, "owner"), processMark());
      noteMachineSettings(home);
      return run;
    }
    throw new Error(`all networks are taken: look into ${home}`);
  });
}

export async function endRun(run: Run): Promise<void> {
  await stopAll(run);
  await locked(() => remove(run));
}

/** Removes what killed test runs left on the machine; gives back their names. */
export function removeAbandonedHosts(): Promise<string[]> {
  return locked(removeAbandoned);
}

async function removeAbandoned(): Promise<string[]> {
  const abandoned = allRuns().filter((run) => !isOwned(run));
  for (const run of abandoned) {
    await stopAll(run);
    await remove(run);
  }
  return abandoned.map((run) => run.name);
}

function isOwned(run: Run): boolean {
  try {
    return isRunning(readFileSync(join(run.folder, "owner"), "utf8")) === true;
  } catch {
    return false;
  }
}

async function stopAll(run: Run): Promise<void> {
  await killGroups(groupsOfRun(run.name));
  for (const namespace of namespacesOf(run)) {
    const pids = await command(["ip", "netns", "pids", namespace]);
    for (const pid of pids.split("\n").filter(Boolean)) kill(Number(pid));
  }
  // The last process of a mount namespace takes its mounts along, but not in the same instant.
  await eventually(
    "the hosts' disks are released",
    () => Promise.resolve(loopDevicesOf(run).length === 0 ? true : undefined),
    { seen: () => loopDevicesOf(run).join(" ") },
  );
}

async function remove(run: Run): Promise<void> {
  // Told to, the kernel removes a link at once; with its namespace it would do so some time later.
  await tryCommand(["ip", "link", "delete", run.name]);
  for (const namespace of namespacesOf(run)) await command(["ip", "netns", "delete", namespace]);
  await removeGroups(groupsOfRun(run.name));
  await removeFolder(run.folder);
  if (allRuns().length === 0) restoreMachineSettings(home);
}

function namespacesOf(run: Run): string[] {
  if (!existsSync(namespaces)) return [];
  return readdirSync(namespaces).filter((name) => name === run.name || name.startsWith(`${run.name}-`));
}

function loopDevicesOf(run: Run): string[] {
  return readdirSync("/sys/block").filter((device) => {
    try {
      return readFileSync(join("/sys/block", device, "loop", "backing_file"), "utf8").startsWith(`${run.folder}/`);
    } catch {
      return false; // no loop device, or a free one
    }
  });
}

/** Everything on the machine that a run made and that is still there, in words; nothing after `close()`. */
export async function tracesOfRun(name: string): Promise<string[]> {
  const run = runOf(Number(name.replace("iso", "")));
  const links = (await command(["ip", "-o", "link"])).split("\n");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const groups = groupsOfRun(run.name);
  return [
    ...groups.flatMap(processesIn).map((pid) => `process ${pid}`),
    ...groups.map((group) => `control group ${group}`),
    ...namespacesOf(run).map((name) => `network namespace ${name}`),
    ...links
      .filter((line) => line.includes(` ${run.name}@`) || line.includes(` ${run.name}:`))
      .map((line) => `link ${line}`),
    ...mounts.filter((line) => line.includes(run.folder)).map((line) => `mount ${line}`),
    ...loopDevicesOf(run).map((device) => `loop device ${device}`),
    ...(existsSync(run.folder) ? [`folder ${run.folder}`] : []),
  ];
}
