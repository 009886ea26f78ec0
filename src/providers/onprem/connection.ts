import { resolve } from "node:path";
import type { OnpremOptions } from "../contract.js";
import { known } from "../leaf.js";
import type { BastionWire, SshWire, SudoWire } from "./wire.js";

type Ssh = OnpremOptions["ssh"];
type Host = OnpremOptions["hosts"][string];

const sshPort = 22;
const knownHosts = "~/.ssh/known_hosts";

/** How the host is reached: what is common, and what it says itself. */
export function connectionOf(onprem: Pick<OnpremOptions, "ssh">, host: Pick<Host, "ssh" | "hostKey">): SshWire {
  const ssh = over(onprem.ssh, host.ssh);
  return {
    ...login(ssh),
    ...(host.hostKey === undefined ? {} : { hostKey: host.hostKey }),
    ...(ssh.bastion === undefined ? {} : { bastion: bastionOf(ssh, ssh.bastion) }),
  };
}

function bastionOf(ssh: Ssh, bastion: NonNullable<Ssh["bastion"]>): BastionWire {
  // The port is the host's own affair; everything else is usually the same.
  const { port: _, bastion: __, ...common } = ssh;
  return {
    address: bastion.address,
    ...login(over(common, bastion)),
    ...(bastion.hostKey === undefined ? {} : { hostKey: bastion.hostKey }),
  };
}

/** Whoever names one way of logging in does not mean the common other way too. */
function over(common: Ssh, own: Partial<Ssh> = {}): Ssh {
  const { agent, privateKeyFile, ...rest } = common;
  const hasOwnLogin = own.agent !== undefined || own.privateKeyFile !== undefined;
  return { ...(hasOwnLogin ? rest : common), ...own };
}

function login(ssh: Ssh): Omit<SshWire, "hostKey" | "bastion"> {
  const { user, port = sshPort, knownHostsFile = knownHosts, privateKeyFile } = ssh;
  return {
    user,
    port,
    knownHostsFile: localPath(knownHostsFile),
    ...(privateKeyFile === undefined ? {} : { privateKeyFile: localPath(privateKeyFile) }),
    agent: usesAgent(ssh),
  };
}

/** Whether the agent is asked. */
export function usesAgent({ agent, privateKeyFile }: Pick<Ssh, "agent" | "privateKeyFile">): boolean {
  return agent ?? privateKeyFile === undefined;
}

/**
 * A path for the plugin, whose working directory may be another: absolute, but
 * for `~/`, which would differ between the people who run the same stack.
 */
export function localPath(path: string): string {
  return path.startsWith("~/") ? path : resolve(path);
}

/** How the host's commands become root's. */
export function sudoOf(onprem: Pick<OnpremOptions, "ssh" | "sudo">, host: Pick<Host, "ssh" | "sudo">): SudoWire {
  const written = host.sudo ?? onprem.sudo;
  if (written === undefined) {
    return { kind: known(host.ssh?.user ?? onprem.ssh.user) === "root" ? "none" : "passwordless" };
  }
  const { mode, passwordVariable } = written;
  return { kind: mode, ...(passwordVariable === undefined ? {} : { variable: passwordVariable }) };
}
