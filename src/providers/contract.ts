import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../core/problems.js";
import type { CapabilityTable, SupportLevel } from "./capabilities.js";
import type { ExistingOptions, LocalOptions } from "./options.js";
import type { ComputeMode, Target } from "./target.js";

export type { Problem } from "../core/problems.js";
export type { ExistingOptions, LocalOptions } from "./options.js";
export { type ComputeMode, computeModes, type Target, targets } from "./target.js";

/**
 * What a workload needs to know of a cluster. A `Cluster` is one; so is plain
 * data from a stack reference or another language.
 */
export interface ClusterRef {
  /** Kubeconfig as YAML or JSON; treated as secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Where the cluster lives. */
  readonly target: Target;
  /** How its nodes come to be. @default "pools" */
  readonly compute?: ComputeMode;
  /** What this cluster gives. @default the matrix row of its target and compute mode */
  readonly capabilities?: CapabilityTable;
  /** The Kubernetes provider to deploy through. @default one made from the kubeconfig */
  readonly provider?: k8s.Provider;
  /**
   * The resource whose deletion takes everything inside the cluster along, so
   * that objects need not be deleted one by one, nor at all once the cluster is
   * unreachable. Components give it to their own `deletedWith`. Never set where
   * objects hold something outside the cluster, such as a load balancer.
   */
  readonly deletedWith?: pulumi.Resource;
}

/** A taint of a pool's nodes. */
export interface TaintSpec {
  readonly key: pulumi.Input<string>;
  readonly value?: pulumi.Input<string>;
  readonly effect: pulumi.Input<string>;
}

/** One pool of equal nodes, every default filled in. */
export interface PoolSpec {
  readonly name: string;
  /** Cores of one node, as a Kubernetes quantity. */
  readonly cpu: pulumi.Input<string>;
  /** Memory of one node, as a Kubernetes quantity. */
  readonly memory: pulumi.Input<string>;
  /** Fewest nodes. */
  readonly min: pulumi.Input<number>;
  /** Most nodes. */
  readonly max: pulumi.Input<number>;
  readonly arch: "amd64" | "arm64";
  readonly spot: boolean;
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  readonly taints: readonly TaintSpec[];
}

/** What a cluster shall be, every default filled in: plain structure, inputs only at the leaves. */
export interface ClusterSpec {
  readonly target: Target;
  readonly compute: ComputeMode;
  /** A minor, for example `1.35`; undefined leaves the choice to the channel or to what is there. */
  readonly kubernetesVersion: pulumi.Input<string> | undefined;
  readonly releaseChannel: "rapid" | "regular" | "stable" | undefined;
  readonly pools: readonly PoolSpec[];
  readonly controlPlane: {
    readonly highlyAvailable: boolean;
    readonly endpoint: "public" | "private" | undefined;
    readonly allowedCidrs: readonly pulumi.Input<string>[];
    readonly auditLogs: pulumi.Input<boolean>;
    readonly secretsEncryption: pulumi.Input<boolean>;
  };
  readonly network: {
    /** Addresses of nodes. */
    readonly cidr: pulumi.Input<string>;
    /** Addresses of pods. */
    readonly podCidr: pulumi.Input<string>;
    /** Addresses of Services. */
    readonly serviceCidr: pulumi.Input<string>;
  };
  readonly admins: readonly pulumi.Input<string>[];
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  readonly local: LocalOptions;
  readonly existing: ExistingOptions;
}

/** One line of the equivalence report: what was asked and what came of it. */
export interface ReportRow {
  /** Property path in the cluster's arguments, for example `pools.general.max`; a capability for a rule of the contract. */
  readonly property: string;
  /** What was asked, or the default that applied; empty when nothing was. */
  readonly requested: string;
  /** The resource that realises it, for example `isokube:local:ControlPlane shop`. */
  readonly resource: string;
  /** The field of that resource; empty when no field realises it. */
  readonly field: string;
  /** What the field holds. */
  readonly realised: string;
  /** How the target gives it. */
  readonly level: SupportLevel;
  /** How the result differs from what was asked; left out when it does not. */
  readonly deviation?: string;
}

/** What an adapter is handed. */
export interface ProvisionRequest {
  /** The component's name; names of children start with it. */
  readonly name: string;
  readonly spec: ClusterSpec;
  /** Parent of every resource that the adapter creates. */
  readonly parent: pulumi.ComponentResource;
}

/** What an adapter gives back. */
export interface ProvisionedCluster {
  /** Kubeconfig whose credentials are no long-lived secrets; marked secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** URL of the API server. */
  readonly endpoint: pulumi.Output<string>;
  /** Full version of the API server, for example `1.35.3`. */
  readonly version: pulumi.Output<string>;
  /** Changes when, and only when, the cluster is another one. */
  readonly identity: pulumi.Output<string>;
  /** What this very cluster gives. */
  readonly capabilities: pulumi.Output<CapabilityTable>;
  /** How what was asked is realised. */
  readonly report: pulumi.Output<readonly ReportRow[]>;
  /** True when nodes are simulated: no container runs. */
  readonly simulatedNodes: pulumi.Output<boolean>;
  /**
   * True when an unreachable API server is a state the next `up` mends, so that
   * a refresh keeps what it cannot read instead of failing. @default false
   */
  readonly mendsUnreachable?: boolean;
  /** See `ClusterRef.deletedWith`. */
  readonly deletedWith?: pulumi.Resource;
}

/** One way of making a cluster. The registry alone knows which there are. */
export interface ClusterProvider {
  readonly target: Target;
  /** What is wrong with the spec for this target, beyond what every target refuses. Pure. */
  check(spec: ClusterSpec): readonly Problem[];
  /** Creates the resources. Called only when nothing is wrong. */
  provision(request: ProvisionRequest): ProvisionedCluster;
}
