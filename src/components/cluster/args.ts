import type * as pulumi from "@pulumi/pulumi";
import type { ComputeMode, ExistingOptions, LocalOptions, Target } from "../../providers/contract.js";

/** A taint that keeps pods off a pool's nodes unless they tolerate it. */
export interface TaintArgs {
  /** A label key, for example `dedicated`. */
  readonly key: pulumi.Input<string>;
  /** A label value. @default none */
  readonly value?: pulumi.Input<string>;
  /** What happens to pods that do not tolerate it. */
  readonly effect: pulumi.Input<"NoSchedule" | "PreferNoSchedule" | "NoExecute">;
}

/** A pool of equal nodes, described by need: the target finds what fits. */
export interface PoolArgs {
  /** Cores of one node: a number, or a Kubernetes quantity such as `500m`. */
  readonly cpu: pulumi.Input<number | string>;
  /** Memory of one node, as a Kubernetes quantity such as `16Gi`. */
  readonly memory: pulumi.Input<string>;
  /** Fewest nodes. @default 1 */
  readonly min?: pulumi.Input<number>;
  /** Most nodes; more than `min` asks for a node autoscaler. @default `min` */
  readonly max?: pulumi.Input<number>;
  /** Processor architecture of the nodes. @default "amd64" */
  readonly arch?: "amd64" | "arm64";
  /** Spare capacity at a lower price that may be taken away at any time. @default false */
  readonly spot?: boolean;
  /** Labels of the nodes, beside `isokube.dev/pool` which every node carries. @default none */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Taints of the nodes. @default none */
  readonly taints?: readonly TaintArgs[];
}

/** The control plane: how available, how reachable, how guarded. */
export interface ControlPlaneOptions {
  /** Survives the loss of one member. @default false */
  readonly highlyAvailable?: boolean;
  /**
   * Whether the API server is reachable from outside its network.
   * @default what the target does by itself; never open to the world
   */
  readonly endpoint?: "public" | "private";
  /** Address ranges that reach the API server. @default none listed */
  readonly allowedCidrs?: readonly pulumi.Input<string>[];
  /** Writes an audit log. @default false */
  readonly auditLogs?: pulumi.Input<boolean>;
  /** Encrypts Secrets at rest. @default false */
  readonly secretsEncryption?: pulumi.Input<boolean>;
}

/** The cluster's addresses. The three ranges must not overlap. */
export interface NetworkArgs {
  /** Addresses of nodes. @default "10.0.0.0/16" */
  readonly cidr?: pulumi.Input<string>;
  /** Addresses of pods. @default "10.244.0.0/16" */
  readonly podCidr?: pulumi.Input<string>;
  /** Addresses of Services. @default "10.96.0.0/16" */
  readonly serviceCidr?: pulumi.Input<string>;
}

/** Who administers the cluster. */
export interface AccessArgs {
  /** Principals of the target's identity provider, for example role ARNs or group ids. @default none */
  readonly admins?: readonly pulumi.Input<string>[];
}

/**
 * The arguments of a cluster, flat, as every language has them. TypeScript
 * programs write one of `TypedClusterArgs`, which lets only combinations
 * compile that make sense.
 *
 * What decides which resources there are is plain; leaves may be inputs.
 */
export interface ClusterArgs {
  /** Where the cluster lives. */
  readonly target: Target;
  /**
   * Kubernetes minor, for example `1.35`. Not together with `releaseChannel`.
   * @default "1.35" without a release channel; for `existing`, whatever runs
   */
  readonly kubernetesVersion?: pulumi.Input<string>;
  /** Channel that the version follows. Not together with `kubernetesVersion`. @default none */
  readonly releaseChannel?: "rapid" | "regular" | "stable";
  /** How nodes come to be. @default "pools" */
  readonly compute?: ComputeMode;
  /** Pools of nodes by name. Required when `compute` is `pools`. */
  readonly pools?: Readonly<Record<string, PoolArgs>>;
  /** The control plane. @default the defaults of each option */
  readonly controlPlane?: ControlPlaneOptions;
  /** Addresses. @default the defaults of each range */
  readonly network?: NetworkArgs;
  /** Administrators. @default only whoever creates the cluster */
  readonly access?: AccessArgs;
  /** Refuses to destroy the cluster until this is false again. @default false */
  readonly deletionProtection?: boolean;
  /** Tags of the provider's resources. @default none */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Targets on which everything asked for here must be possible too; checked at preview. @default none */
  readonly requirePortableTo?: readonly Target[];
  /** What only `local` has words for. @default the defaults of each option */
  readonly local?: LocalOptions;
  /** Which existing cluster. Required when, and only when, the target is `existing`. */
  readonly existing?: ExistingOptions;
}

/** A pinned minor or a channel, never both. */
type VersionChoice =
  | { readonly kubernetesVersion?: pulumi.Input<string>; readonly releaseChannel?: never }
  | { readonly kubernetesVersion?: never; readonly releaseChannel: "rapid" | "regular" | "stable" };

/** What every cluster that isokube makes has in common. */
interface CreatedClusterArgs {
  readonly network?: NetworkArgs;
  readonly access?: AccessArgs;
  readonly deletionProtection?: boolean;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly requirePortableTo?: readonly Target[];
}

/** A cluster on this machine: real control plane, simulated nodes. */
export interface LocalClusterArgs extends CreatedClusterArgs {
  readonly target: "local";
  readonly kubernetesVersion?: pulumi.Input<string>;
  readonly releaseChannel?: never;
  readonly compute?: "pools";
  readonly pools: Readonly<Record<string, PoolArgs>>;
  readonly controlPlane?: ControlPlaneOptions & { readonly highlyAvailable?: false };
  readonly local?: LocalOptions;
  readonly existing?: never;
}

/** A cluster that is there already: it brings its own version, nodes and network. */
export interface ExistingClusterArgs {
  readonly target: "existing";
  /** The minor that the cluster must run. @default whatever runs */
  readonly kubernetesVersion?: pulumi.Input<string>;
  readonly requirePortableTo?: readonly Target[];
  readonly existing: ExistingOptions;
  readonly releaseChannel?: never;
  readonly compute?: never;
  readonly pools?: never;
  readonly controlPlane?: never;
  readonly network?: never;
  readonly access?: never;
  readonly deletionProtection?: never;
  readonly tags?: never;
  readonly local?: never;
}

interface OtherTargetArgs extends CreatedClusterArgs {
  readonly controlPlane?: ControlPlaneOptions;
  readonly local?: never;
  readonly existing?: never;
}

type SizedByPools = { readonly compute?: "pools"; readonly pools: Readonly<Record<string, PoolArgs>> };
type SizedByPods = { readonly compute: "serverless"; readonly pools?: never };

/** A cluster on a managed cloud. */
export type CloudClusterArgs = OtherTargetArgs &
  VersionChoice &
  (SizedByPools | SizedByPods) & { readonly target: "aws" | "azure" | "gcp" };

/** A cluster on hosts of your own. */
export type OnpremClusterArgs = OtherTargetArgs &
  SizedByPools & {
    readonly target: "onprem";
    readonly kubernetesVersion?: pulumi.Input<string>;
    readonly releaseChannel?: never;
  };

/** The arguments of a cluster as TypeScript programs write them: wrong combinations do not compile. */
export type TypedClusterArgs = LocalClusterArgs | ExistingClusterArgs | CloudClusterArgs | OnpremClusterArgs;
