import { readFile } from "node:fs/promises";
import type { Client, utils } from "ssh2";
import { messageOf } from "../../core/message-of.js";
import { RemoteFailure } from "../remote.js";
import type { BastionSpec, HostSpec, SshSpec, SudoSpec } from "../spec.js";
import { type ExpectedKeys, expectedFromKnownHosts, parsePinnedKey } from "./host-keys.js";

/** ssh2 as it is loaded: only when a host is reached, because the plugin starts on every command. */
export interface SshLibrary {
  readonly Client: typeof Client;
  readonly utils: typeof utils;
}

/** One end of a connection: the host or its bastion. */
export interface SshEnd {
  readonly address: string;
  readonly ssh: Omit<SshSpec, "bastion">;
  /** For messages, for example `10.0.0.5:22` or `bastion 10.0.0.1:22`. */
  readonly label: string;
}

export function hostEnd(host: HostSpec): SshEnd {
  return { address: host.address, ssh: host.ssh, label: `${host.address}:${host.ssh.port}` };
}

export function bastionEnd(bastion: BastionSpec): SshEnd {
  return { address: bastion.address, ssh: bastion, label: `bastion ${bastion.address}:${bastion.port}` };
}

/** @throws RemoteFailure when the expectation cannot be read */
export async function expectedKeys(name: string, { address, ssh, label }: SshEnd): Promise<ExpectedKeys> {
  if (ssh.hostKey !== undefined) {
    const pinned = parsePinnedKey(ssh.hostKey);
    if (pinned !== undefined) return pinned;
    throw new RemoteFailure(
      name,
      "host-key",
      `hostKey of ${label} is neither a public key (\`ssh-ed25519 AAAA…\`) nor a fingerprint (\`SHA256:…\`): write one of them, as \`ssh-keyscan\` or \`ssh-keygen -lf\` prints it`,
    );
  }
  let content = "";
  try {
    content = await readFile(ssh.knownHostsFile, "utf8");
  } catch (error) {
    // Without the file every host is unknown, and is told so with its fingerprint.
    if (codeOf(error) !== "ENOENT") {
      throw new RemoteFailure(
        name,
        "host-key",
        `the known-hosts file ${ssh.knownHostsFile} cannot be read (${messageOf(error)}): make it readable or set hostKey`,
      );
    }
  }
  return expectedFromKnownHosts(content, address, ssh.port, ssh.knownHostsFile);
}

/**
 * How a user logs in: the key, the agent, or first the one and then the other.
 * @throws RemoteFailure when there is neither, or the key cannot be used
 */
export async function loginOf(
  name: string,
  { ssh, label }: SshEnd,
  library: SshLibrary,
): Promise<{ privateKey?: Buffer; agent?: string }> {
  if (ssh.privateKeyFile === undefined && ssh.agentSocket === undefined) {
    throw new RemoteFailure(
      name,
      "login",
      `there is no way to log in at ${label}: set privateKeyFile, or start an agent and set agentSocket`,
    );
  }
  const agent = ssh.agentSocket === undefined ? {} : { agent: ssh.agentSocket };
  if (ssh.privateKeyFile === undefined) return agent;
  let privateKey: Buffer;
  try {
    privateKey = await readFile(ssh.privateKeyFile);
  } catch (error) {
    throw new RemoteFailure(
      name,
      "login",
      `the private key ${ssh.privateKeyFile} for ${label} cannot be read (${messageOf(error)}): correct privateKeyFile`,
    );
  }
  const parsed = library.utils.parseKey(privateKey);
  if (parsed instanceof Error) {
    const locked = /encrypted|passphrase/i.test(parsed.message) || privateKey.includes("ENCRYPTED");
    throw new RemoteFailure(
      name,
      "login",
      locked
        ? `the private key ${ssh.privateKeyFile} for ${label} is protected by a passphrase, which nobody can type here: add it to an agent (\`ssh-add ${ssh.privateKeyFile}\`) and set agentSocket instead of privateKeyFile`
        : `the file ${ssh.privateKeyFile} for ${label} holds no private key that can be read (${parsed.message}): correct privateKeyFile, or bring the key into OpenSSH's format with \`ssh-keygen -p -f\``,
    );
  }
  // ssh2 gives an array for a file of several keys; the first is used, as OpenSSH does.
  const first = Array.isArray(parsed) ? (parsed[0] as typeof parsed) : parsed;
  if (!first.isPrivateKey()) {
    throw new RemoteFailure(
      name,
      "login",
      `the file ${ssh.privateKeyFile} for ${label} holds a public key: privateKeyFile names the private one (usually the same name without .pub)`,
    );
  }
  return { privateKey, ...agent };
}

/**
 * The password for sudo; undefined where none is needed.
 * @throws RemoteFailure when the variable is not set
 */
export function sudoPassword(name: string, sudo: SudoSpec, environment: NodeJS.ProcessEnv): string | undefined {
  if (sudo.kind !== "password") return undefined;
  const password = environment[sudo.variable];
  if (password === undefined || password === "") {
    throw new RemoteFailure(
      name,
      "sudo",
      `the environment variable ${sudo.variable} with the sudo password is not set: set it where Pulumi runs, or make sudo passwordless`,
    );
  }
  if (/[\r\n\0]/.test(password)) {
    throw new RemoteFailure(
      name,
      "sudo",
      `the sudo password in ${sudo.variable} holds a line break, which sudo cannot read: remove it`,
    );
  }
  return password;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
