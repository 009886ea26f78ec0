import { drainingAnnotation, poolLabel } from "../core/labels.js";
import { ipv4Range, maximumPodsPerNode } from "./address-ranges.js";
import { loopback } from "./layout.js";
import { metricsPath } from "./simulated-kubelet/server.js";
import type { LocalClusterSpec, LocalPoolSpec, LocalTaint } from "./spec.js";

const simulatedLabel = "isokube.dev/simulated";

/** Names the labels and taints that came from the pool, so that a later change knows what to take away. */
const managedAnnotation = "isokube.dev/managed";

/** Nodes are spread over this many zones, so that topology spread constraints have something to spread over. */
const zones = ["local-a", "local-b", "local-c"];

/** The part of a Node this engine writes and compares. */
export interface Node {
  readonly apiVersion: "v1";
  readonly kind: "Node";
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly taints: readonly LocalTaint[]; readonly unschedulable?: boolean };
  readonly status: NodeStatus;
}

interface NodeStatus {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  readonly nodeInfo: Readonly<Record<string, string>>;
}

/** A Node as the API returns it, where anything may be absent. */
export interface LiveNode {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly taints?: readonly LocalTaint[]; readonly unschedulable?: boolean };
  readonly status?: Partial<NodeStatus> & { readonly conditions?: readonly NodeCondition[] };
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastHeartbeatTime?: string;
}

export function nodeName(pool: string, index: number): string {
  return `${pool}-${index}`;
}

/** All nodes a spec asks for. */
export function renderNodes(spec: LocalClusterSpec, kubeletPort: number): Node[] {
  return spec.pools.flatMap((pool) =>
    Array.from({ length: pool.count }, (_, index) => renderNode(spec, pool, index, kubeletPort)),
  );
}

function renderNode(spec: LocalClusterSpec, pool: LocalPoolSpec, index: number, kubeletPort: number): Node {
  const name = nodeName(pool.name, index);
  const resources = {
    cpu: pool.cpu,
    memory: pool.memory,
    "ephemeral-storage": "100Gi",
    pods: String(maximumPodsPerNode(ipv4Range(spec.podCidr))),
  };
  const labels = {
    ...pool.labels,
    "kubernetes.io/arch": pool.arch,
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "node.kubernetes.io/instance-type": "simulated",
    "topology.kubernetes.io/region": "local",
    "topology.kubernetes.io/zone": zones[index % zones.length] ?? "",
    [poolLabel]: pool.name,
    ...pool.standardLabels,
    [simulatedLabel]: "true",
  };
  const version = `v${spec.kubernetesVersion}`;
  const managed = {
    labels: Object.keys(labels).sort(),
    taints: pool.taints.map(({ key, effect }) => `${key}:${effect}`),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels,
      annotations: {
        [managedAnnotation]: JSON.stringify(managed),
        "metrics.k8s.io/resource-metrics-path": metricsPath(name),
      },
    },
    spec: { taints: pool.taints },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: "InternalIP", address: loopback },
        { type: "Hostname", address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      nodeInfo: {
        architecture: pool.arch,
        bootID: "",
        containerRuntimeVersion: "simulated://kwok",
        kernelVersion: "simulated",
        kubeProxyVersion: version,
        kubeletVersion: version,
        machineID: "",
        operatingSystem: "linux",
        osImage: "simulated by kwok",
        systemUUID: "",
      },
    },
  };
}

/** What has to happen so that the live nodes become the desired ones. */
export interface NodePlan {
  readonly create: readonly Node[];
  readonly change: readonly NodeChange[];
  readonly remove: readonly string[];
}

export interface NodeChange {
  readonly name: string;
  /** Merge patch of the node; undefined when only the status differs. */
  readonly patch?: object;
  /** Merge patch of its status. */
  readonly statusPatch?: object;
}

/** Compares the nodes of pools; those somebody else made are nobody's business here. */
export function planNodes(desired: readonly Node[], live: readonly LiveNode[]): NodePlan {
  const liveByName = new Map(live.map((node) => [node.metadata.name, node]));
  const desiredNames = new Set(desired.map((node) => node.metadata.name));
  const change = desired.flatMap((node) => {
    const present = liveByName.get(node.metadata.name);
    return present === undefined ? [] : changesOf(node, present);
  });
  return {
    create: desired.filter((node) => !liveByName.has(node.metadata.name)),
    change,
    remove: [...liveByName.keys()].filter((name) => !desiredNames.has(name)).sort(),
  };
}

function changesOf(desired: Node, live: LiveNode): NodeChange[] {
  const before = parseManaged(live.metadata.annotations?.[managedAnnotation]);
  const labels = difference(desired.metadata.labels, live.metadata.labels ?? {}, before.labels);
  // A removal that was cut short, and is no longer wanted.
  const draining = live.metadata.annotations?.[drainingAnnotation] !== undefined;
  const annotations = difference(desired.metadata.annotations, live.metadata.annotations ?? {}, [drainingAnnotation]);
  const taints = mergeTaints(desired.spec.taints, live.spec?.taints ?? [], before.taints);
  const patch = {
    ...(labels === undefined && annotations === undefined
      ? {}
      : {
          metadata: {
            ...(labels === undefined ? {} : { labels }),
            ...(annotations === undefined ? {} : { annotations }),
          },
        }),
    ...(sameJson(taints, live.spec?.taints ?? []) && !draining
      ? {}
      : { spec: { taints, ...(draining ? { unschedulable: null } : {}) } }),
  };
  const status = differingStatus(desired.status, live.status ?? {});
  const hasPatch = Object.keys(patch).length > 0;
  const hasStatus = Object.keys(status).length > 0;
  if (!hasPatch && !hasStatus) return [];
  return [
    { name: desired.metadata.name, ...(hasPatch ? { patch } : {}), ...(hasStatus ? { statusPatch: { status } } : {}) },
  ];
}

/** Keys to set and, as null, those to take away: what was managed before and is no longer wanted. */
function difference(
  desired: Readonly<Record<string, string>>,
  live: Readonly<Record<string, string>>,
  managedBefore: readonly string[],
): Record<string, string | null> | undefined {
  const set = Object.entries(desired).filter(([key, value]) => live[key] !== value);
  const gone = managedBefore.filter((key) => !(key in desired) && key in live);
  if (set.length === 0 && gone.length === 0) return undefined;
  return Object.fromEntries([...set, ...gone.map((key): [string, null] => [key, null])]);
}

/** The pool's taints, and beside them those that controllers or users put there. */
function mergeTaints(
  desired: readonly LocalTaint[],
  live: readonly LocalTaint[],
  managedBefore: readonly string[],
): readonly LocalTaint[] {
  const identity = ({ key, effect }: LocalTaint): string => `${key}:${effect}`;
  const ours = new Set([...desired.map(identity), ...managedBefore]);
  return [...desired, ...live.filter((taint) => !ours.has(identity(taint)))];
}

function differingStatus(desired: NodeStatus, live: Partial<NodeStatus>): Partial<NodeStatus> {
  return {
    ...(sameJson(desired.capacity, pick(live.capacity, desired.capacity)) ? {} : { capacity: desired.capacity }),
    ...(sameJson(desired.allocatable, pick(live.allocatable, desired.allocatable))
      ? {}
      : { allocatable: desired.allocatable }),
    ...(sameJson(desired.daemonEndpoints, live.daemonEndpoints) ? {} : { daemonEndpoints: desired.daemonEndpoints }),
    ...(sameJson(desired.nodeInfo, pick(live.nodeInfo, desired.nodeInfo)) ? {} : { nodeInfo: desired.nodeInfo }),
  };
}

function pick(
  record: Readonly<Record<string, string>> | undefined,
  keys: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(keys).map((key) => [key, record?.[key]]));
}

/** Equal as JSON with the keys of objects in any order. */
function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  );
}

function parseManaged(text: string | undefined): { labels: readonly string[]; taints: readonly string[] } {
  try {
    const value: { labels?: readonly string[]; taints?: readonly string[] } = JSON.parse(text ?? "{}");
    return { labels: value.labels ?? [], taints: value.taints ?? [] };
  } catch {
    return { labels: [], taints: [] };
  }
}

export function isReady(node: LiveNode): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
}

/** Ready, and no longer kept free by the taint every new node starts with. */
export function isSchedulable(node: LiveNode): boolean {
  return isReady(node) && node.spec?.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready") !== true;
}
