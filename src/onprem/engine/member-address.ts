import type { EtcdMemberSight } from "../facts.js";
import { peerAddress } from "../membership/member-fates.js";
import type { NodeSpec } from "../spec.js";

/**
 * The address by which etcd knows a member that leaves: its own word, before
 * what the spec says of a node of this name, which may have moved to another
 * host. One that never started has no name, only an address; the plan calls it
 * by the node's name where it knows one, else by that address.
 *
 * @returns undefined for what etcd never knew and nobody describes
 */
export function addressInEtcd(
  etcd: readonly EtcdMemberSight[],
  name: string,
  node: NodeSpec | undefined,
): string | undefined {
  const own = node?.host.address;
  const isAt = ({ peerUrl }: EtcdMemberSight) => [own, name].includes(peerAddress(peerUrl));
  const member = etcd.find((each) => each.name === name) ?? etcd.find((each) => each.name === "" && isAt(each));
  return member === undefined ? own : peerAddress(member.peerUrl);
}
