import type * as pulumi from "@pulumi/pulumi";
import type {
  AwsOptions,
  AzureOptions,
  ComputeMode,
  ExistingOptions,
  GcpOptions,
  GpuType,
  LocalOptions,
  OnpremOptions,
  Target,
} from "../../providers/contract.js";

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
  /** Accelerators of one node. @default none */
  readonly gpu?: GpuArgs;
  /** Which of the network's zones, counted from 1. @default all of them */
  readonly zones?: readonly number[];
  /** The node's own disk. @default 50Gi of class standard */
  readonly disk?: DiskArgs;
}

/** Accelerators of a pool's nodes. */
export interface GpuArgs {
  /** Which accelerator. */
  readonly type: GpuType;
  /** How many of them one node has. @default 1 */
  readonly count?: number;
}

/** The disk of a pool's nodes, for images, logs and emptyDir volumes. */
export interface DiskArgs {
  /** A Kubernetes quantity. @default "50Gi" */
  readonly size?: pulumi.Input<string>;
  /** How fast: the same words as the cluster's storage classes. @default "standard" */
  readonly class?: "standard" | "fast";
}

/** The control plane: how available, how reachable, how guarded. */
export interface ControlPlaneOptions {
  /** Survives the loss of one member. @default false */
  readonly highlyAvailable?: boolean;
  /**
   * Whether the API server is reachable from outside its network, from inside,
   * or both.
   * @default what the target does by itself; never open to the world
   */
  readonly endpoint?: "public" | "private" | "both";
  /** Address ranges that reach the API server. @default none listed */
  readonly allowedCidrs?: readonly pulumi.Input<string>[];
  /** Writes an audit log. @default false */
  readonly auditLogs?: pulumi.Input<boolean>;
  /** Encrypts Secrets at rest. @default false; true when `encryptionKey` is given */
  readonly secretsEncryption?: pulumi.Input<boolean>;
  /**
   * A key that is there already: on AWS the ARN of a KMS key, on Azure the id of
   * a Key Vault key, on Google Cloud the name of a Cloud KMS key.
   * @default one is made
   */
  readonly encryptionKey?: pulumi.Input<string>;
}

/** The cluster's addresses. The three ranges must not overlap. */
export interface NetworkArgs {
  /** Addresses of nodes. @default "10.0.0.0/16" */
  readonly cidr?: pulumi.Input<string>;
  /** Addresses of pods. @default "10.244.0.0/16" */
  readonly podCidr?: pulumi.Input<string>;
  /** Addresses of Services. @default "10.96.0.0/16" */
  readonly serviceCidr?: pulumi.Input<string>;
  /** Over how many zones nodes are spread, 1 to 3. @default 3 */
  readonly zones?: number;
  /** A network that is there already, in the target's own words. @default one is made */
  readonly existing?: ExistingNetworkArgs;
}

/** A network that is there already. */
export interface ExistingNetworkArgs {
  /** On AWS the id of the VPC, on Azure of the virtual network, on Google Cloud of the network. */
  readonly id: pulumi.Input<string>;
  /** Private subnets of nodes: one a zone on AWS, a single one on Azure and Google Cloud. */
  readonly subnets: readonly pulumi.Input<string>[];
  /** AWS: subnets of public load balancers. @default none: load balancers are internal */
  readonly publicSubnets?: readonly pulumi.Input<string>[];
  /** Google Cloud: name of the subnet's secondary range for pods. Required there. */
  readonly podRange?: pulumi.Input<string>;
  /** Google Cloud: name of the subnet's secondary range for Services. Required there. */
  readonly serviceRange?: pulumi.Input<string>;
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
  /** Pools of nodes by name. Required when `compute` is `pools`, but for `onprem`, which lists its hosts. */
  readonly pools?: Readonly<Record<string, PoolArgs>>;
  /** The control plane. @default the defaults of each option */
  readonly controlPlane?: ControlPlaneOptions;
  /** Addresses. @default the defaults of each range */
  readonly network?: NetworkArgs;
  /** Administrators. @default only whoever creates the cluster */
  readonly access?: AccessArgs;
  /**
   * Refuses to destroy the cluster until this is false again. On AKS its pools
   * cannot be taken away or made anew either: do that in the `up` that sets it
   * to false. @default false
   */
  readonly deletionProtection?: boolean;
  /** Tags of the provider's resources. @default none */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Targets on which everything asked for here must be possible too; checked at preview. @default none */
  readonly requirePortableTo?: readonly Target[];
  /**
   * The cluster's name, to let a change replace it: everything inside is lost.
   * Otherwise such a change fails the preview. Take it out again afterwards.
   * @default none
   */
  readonly replaceCluster?: string;
  /** What only EKS has words for. @default the defaults of each option */
  readonly aws?: AwsOptions;
  /** What only AKS has words for. @default the defaults of each option */
  readonly azure?: AzureOptions;
  /** What only GKE has words for. @default the defaults of each option */
  readonly gcp?: GcpOptions;
  /** The hosts, and how they are reached. Required when, and only when, the target is `onprem`. */
  readonly onprem?: OnpremOptions;
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
  readonly replaceCluster?: string;
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
  readonly aws?: never;
  readonly azure?: never;
  readonly gcp?: never;
  readonly onprem?: never;
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
  readonly replaceCluster?: never;
  readonly local?: never;
  readonly aws?: never;
  readonly azure?: never;
  readonly gcp?: never;
  readonly onprem?: never;
}

interface OtherTargetArgs extends CreatedClusterArgs {
  readonly controlPlane?: ControlPlaneOptions;
  readonly local?: never;
  readonly existing?: never;
}

type SizedByPools = { readonly compute?: "pools"; readonly pools: Readonly<Record<string, PoolArgs>> };
type SizedByPods = { readonly compute: "serverless"; readonly pools?: never };

/** The block of the chosen cloud, and no other's. */
type CloudBlock =
  | {
      readonly target: "aws";
      /** EKS has no channels. */
      readonly releaseChannel?: never;
      readonly aws?: AwsOptions;
      readonly azure?: never;
      readonly gcp?: never;
    }
  | { readonly target: "azure"; readonly azure?: AzureOptions; readonly aws?: never; readonly gcp?: never }
  | { readonly target: "gcp"; readonly gcp?: GcpOptions; readonly aws?: never; readonly azure?: never };

/** A cluster on a managed cloud. */
export type CloudClusterArgs = OtherTargetArgs &
  VersionChoice &
  (SizedByPools | SizedByPods) &
  CloudBlock & { readonly onprem?: never };

type OnpremArtifacts = NonNullable<OnpremOptions["artifacts"]>;
type Never<Key extends string> = { readonly [_ in Key]?: never };

/** One way of reaching the API server, one place where artifacts come from: not two at once. */
type TypedOnpremOptions = Omit<OnpremOptions, "endpoint" | "artifacts"> & {
  readonly endpoint?:
    | { readonly vip: pulumi.Input<string>; readonly routerId?: number; readonly external?: never }
    | { readonly external: pulumi.Input<string>; readonly vip?: never; readonly routerId?: never };
  readonly artifacts?:
    | (Pick<OnpremArtifacts, "publicKeyFile"> & { readonly bundle: string } & Never<"binaries" | "images" | "digests">)
    | (Pick<OnpremArtifacts, "binaries" | "images" | "digests"> & Never<"bundle" | "publicKeyFile">);
};

/** A cluster on hosts of your own. */
export type OnpremClusterArgs = OtherTargetArgs & {
  readonly target: "onprem";
  readonly onprem: TypedOnpremOptions;
  readonly kubernetesVersion?: pulumi.Input<string>;
  readonly releaseChannel?: never;
  readonly compute?: "pools";
  /** What the pools say holds for the hosts that name them. */
  readonly pools?: Readonly<Record<string, PoolArgs>>;
  readonly aws?: never;
  readonly azure?: never;
  readonly gcp?: never;
};

/** The arguments of a cluster as TypeScript programs write them: wrong combinations do not compile. */
export type TypedClusterArgs = LocalClusterArgs | ExistingClusterArgs | CloudClusterArgs | OnpremClusterArgs;
