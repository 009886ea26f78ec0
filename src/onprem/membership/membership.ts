import type { Problem } from "../../core/problems.js";
import type { ClusterSight, HostSight } from "../facts.js";
import { hostPath, hostsPath, notAsDescribed } from "../host/host-problem.js";
import type { EndpointSpec, NodeSpec } from "../spec.js";
import { type KnownMember, knownMembers, type MemberFate, standsInTheWay } from "./member-fates.js";
import { afterChange, hasQuorum, mayRestart, quorumOf, type Voters } from "./quorum.js";

/** One step of the control plane as a whole; each is finished before the next begins. */
export interface MembershipStep {
  readonly kind:
    | "initialise"
    /** A member that does not answer, or never became a voter, is taken out of etcd; its Node goes too. */
    | "remove-dead"
    | "join"
    /**
     * A healthy voter whose making or removal was cut off: made whole in place
     * (what kubeadm does last, uncordon, marker), since it cannot be spared.
     */
    | "finish"
    /** Drained, reset where its host can be reached, taken out of etcd where it still is a member; its Node goes too. */
    | "remove";
  readonly node: string;
  /** Hexadecimal id of the etcd member that goes; undefined where there is none. */
  readonly memberId: string | undefined;
  /** As a clause. */
  readonly why: string;
}

export interface MembershipInput {
  readonly endpoint: EndpointSpec;
  readonly clusterName: string;
  /** The control planes that there shall be; their order means nothing. */
  readonly desired: readonly NodeSpec[];
  /** What a healthy control plane says; undefined when none was found. */
  readonly cluster: ClusterSight | undefined;
  /** By name of the node; a host that nobody looked at counts as not reachable. */
  readonly hosts: Readonly<Record<string, HostSight>>;
  /** What the state says: undefined when it knows of no cluster. */
  readonly expected: { readonly caHash: string | undefined } | undefined;
  /** Members that are restarted afterwards, one at a time, for example by an upgrade. */
  readonly restarts: readonly string[];
}

export interface MembershipPlan {
  readonly problems: readonly Problem[];
  /** Empty when there are problems. */
  readonly steps: readonly MembershipStep[];
  /** Members that stay though they are not healthy: their hosts answer and still have their data. */
  readonly ailing: readonly string[];
}

/** From the control planes that there are to those that there shall be, without ever losing etcd's quorum. */
export function planMembership(input: MembershipInput): MembershipPlan {
  const problems = checkDesired(input);
  const silent = checkReachable(input);
  const members = input.cluster === undefined ? [] : knownMembers(input, input.cluster);
  const ailing = members.filter(({ fate }) => fate === "ailing").map(({ name }) => name);
  const refuse = (found: readonly Problem[]): MembershipPlan => ({ problems: found, steps: [], ailing });
  if (input.cluster === undefined) {
    const lost = checkNothingLost(input);
    const found = [...problems, ...silent, ...lost];
    return found.length > 0 ? refuse(found) : { problems: [], steps: firstSteps(input), ailing: [] };
  }
  const { expected, cluster } = input;
  if (expected?.caHash !== undefined && expected.caHash !== cluster.caHash)
    problems.push({
      code: "onprem/another-cluster",
      path: hostsPath,
      value: cluster.caHash,
      why: `the control planes belong to another cluster than the one in the state, whose authority is ${expected.caHash}`,
      fix: "give the addresses of the hosts of this cluster",
    });
  if (problems.length > 0) return refuse([...problems, ...silent]);
  const steps = orderSteps(input, members);
  const broken = simulate(members, steps, input.restarts);
  // Both are told: whoever mends the host that does not answer must know what else stands against the plan.
  const found = broken === undefined ? silent : [...silent, broken];
  return found.length > 0 ? refuse(found) : { problems: [], steps, ailing };
}

function checkDesired({ desired, endpoint }: MembershipInput): Problem[] {
  const count = desired.length;
  const path = hostsPath;
  if (count !== 1 && count !== 3 && count !== 5)
    return [
      {
        code: "onprem/control-plane-count",
        path,
        value: count,
        why:
          count % 2 === 0 && count > 0
            ? `${count} control planes bear no more failures than ${count - 1}, and lose quorum with one host more`
            : "a cluster has 1, 3 or 5 control planes",
        fix: "choose 1, 3 or 5 hosts with the role controlPlane",
      },
    ];
  if (endpoint.kind !== "single") return [];
  const only = desired[0]?.host.address;
  if (count > 1)
    return [
      {
        code: "onprem/endpoint-of-one-host",
        path: "onprem.endpoint",
        value: endpoint.address,
        why: `the endpoint is one host's own address, so ${count} control planes would end with that host`,
        fix: "give a virtual address (vip) or a load balancer (external)",
      },
    ];
  if (only === endpoint.address) return [];
  return [
    {
      code: "onprem/endpoint-of-no-host",
      path: "onprem.endpoint",
      value: endpoint.address,
      why: `it is not the address of the only control plane, ${only}`,
      fix: "leave the endpoint out, or give a virtual address (vip) or a load balancer (external)",
    },
  ];
}

/** Who shall be a control plane must answer: whether it is one cannot be said otherwise. */
function checkReachable({ desired, hosts }: MembershipInput): Problem[] {
  return desired.flatMap(({ name, host }) => {
    const sight = hosts[name];
    if (sight?.reachable === true) return [];
    const { kind, why } = sight ?? { kind: "unreachable", why: "nobody looked at the host" };
    return [
      {
        code: `onprem/${kind}`,
        path: hostPath(name),
        value: host.address,
        why,
        fix:
          kind === "unreachable"
            ? "bring the host back, or take it out of the hosts: its member is then removed through a healthy control plane"
            : notAsDescribed,
      },
    ];
  });
}

interface Traces {
  readonly name: string;
  readonly state: "joining" | "member" | "leaving";
  readonly etcdData: boolean;
  readonly caHash: string | undefined;
}

/** What hosts that answer say of a cluster of this name. */
function traces({ hosts, clusterName }: MembershipInput): Traces[] {
  return Object.entries(hosts).flatMap(([name, sight]) => {
    if (!sight.reachable || sight.facts.marker?.cluster !== clusterName) return [];
    if (sight.facts.marker.role !== "controlPlane") return [];
    const { marker, hasEtcdData: etcdData, caHash } = sight.facts;
    return [{ name, state: marker.state, etcdData, caHash }];
  });
}

/** With no healthy member, a cluster is made only where surely none was: a second one would bury the first. */
function checkNothingLost(input: MembershipInput): Problem[] {
  const found = traces(input);
  const members = found.filter(({ state }) => state !== "joining").map(({ name }) => name);
  const begun = found.filter(({ state, etcdData }) => state === "joining" && etcdData).map(({ name }) => name);
  const strangers = begun.filter((name) => !input.desired.some((node) => node.name === name));
  const why =
    input.expected !== undefined
      ? "the state says that the cluster exists, and no control plane of it answers"
      : members.length > 0
        ? `${members.join(", ")} belonged to this cluster, and no control plane of it answers`
        : begun.length > 1 || strangers.length > 0
          ? `${begun.join(", ")} hold data of this cluster, and no control plane of it answers`
          : undefined;
  if (why === undefined) return [];
  return [
    {
      code: "onprem/cluster-lost",
      path: hostsPath,
      value: input.clusterName,
      why: `${why}; a new cluster in its place would bury what is left of it`,
      fix: "start the control planes' hosts and kubelets; if the data is lost, restore a snapshot of etcd, or destroy the cluster first",
    },
  ];
}

/** Making the cluster, on the host where that was begun if there is one. */
function firstSteps(input: MembershipInput): MembershipStep[] {
  const names = input.desired.map(({ name }) => name).sort();
  const begun = traces(input).find(({ etcdData }) => etcdData)?.name;
  const first = begun ?? names[0];
  return [
    ...(first === undefined ? [] : [{ kind: "initialise" as const, node: first, why: "there is no cluster yet" }]),
    ...names
      .filter((name) => name !== first)
      .map((node) => ({ kind: "join" as const, node, why: "it is not a control plane yet" })),
    ...hostsWithRemains(input, []).map((node) => ({ kind: "remove" as const, node, why: remainsWhy })),
  ].map((step) => ({ ...step, memberId: undefined }));
}

const remainsWhy = "it is no longer among the hosts, and what was made of it is still there";

/** Hosts that are to be given back and that the cluster itself does not know, or no longer: their removal was cut off. */
function hostsWithRemains(input: MembershipInput, members: readonly KnownMember[]): string[] {
  return traces(input)
    .filter(({ caHash }) => caHash === undefined || (input.cluster?.caHash ?? caHash) === caHash)
    .map(({ name }) => name)
    .filter((name) => !input.desired.some((node) => node.name === name))
    .filter((name) => !members.some((member) => member.name === name))
    .sort();
}

/**
 * Dead members first, since each makes quorum easier; then those that join, which
 * never makes it harder; then those that leave, which may. A host that takes the
 * name or the address of one that leaves has to wait for it.
 */
function orderSteps(input: MembershipInput, members: readonly KnownMember[]): MembershipStep[] {
  const having = (...fates: MemberFate[]) => members.filter(({ fate }) => fates.includes(fate));
  const step = (kind: MembershipStep["kind"], { name, id, why }: KnownMember): MembershipStep => ({
    kind,
    node: name,
    memberId: id,
    why,
  });
  const staying = new Set(having("stays", "ailing", "unfinished").map(({ name }) => name));
  const joining = input.desired.filter(({ name }) => !staying.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const leaving = [...having("leaves")];
  const join = ({ name }: NodeSpec): MembershipStep => ({
    kind: "join",
    node: name,
    memberId: undefined,
    why: "it is not a control plane yet",
  });
  const inTheWay = (node: NodeSpec) => leaving.filter((member) => standsInTheWay(member, node));
  const free = joining.filter((node) => inTheWay(node).length === 0);
  const waiting = joining.filter((node) => !free.includes(node));
  const steps = [
    ...having("dead").map((member) => step("remove-dead", member)),
    ...having("unfinished").map((member) => step("finish", member)),
    ...free.map(join),
  ];
  for (const node of waiting) {
    for (const member of inTheWay(node)) {
      steps.push(step("remove", member));
      leaving.splice(leaving.indexOf(member), 1);
    }
    steps.push(join(node));
  }
  return [
    ...steps,
    ...leaving.map((member) => step("remove", member)),
    ...hostsWithRemains(input, members).map((node) => ({
      kind: "remove" as const,
      node,
      memberId: undefined,
      why: remainsWhy,
    })),
  ];
}

/** Plays the steps through, then each restart, and says at which of them etcd would stop. */
function simulate(
  members: readonly KnownMember[],
  steps: readonly MembershipStep[],
  restarts: readonly string[],
): Problem | undefined {
  const voting = members.filter(({ voter }) => voter);
  let voters: Voters = { total: voting.length, healthy: voting.filter(({ healthy }) => healthy).length };
  if (!hasQuorum(voters)) return quorumProblem(undefined, "etcd has no quorum now", voters);
  for (const { kind, node, memberId } of steps) {
    const member = voting.find(({ id }) => id === memberId);
    if (kind === "join") voters = afterChange(voters, "join");
    else if (member !== undefined && kind !== "finish")
      voters = afterChange(voters, member.healthy ? "remove-healthy" : "remove-unhealthy");
    if (!hasQuorum(voters))
      return quorumProblem(node, `${kind === "join" ? "joining" : "removing"} it would stop etcd`, voters);
  }
  for (const name of restarts) {
    const member = members.find((candidate) => candidate.name === name && !["leaves", "dead"].includes(candidate.fate));
    if (!mayRestart(voters, { healthy: member?.healthy ?? true }))
      return quorumProblem(name, "restarting it would stop etcd", { ...voters, healthy: voters.healthy - 1 });
  }
  return undefined;
}

function quorumProblem(node: string | undefined, what: string, { total, healthy }: Voters): Problem {
  return {
    code: "onprem/quorum",
    path: node === undefined ? hostsPath : hostPath(node),
    value: node,
    why: `${what}: ${healthy} of ${total} voting members would be healthy, and ${quorumOf(total)} are needed`,
    fix: "bring the members that do not answer back (their hosts, kubelet, etcd's log), then run again",
  };
}
