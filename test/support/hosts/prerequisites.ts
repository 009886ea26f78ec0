import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { aptGet, withApt } from "./apt.js";

/** The Debian package of each program that hosts are made with. */
const packages = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  "mkfs.ext4": "e2fsprogs",
  mount: "mount",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
} as const;

/** Debian keeps some of these where an ordinary user's PATH does not look. */
const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];

export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error("these tests boot real hosts and therefore need root: run them as root, in a throw-away machine");
}

/** Installs what is missing; needs root and a Debian-like machine. */
export async function ensurePrerequisites(): Promise<void> {
  requireRoot();
  if (missingPackages().length === 0) return;
  await withApt(install);
}

async function install(): Promise<void> {
  const missing = missingPackages();
  // Another file of tests has installed them meanwhile.
  if (missing.length === 0) return;
  if (!isInstalled("apt-get")) {
    throw new Error(`missing ${missing.join(", ")}, and no apt-get to install them with`);
  }
  await aptGet(["update"], 180);
  await aptGet(["install", "--yes", "--no-install-recommends", ...missing], 300);
}

function missingPackages(): string[] {
  return [...new Set(Object.entries(packages).flatMap(([program, name]) => (isInstalled(program) ? [] : [name])))];
}

function isInstalled(program: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
