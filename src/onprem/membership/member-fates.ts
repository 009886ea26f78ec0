import type { ClusterSight, EtcdMemberSight, HostSight } from "../facts.js";
import type { NodeSpec } from "../spec.js";

/** What becomes of a control plane that the cluster knows. */
export type MemberFate =
  | "stays"
  /** Stays and is not healthy: its host answers and has its data, so it may recover by itself. */
  | "ailing"
  /** A healthy voter whose host says that it is being made, or taken out, which was cut off. */
  | "unfinished"
  | "leaves"
  /** Goes first: it does not answer, its data is gone, or it never became a voter. */
  | "dead";

export interface KnownMember {
  readonly name: string;
  /** Undefined for a Node that is left of a member which is gone. */
  readonly id: string | undefined;
  readonly voter: boolean;
  readonly healthy: boolean;
  readonly fate: MemberFate;
  readonly why: string;
  /** Of its host. */
  readonly address: string;
}

/** True when the node cannot join before the member is gone: it takes its name, or is its host. */
export function standsInTheWay(member: Pick<KnownMember, "name" | "address">, node: NodeSpec): boolean {
  return member.name === node.name || member.address === node.host.address;
}

interface Input {
  readonly desired: readonly NodeSpec[];
  readonly hosts: Readonly<Record<string, HostSight>>;
}

/** Every control plane that etcd or the API knows, and what shall become of it. */
export function knownMembers(input: Input, cluster: ClusterSight): KnownMember[] {
  const members = cluster.etcd.map((member) => judge(input, cluster, member));
  const left = cluster.nodes.filter(
    ({ name, controlPlane }) =>
      controlPlane &&
      !members.some((member) => member.name === name) &&
      // A desired one that is no member is about to join, which begins with removing what is left of it.
      !input.desired.some((node) => node.name === name),
  );
  return [
    ...members,
    ...left.map(({ name, address }) => ({
      name,
      id: undefined,
      voter: false,
      healthy: false,
      fate: "dead" as const,
      why: "its member is gone from etcd, and its Node is not",
      address,
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function judge(input: Input, cluster: ClusterSight, member: EtcdMemberSight): KnownMember {
  const address = peerAddress(member.peerUrl);
  // A member that was added and never started has no name yet.
  const byAddress = (candidate: { address: string }) => candidate.address === address;
  const name =
    member.name !== ""
      ? member.name
      : (input.desired.find(({ host }) => byAddress(host))?.name ?? cluster.nodes.find(byAddress)?.name ?? address);
  const voter = !member.learner;
  const healthy = member.healthy && member.name !== "";
  const wanted = input.desired.find((node) => node.name === name && node.host.address === address);
  const { fate, why } =
    wanted === undefined ? fateOfUnwanted(voter, healthy) : fateOfWanted(voter, healthy, input.hosts[name]);
  return {
    name,
    id: member.id,
    voter,
    healthy,
    fate,
    why,
    address,
  };
}

function fateOfUnwanted(voter: boolean, healthy: boolean): Pick<KnownMember, "fate" | "why"> {
  const gone = "it is no longer among the hosts";
  if (!voter) return { fate: "dead", why: `${gone} and never became a full member` };
  return healthy ? { fate: "leaves", why: gone } : { fate: "dead", why: `${gone} and does not answer` };
}

function fateOfWanted(
  voter: boolean,
  healthy: boolean,
  sight: HostSight | undefined,
): Pick<KnownMember, "fate" | "why"> {
  if (!voter) return { fate: "dead", why: "its joining was cut off before it became a full member" };
  const facts = sight?.reachable === true ? sight.facts : undefined;
  const state = facts?.marker?.state;
  if (healthy) {
    if (state === "joining") return { fate: "unfinished", why: "its making was cut off at the end" };
    if (state === "leaving") return { fate: "unfinished", why: "its removal was begun, and it shall stay" };
    return { fate: "stays", why: "" };
  }
  if (facts !== undefined && (facts.marker === undefined || !facts.hasEtcdData))
    return { fate: "dead", why: "its host was installed anew or has lost etcd's data" };
  if (state === "joining") return { fate: "dead", why: "its joining was cut off" };
  if (state === "leaving") return { fate: "dead", why: "its removal was cut off" };
  return { fate: "ailing", why: "it does not answer, and its host still has its data" };
}

/** Host of `https://10.0.0.1:2380`. */
export function peerAddress(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
