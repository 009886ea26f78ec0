import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../core/problems.js";
import type { CapabilityTable } from "./capabilities.js";
import type { AwsOptions, AzureOptions, ExistingOptions, GcpOptions, LocalOptions, OnpremOptions } from "./options.js";
import type { ReportDraft, ReportRow } from "./report-row.js";
import type { ComputeMode, Target } from "./target.js";
import type { WorkloadRules } from "./workload-rules.js";

export type { Problem } from "../core/problems.js";
export type { AwsOptions, AzureOptions, ExistingOptions, GcpOptions, LocalOptions, OnpremOptions } from "./options.js";
export type { ReportRow } from "./report-row.js";
export { type ComputeMode, computeModes, isCloud, type Target, targets } from "./target.js";
export type { LoadBalancerRules, TolerationRule, WorkloadRules } from "./workload-rules.js";

/**
 * What a workload needs to know of a cluster. A `Cluster` is one; so is plain
 * data from a stack reference or another language.
 */
export interface ClusterRef {
  /** Kubeconfig as YAML or JSON; treated as secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Where the cluster lives. */
  readonly target: Target;
  /**
   * Changes when, and only when, the cluster is another one; the output
   * `identity` of a `Cluster`. With it another kubeconfig (credentials, address)
   * only updates the provider that is made from it; without it, Pulumi guesses
   * from the kubeconfig, and may replace everything that was deployed.
   * @default none
   */
  readonly identity?: pulumi.Input<string>;
  /** How its nodes come to be. @default "pools" */
  readonly compute?: ComputeMode;
  /** What this cluster gives. @default the matrix row of its target and compute mode */
  readonly capabilities?: CapabilityTable;
  /** The Kubernetes provider to deploy through. @default one made from the kubeconfig */
  readonly provider?: k8s.Provider;
  /**
   * The resource whose deletion takes everything inside the cluster along, so
   * that objects need not be deleted one by one, nor at all once the cluster is
   * unreachable; or whose deletion leaves the cluster as it is. Components give it
   * to their own `deletedWith`. Never set where objects hold something outside the
   * cluster, such as a load balancer.
   */
  readonly deletedWith?: pulumi.Resource;
  /** What pods' cloud identities are made from; plain data. @default none: workloads get no identity of a cloud */
  readonly workloadIdentity?: WorkloadIdentityRef;
  /** What it asks of workloads beyond Kubernetes itself. @default the rules of its target and compute mode */
  readonly workloadRules?: WorkloadRules;
}

/** What a cloud needs to know to trust a cluster's service accounts; each target fills in its own. */
export interface WorkloadIdentityRef {
  /** Name of the cluster, as its cloud knows it. */
  readonly clusterName?: pulumi.Input<string>;
  /** URL of the OIDC issuer of service account tokens. */
  readonly issuer?: pulumi.Input<string>;
  /** Azure resource group and location of identities. */
  readonly resourceGroup?: pulumi.Input<string>;
  readonly location?: pulumi.Input<string>;
  /** AWS: managed policy that bounds every role that is made. */
  readonly permissionsBoundary?: pulumi.Input<string>;
  /** Google project of identities, and its workload pool. */
  readonly project?: pulumi.Input<string>;
  readonly workloadPool?: pulumi.Input<string>;
}

/** One thing a workload may do outside the cluster. */
export interface IdentityGrant {
  /**
   * What is granted: on AWS the ARN of a managed policy, on Azure the id of a
   * role definition, on Google Cloud a role such as `roles/storage.objectViewer`.
   */
  readonly role: pulumi.Input<string>;
  /** On what: on Azure a resource id, on Google Cloud a project; AWS policies say it themselves. */
  readonly scope?: pulumi.Input<string>;
  /**
   * What tells it from the workload's other grants, for the name of its resource:
   * by the place in the list, taking one grant out would take another along.
   * @default none: it is known only later
   */
  readonly key?: string;
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
  /** Accelerators of one node. */
  readonly gpu: GpuSpec | undefined;
  /** Which of the network's zones, counted from 1; empty for all of them. */
  readonly zones: readonly number[];
  /** The node's own disk. */
  readonly disk: { readonly size: pulumi.Input<string>; readonly class: "standard" | "fast" };
}

/** Accelerators of one node. */
export interface GpuSpec {
  readonly type: GpuType;
  readonly count: number;
}

export const gpuTypes = ["nvidia-t4", "nvidia-l4", "nvidia-a10", "nvidia-a100", "nvidia-h100"] as const;
/** An accelerator that more than one cloud has. */
export type GpuType = (typeof gpuTypes)[number];

/** A network that is there already, in the target's own words. */
export interface ExistingNetworkSpec {
  /** On AWS the id of the VPC, on Azure of the virtual network, on Google Cloud of the network. */
  readonly id: pulumi.Input<string>;
  /** Private subnets of nodes: several on AWS (one a zone), one on Azure and Google Cloud. */
  readonly subnets: readonly pulumi.Input<string>[];
  /** AWS: subnets of public load balancers. */
  readonly publicSubnets: readonly pulumi.Input<string>[];
  /** Google Cloud: name of the subnet's secondary range for pods. */
  readonly podRange: pulumi.Input<string> | undefined;
  /** Google Cloud: name of the subnet's secondary range for Services. */
  readonly serviceRange: pulumi.Input<string> | undefined;
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
    readonly endpoint: "public" | "private" | "both" | undefined;
    readonly allowedCidrs: readonly pulumi.Input<string>[];
    readonly auditLogs: pulumi.Input<boolean>;
    readonly secretsEncryption: pulumi.Input<boolean>;
    /** A key that is there already; undefined where one is made. */
    readonly encryptionKey: pulumi.Input<string> | undefined;
  };
  readonly network: {
    /** Addresses of nodes. */
    readonly cidr: pulumi.Input<string>;
    /** Addresses of pods. */
    readonly podCidr: pulumi.Input<string>;
    /** Addresses of Services. */
    readonly serviceCidr: pulumi.Input<string>;
    /** Over how many zones nodes are spread. */
    readonly zones: number;
    readonly existing: ExistingNetworkSpec | undefined;
  };
  readonly admins: readonly pulumi.Input<string>[];
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  /** The cluster's own name, where the user lets it be replaced. */
  readonly replaceCluster: string | undefined;
  readonly local: LocalOptions;
  readonly existing: ExistingOptions;
  readonly aws: AwsOptions;
  readonly azure: AzureOptions;
  readonly gcp: GcpOptions;
  /** Undefined where the cluster is not, or not yet, told which hosts. */
  readonly onprem: OnpremOptions | undefined;
}

/** What watches over values that a cluster cannot change. */
export interface ClusterGuard {
  /** Refuses at preview what would replace the cluster; the adapter's cluster resource depends on it. */
  readonly resource: pulumi.Resource;
  /**
   * Changes when, and only when, a change was let pass that makes the cluster
   * anew. It is the `replacementTrigger` of the adapter's cluster, also where
   * the cloud would change it in place, and part of every name that the new
   * cluster could not share with the old one: that one stays until all is moved.
   */
  readonly generation: pulumi.Output<string>;
}

/** The generation of a cluster that was never made anew. */
export const firstGeneration = "1";

/** What an adapter is handed. */
export interface ProvisionRequest {
  /** The component's name; names of children start with it. */
  readonly name: string;
  readonly spec: ClusterSpec;
  /** Parent of every resource that the adapter creates. */
  readonly parent: pulumi.ComponentResource;
  /** Given to adapters that have `immutable`. */
  readonly guard?: ClusterGuard;
}

/** A StorageClass, but for its name. */
export interface StorageClassSpec {
  readonly provisioner: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** False where a volume stays as large as it was made. @default true */
  readonly expandable?: boolean;
}

/** A Kubernetes object as the API server takes it, with inputs at the leaves. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Objects that do one thing together, which the cluster needs to keep the contract. */
export interface ManifestGroup {
  /** What the names of the Pulumi resources hold after the cluster's, for example `metrics-server`. */
  readonly name: string;
  /** Groups that must be there before, and go after. Listed before this one. */
  readonly after: readonly string[];
  readonly objects: readonly KubernetesObject[];
}

/** Settings that the cloud's own controllers read inside the cluster. */
export interface ConfigMapSpec {
  readonly name: string;
  readonly namespace: string;
  readonly data: Readonly<Record<string, string>>;
}

/** A Helm chart that the cluster needs to keep the contract. */
export interface ChartSpec {
  /** Name of the release and of the Pulumi resource's ending, for example `gateway`. */
  readonly name: string;
  /** A key of the pinned list in src/components/cluster/charts.ts. */
  readonly chart: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
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
  /** See `ClusterRef.workloadIdentity`. */
  readonly workloadIdentity?: WorkloadIdentityRef;
  /**
   * What this very cluster asks of workloads, where it is not what its target
   * and compute mode ask for: Fargate, or load balancers that must be internal.
   * @default the rules of its target and compute mode
   */
  readonly workloadRules?: WorkloadRules;
  /**
   * What must be there before anything is deployed into the cluster, and stay
   * until the last of it is gone: nodes, add-ons, roles of controllers.
   * @default none
   */
  readonly foundations?: readonly pulumi.Resource[];
  /** The classes to make; left out where the target has them already. */
  readonly storageClasses?: Readonly<Record<"standard" | "fast", StorageClassSpec>>;
  /**
   * Which of them the cloud brings under the same name, but different. A class
   * cannot be changed, so the cloud's is deleted before.
   * @default none
   */
  readonly takenStorageClasses?: readonly ("standard" | "fast")[];
  /** Charts to install before any workload, each after those before it; removed in the reverse order. @default none */
  readonly charts?: readonly ChartSpec[];
  /** Objects to make before any chart, each on its own as a Pulumi resource. @default none */
  readonly manifests?: readonly ManifestGroup[];
  /** ConfigMaps to make before any chart. @default none */
  readonly configMaps?: readonly ConfigMapSpec[];
  /** Annotations of the gateway's Service, which say what load balancer the cloud gives it. @default none */
  readonly gatewayAnnotations?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What a workload's service account and pods must carry to have a cloud identity. */
export interface GrantedIdentity {
  readonly serviceAccountAnnotations: Readonly<Record<string, pulumi.Input<string>>>;
  readonly podLabels: Readonly<Record<string, string>>;
  /** What must be there before the pods start. */
  readonly resources: readonly pulumi.Resource[];
}

/** What a workload asks for an identity with. */
export interface IdentityRequest {
  /** Names of resources start with it. */
  readonly name: string;
  readonly parent: pulumi.ComponentResource;
  readonly cluster: WorkloadIdentityRef;
  readonly namespace: pulumi.Input<string>;
  readonly serviceAccount: pulumi.Input<string>;
  readonly grants: readonly IdentityGrant[];
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

/** One way of making a cluster. The registry alone knows which there are. */
export interface ClusterProvider {
  readonly target: Target;
  /** What is wrong with the spec for this target, beyond what every target refuses. Pure. */
  check(spec: ClusterSpec): readonly Problem[];
  /**
   * What a cluster of this spec gives, where a choice of the target's own block
   * makes it differ from its compute mode's table. Pure.
   * @default the table of target and compute mode
   */
  capabilities?(spec: ClusterSpec): CapabilityTable;
  /** What would be made of the spec, row by row, without making it. Pure; leaves may be known only later. */
  describe?(name: string, spec: ClusterSpec): readonly ReportDraft[];
  /**
   * Values that cannot change without making the cluster anew, by property path
   * of the arguments. Left out where nothing does.
   */
  immutable?(name: string, spec: ClusterSpec): Readonly<Record<string, pulumi.Input<unknown>>>;
  /**
   * What the cloud does not let go while the cluster is protected, beside the
   * cluster: names that change when it is made anew, by property path of the
   * arguments. Left out where the protection holds the cluster alone.
   */
  held?(name: string, spec: ClusterSpec): Readonly<Record<string, pulumi.Input<string>>>;
  /** Gives a workload's service account an identity of the cloud. Left out where there is none. */
  grantIdentity?(request: IdentityRequest): GrantedIdentity;
  /** Creates the resources. Called only when nothing is wrong. */
  provision(request: ProvisionRequest): ProvisionedCluster;
}
