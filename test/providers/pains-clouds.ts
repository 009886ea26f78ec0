import type { ClusterArgs } from "../../src/components/cluster/args.js";
import type { Cluster } from "../../src/components/cluster.js";
import type { TypedWorkloadArgs } from "../../src/components/workload/typed-args.js";
import { Workload } from "../../src/components/workload.js";
import type { ClusterRef } from "../../src/providers/contract.js";
import { modes as awsModes } from "./aws/modes.js";
import { created as azureArgs, pools as azurePools } from "./azure/specs.js";
import { modes as gcpModes } from "./gcp/modes.js";
import { type Answers, all, clusterStack, type Stack, type StackResource } from "./stack.js";

export type Cloud = "aws" | "azure" | "gcp";
export const clouds: readonly Cloud[] = ["aws", "azure", "gcp"];

const pinned = { kubernetesVersion: "1.35" } as const;

/** A cluster with pools, of which `general` grows from 2 to 10. */
export const pooled = {
  aws: { ...awsModes.pools, target: "aws" },
  azure: { ...azureArgs, ...pinned, pools: azurePools },
  gcp: { ...gcpModes.pools, target: "gcp" },
} as const satisfies Record<Cloud, ClusterArgs>;

/** A cluster whose nodes the cloud makes. */
export const serverless = {
  aws: { ...awsModes.auto, target: "aws" },
  azure: { ...azureArgs, ...pinned, compute: "serverless" },
  gcp: { ...gcpModes.autopilot, target: "gcp" },
} as const satisfies Record<Cloud, ClusterArgs>;

/** Both, on each cloud, with a title. */
export const everyCluster: readonly (readonly [title: string, cloud: Cloud, args: ClusterArgs])[] = clouds.flatMap(
  (cloud) => [
    [`${cloud}, pools`, cloud, pooled[cloud]] as const,
    [`${cloud}, serverless`, cloud, serverless[cloud]] as const,
  ],
);

/** How a cloud calls what every cloud has. */
export interface CloudWords {
  /** Types of the cluster and of a pool. */
  readonly cluster: string;
  readonly pool: string;
  /** Types of the network that cluster and nodes live in. */
  readonly network: readonly string[];
  /** Property of a pool that is its name in the cloud, and how long it can be. */
  readonly poolName: string;
  readonly longestPoolName: number;
  /** Properties of a pool that an autoscaler changes. */
  readonly desired: readonly string[];
  /** Two administrators. */
  readonly admins: readonly [string, string];
  /** The helper that a kubeconfig calls. */
  readonly helper: string;
  /** What its functions that hand out long-lived or personal credentials are called. */
  readonly credentials: RegExp;
  /** How the same cluster is reached after a change: other answers, or other arguments. */
  readonly reachedOtherwise: { readonly answers?: Answers; readonly args?: Partial<ClusterArgs> };
  /** What the cloud says of a cluster that was made anew under the same name. */
  readonly madeAnew: Answers;
}

const anotherAddress = "https://another.example.com";

export const words: Readonly<Record<Cloud, CloudWords>> = {
  aws: {
    cluster: "eks/cluster:Cluster",
    pool: "eks/nodeGroup:NodeGroup",
    network: ["ec2/vpc:Vpc", "ec2/subnet:Subnet", "ec2/natGateway:NatGateway", "ec2/route:Route"],
    poolName: "nodeGroupName",
    longestPoolName: 63,
    desired: ["scalingConfig.desiredSize"],
    admins: ["arn:aws:iam::111122223333:role/first", "arn:aws:iam::111122223333:role/second"],
    helper: "aws",
    credentials: /getClusterAuth|accessKey/i,
    reachedOtherwise: { answers: { "aws:eks/cluster:Cluster": { endpoint: anotherAddress } } },
    madeAnew: { "aws:eks/cluster:Cluster": { createdAt: "2026-12-01T00:00:00Z" } },
  },
  azure: {
    cluster: "containerservice:ManagedCluster",
    pool: "containerservice:AgentPool",
    network: ["network:VirtualNetwork", "network:Subnet", "network:NatGateway"],
    poolName: "agentPoolName",
    longestPoolName: 12,
    desired: ["count"],
    admins: ["6f3c2b1a-0000-4000-8000-00000000000a", "6f3c2b1a-0000-4000-8000-00000000000b"],
    helper: "kubelogin",
    credentials: /AdminCredentials|AccessProfile/i,
    reachedOtherwise: { args: { azure: { location: "westeurope", login: "workloadidentity" } } },
    madeAnew: { "azure-native:containerservice:ManagedCluster": { id: "/managedClusters/shop-another" } },
  },
  gcp: {
    cluster: "container/cluster:Cluster",
    pool: "container/nodePool:NodePool",
    network: ["compute/network:Network", "compute/subnetwork:Subnetwork", "compute/routerNat:RouterNat"],
    poolName: "name",
    longestPoolName: 40,
    desired: ["initialNodeCount", "nodeCount"],
    admins: ["group:first@example.com", "group:second@example.com"],
    helper: "gke-gcloud-auth-plugin",
    credentials: /getClientConfig|serviceaccount.*key/i,
    reachedOtherwise: { answers: { "gcp:container/cluster:Cluster": { endpoint: "192.0.2.99" } } },
    madeAnew: { "gcp:container/cluster:Cluster": { selfLink: "https://www.googleapis.com/test/shop-another" } },
  },
};

/** The Kubernetes providers of a stack: the system's, and everybody's. */
export const kubernetesProviders = (stack: Pick<Stack<unknown>, "resources">): readonly StackResource[] =>
  all(stack, "kubernetes").filter(({ type }) => type === "pulumi:providers:kubernetes");

const containers = {
  web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "250m", memory: "512Mi" } },
} as const;
/** Puts a workload into a cluster. */
export const put =
  (args: Partial<TypedWorkloadArgs>) =>
  (cluster: ClusterRef): void => {
    new Workload("web", { cluster, containers, ...args } as TypedWorkloadArgs);
  };

const made = new Map<string, Promise<Stack<Cluster>>>();
/** A cluster, and in it a workload when its arguments are given; made once for all tests that look at the same. */
export function clusterWith(args: ClusterArgs, workload?: Partial<TypedWorkloadArgs>): Promise<Stack<Cluster>> {
  const key = JSON.stringify([args, workload]);
  const stack = made.get(key) ?? clusterStack(args, workload === undefined ? undefined : put(workload));
  made.set(key, stack);
  return stack;
}

/** Pools that every cloud sells. */
export const poolsOfEveryCloud = { general: { cpu: 4, memory: "16Gi", min: 2, max: 10 } } as const;

/** The same cluster, following a channel instead of a version. */
export function channelled(cloud: "azure" | "gcp"): ClusterArgs {
  const { kubernetesVersion: _, ...rest } = pooled[cloud];
  return { ...rest, releaseChannel: "stable" };
}
