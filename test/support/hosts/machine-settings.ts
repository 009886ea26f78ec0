import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Kernel settings that are the machine's and not a namespace's, and that a kubelet or an administrator's
 * `/etc/sysctl.d` in a host would change for everybody.
 */
const shared = [
  "fs/file-max",
  "fs/inotify/max_user_instances",
  "fs/inotify/max_user_watches",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/pid_max",
  "vm/max_map_count",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "vm/swappiness",
];

/** All hosts' systemd, containerd and kubelets watch files as one and the same user: the usual 128 are soon gone. */
const needed = { "fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 1_048_576 };

/** Notes the settings in `folder`, unless an earlier run has, and raises those that hosts need. */
export function noteMachineSettings(folder: string): void {
  const note = join(folder, "machine-settings.json");
  if (!existsSync(note)) {
    const settings = shared.flatMap((name) => {
      const value = read(name);
      return value === undefined ? [] : [[name, value]];
    });
    writeFileSync(note, JSON.stringify(Object.fromEntries(settings)));
  }
  for (const [name, value] of Object.entries(needed)) {
    if (Number(read(name) ?? value) < value) write(name, String(value));
  }
}

/** Puts them back to what was noted. */
export function restoreMachineSettings(folder: string): void {
  const note = join(folder, "machine-settings.json");
  if (!existsSync(note)) return;
  const noted = JSON.parse(readFileSync(note, "utf8")) as Record<string, string>;
  for (const [name, value] of Object.entries(noted)) if (read(name) !== value) write(name, value);
  rmSync(note);
}

function read(name: string): string | undefined {
  try {
    return readFileSync(join("/proc/sys", name), "utf8").trim();
  } catch {
    return undefined; // this kernel has no such setting
  }
}

function write(name: string, value: string): void {
  writeFileSync(join("/proc/sys", name), value);
}
