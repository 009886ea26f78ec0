import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { command, removeFolder } from "./commands.js";

export interface Identity {
  readonly name: string;
  readonly address: string;
  readonly gateway: string;
  /** Public key that may log in as `ops`. */
  readonly authorizedKey: string;
  readonly sudo: "passwordless" | "password";
  readonly rootLogin: boolean;
}

/**
 * Lays out the files that make one host of many: names and keys, new each time.
 *
 * @returns the host's public key, `ssh-ed25519 AAAA…`
 */
export async function writeIdentity(folder: string, identity: Identity): Promise<string> {
  await removeFolder(folder);
  const write = (path: string, text: string, mode = 0o644): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  write("etc/hostname", `${identity.name}\n`);
  write("etc/hosts", `127.0.0.1 localhost\n${identity.address} ${identity.name}\n::1 localhost ip6-localhost\n`);
  // Nobody answers there, which is found out at once: no name is looked up anywhere.
  write("etc/resolv.conf", `nameserver ${identity.gateway}\n`);
  write("etc/machine-id", `${randomBytes(16).toString("hex")}\n`);
  const password = identity.sudo === "password" ? "" : " NOPASSWD:";
  write("etc/sudoers.d/ops", `ops ALL=(ALL:ALL)${password} ALL\n`, 0o440);
  write("home/ops/.ssh/authorized_keys", `${identity.authorizedKey}\n`, 0o600);
  if (identity.rootLogin) write("root/.ssh/authorized_keys", `${identity.authorizedKey}\n`, 0o600);
  // These folders are copied over those of the host: with their modes, which must not be this process's habit.
  await command(["find", folder, "-type", "d", "-exec", "chmod", "755", "{}", "+"]);
  chmodSync(join(folder, "home/ops/.ssh"), 0o700);
  if (identity.rootLogin) for (const path of ["root", "root/.ssh"]) chmodSync(join(folder, path), 0o700);
  mkdirSync(join(folder, "etc/ssh"));
  return makeKey(join(folder, "etc/ssh/ssh_host_ed25519_key"), `root@${identity.name}`);
}

/** Makes a key pair; gives back the public part without its comment. */
export async function makeKey(path: string, comment: string): Promise<string> {
  await command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}
