import { listEtcdMembers, removeEtcdMember } from "../facts/etcd.js";
import type { EtcdMemberSight } from "../facts.js";
import type { Remote } from "../remote.js";
import { stopKubeadm } from "./kubeadm-run.js";
import { type ControlPlaneShell, kubectl } from "./kubectl.js";
import { deleteNode, drain } from "./nodes.js";
import { type ResetKind, resetHost } from "./reset-host.js";

/** What leaving needs to know of the node that goes. */
export interface Leaving {
  readonly name: string;
  /** Its address, by which etcd knows it; undefined for a worker. */
  readonly peerAddress: string | undefined;
  /** Its shell; undefined when it cannot be reached. */
  readonly remote: Remote | undefined;
  readonly drainTimeoutSeconds: number;
}

/**
 * Takes a node out of a cluster that goes on: its pods first, then its voice in
 * the store, then what the cluster knows of it, then what is on the host. Each
 * step looks first, so one that was cut off goes on where it was.
 *
 * A host that cannot be reached is only taken out of the cluster; its own files
 * stay until it is reached again.
 */
export async function leave(
  shell: ControlPlaneShell,
  leaving: Leaving,
  report: (line: string) => void,
  kind: ResetKind = "whole",
): Promise<void> {
  const { name, remote, peerAddress } = leaving;
  if (remote !== undefined) {
    await stopKubeadm(remote, shell.signal);
    report("draining");
    if (await hasNode(shell, name)) await drain(shell, name, leaving.drainTimeoutSeconds);
    // The shared address must not stay with a host whose API server is about to end.
    if (peerAddress !== undefined) await giveUpVirtualAddress(remote, kind, shell.signal);
  }
  if (peerAddress !== undefined) {
    report("leaving etcd");
    await removeMember(shell, peerAddress, name);
  }
  report("leaving the cluster");
  await deleteNode(shell, name);
  if (remote === undefined) return;
  report("resetting the host");
  await resetHost(remote, shell.signal, kind);
  // A kubelet that was still running may have made itself known once more.
  await deleteNode(shell, name);
}

async function hasNode(shell: ControlPlaneShell, name: string): Promise<boolean> {
  const { exitCode, stderr } = await kubectl(shell, ["get", "node", name, "-o", "name"], { accept: [0, 1] });
  if (exitCode === 0) return true;
  if (/not found/i.test(stderr)) return false;
  throw new Error(`${shell.remote.name}: the API server did not say whether node ${name} is there: ${stderr.trim()}`);
}

// Started anew it says that it goes, so another takes the address, and it takes none from the one that has it.
const giveUpScript = `
case "$1" in
  whole) systemctl disable --now keepalived.service 2> /dev/null ;;
  again) systemctl try-restart keepalived.service 2> /dev/null ;;
esac
exit 0
`;

async function giveUpVirtualAddress(remote: Remote, kind: ResetKind, signal: AbortSignal): Promise<void> {
  await remote.run({ text: giveUpScript, args: [kind], timeoutSeconds: 60, signal });
}

/** @throws when the member is still listed afterwards */
export async function removeMember(
  { remote, signal }: ControlPlaneShell,
  peerAddress: string,
  name: string,
): Promise<void> {
  const isIts = ({ peerUrl }: EtcdMemberSight) => new URL(peerUrl).hostname === peerAddress;
  for (const { id } of (await listEtcdMembers(remote, signal)).filter(isIts))
    await removeEtcdMember(remote, id, signal);
  const [left] = (await listEtcdMembers(remote, signal)).filter(isIts);
  if (left !== undefined) throw new Error(`etcd still lists ${name} (${left.peerUrl}) after it was removed`);
}
