import type { Unknown } from "../../../src/plugin/properties.js";
import type { Settings, SimulatedResource, World } from "./world.js";

/**
 * What the core of the simulated clouds asks of one cloud's rules.
 *
 * The core serves the provider protocol, reads from the SDK what each resource
 * takes (unknown, missing and mistyped properties never reach the rules), keeps
 * state, records calls, injects faults and runs the control planes. The rules
 * say what the cloud itself would: what it refuses, which outputs it fills in,
 * what a change replaces, what is in use by what.
 */
export interface CloudRules {
  readonly cloud: "aws" | "azure" | "gcp";
  /** Name of the provider plugin and of its npm package. */
  readonly package: "aws" | "azure-native" | "gcp";
  /** By token, for example `aws:eks/cluster:Cluster`. A resource without rules cannot be used: the core says so. */
  readonly resources: Readonly<Record<string, ResourceRules>>;
  /** By token, for example `aws:index/getRegion:getRegion`. */
  readonly invokes: Readonly<Record<string, InvokeRules>>;
  /** Region, project, account of the provider from its configuration; refused when something is missing. */
  settings(configuration: Block): Settings | Refusal;
}

/**
 * A value as a program gives it. `Unknown` only happens in what Check and the
 * preview see; `isUnknown` and the readers of `blocks.ts` deal with it.
 */
export type Value = null | boolean | number | string | Unknown | readonly Value[] | Block;

export interface Block {
  readonly [property: string]: Value;
}

/** Why the provider or the cloud says no, in its own words. */
export interface Refusal {
  /** Property path, for example `scalingConfig.minSize` or `subnetIds[0]`; left out when the whole is meant. */
  readonly path?: string;
  /** For example `InvalidParameterException: subnets must be in at least two zones`. */
  readonly message: string;
}

/** Everything a rule may look at. */
export interface Asked {
  readonly urn: string;
  /** Logical name of the resource in the program. */
  readonly name: string;
  readonly token: string;
  readonly inputs: Block;
  readonly settings: Settings;
  readonly world: World;
  /** As the cloud has it now; undefined when it is to be created. */
  readonly old?: SimulatedResource;
}

/** What the cloud answers to a creation. */
export interface Created {
  /** As the provider's own ids are, for example `vpc-0a1b…` or `/subscriptions/…`. */
  readonly id: string;
  /**
   * Outputs beyond the inputs, which the core adds: `{ ...inputs, ...outputs }`.
   * Every output that the SDK's type requires should be here; a program sees no
   * others, but rules do, so they may note here what they need later.
   */
  readonly outputs: Block;
}

export interface ResourceRules {
  /** Property paths whose change replaces the resource; a block's path stands for all within. `[]` for each element. */
  readonly replaceOn: readonly string[];
  /** The same where it depends on the values: paths that replace, given the inputs before and after. */
  replaceWhen?(before: Block, after: Block): readonly string[];
  /** The old one must be gone before the new one can be. @default false */
  readonly deleteBeforeReplace?: boolean;
  /** The provider sends every input with each change, and not only what the program changed. @default false */
  readonly putsWhole?: boolean;
  /** Property that gets `<name><separator><random>` when the program gives none. */
  readonly autoName?: AutoName;
  /** Inputs that the provider itself fills in at Check, beyond the name. */
  defaults?(asked: Asked): Block;
  /** Paths of inputs that are compared as the provider normalises them: JSON texts, sets. @default exact */
  readonly compareAs?: Readonly<Record<string, "json" | "set" | "caseInsensitive">>;
  /** Properties that the SDK's types miss or have too strict; checked no further. @default none */
  readonly untyped?: readonly string[];
  /** What the provider refuses at Check, so in a preview; values may be unknown. */
  check?(asked: Asked): readonly Refusal[];
  /** What the cloud's API refuses when it creates or (with `old`) changes the resource. Everything is known. */
  refuse?(asked: Asked): readonly Refusal[];
  create(asked: Asked): Created;
  /** Outputs after a change in place. @default the old ones with the new inputs over them */
  update?(asked: Asked & { readonly old: SimulatedResource }): Block;
  /** Outputs as they are now, when they depend on others. @default those stored */
  read?(resource: SimulatedResource, world: World): Block;
  /** Ids (or ARNs, self links: anything in `handles` of the other) of what this resource uses while it lives. */
  uses?(inputs: Block, outputs: Block): readonly string[];
  /** Outputs by which others may name this resource, beside its id: `arn`, `selfLink`. @default `["arn", "id", "selfLink"]` */
  readonly handles?: readonly string[];
  /** Why a resource that is in use cannot go, in the cloud's words. @default `DependencyViolation` */
  inUse?(resource: SimulatedResource, users: readonly SimulatedResource[]): string;
  /** True for resources that vanish with the last thing they hang on and never block it (an attachment, an association). */
  readonly blocksDeletion?: false;
  /** Why this cannot be deleted now, for other reasons than being in use: deletion protection, a lock. */
  refuseDeletion?(resource: SimulatedResource, world: World): string | undefined;
  /** The resource is a cluster: a real control plane runs behind it. */
  readonly cluster?: ClusterRules;
  /** The resource adds nodes to a cluster. Undefined when it has none just now. */
  readonly pool?: (resource: SimulatedResource, world: World) => PoolOfCluster | undefined;
  /** The resource is a network: load balancers of clusters in it must be gone before it. Handles of the networks. */
  readonly loadBalancerNetwork?: boolean;
}

export interface AutoName {
  readonly property: string;
  /** Longest name that the cloud takes; the logical name is cut. @default 255 */
  readonly maximum?: number;
  /** @default "-" */
  readonly separator?: string;
  /** How many random hexadecimal digits follow. @default 7 */
  readonly digits?: number;
}

export interface InvokeRules {
  /** Arguments it takes; anything else is refused. A trailing `?` says that it may be left out. */
  readonly arguments: readonly string[];
  /** What the cloud refuses, else the result. Arguments are known. */
  invoke(asked: { readonly args: Block; readonly settings: Settings; readonly world: World }): Block | Refusal;
}

export interface ClusterRules {
  /** What runs behind it; `pools` are those that the cluster itself brings (two nodes for serverless modes). */
  spec(resource: SimulatedResource, world: World): ClusterBehind;
  /** Outputs that tell how it is reached: endpoint, certificate authority. Merged over those of `create`. */
  reached(resource: SimulatedResource, access: Access): Block;
  /** Handles of the networks that hold its load balancers: they cannot go while one is left. */
  networks(resource: SimulatedResource): readonly string[];
}

export interface ClusterBehind {
  /** A minor, `1.35`. The core offers only those that the toolchain has; see `World.offeredMinors`. */
  readonly minor: string;
  readonly podCidr?: string;
  readonly serviceCidr?: string;
  readonly auditLogs?: boolean;
  readonly secretsEncryption?: boolean;
  readonly pools: readonly SimulatedPool[];
}

export interface PoolOfCluster {
  /** A handle of the cluster. */
  readonly cluster: string;
  readonly pool: SimulatedPool;
}

/** Simulated nodes with what the cloud would set on them. */
export interface SimulatedPool {
  /** Part of the nodes' names: lower case letters, digits, `-`. */
  readonly name: string;
  /** How many nodes there are now; over all zones. */
  readonly count: number;
  /** Kubernetes quantities. */
  readonly cpu: string;
  readonly memory: string;
  readonly arch: "amd64" | "arm64";
  /** Of every node, but for zone and architecture, which the core sets. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** Nodes are spread over them, label `topology.kubernetes.io/zone`. */
  readonly zones: readonly string[];
}

/** How a simulated cluster's API server is reached. */
export interface Access {
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** PEM, base64: as the clouds give it. */
  readonly certificateAuthorityData: string;
}
