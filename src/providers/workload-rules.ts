import type * as pulumi from "@pulumi/pulumi";
import type { ComputeMode, Target } from "./target.js";

/**
 * What a cluster asks of workloads beyond Kubernetes itself. Plain data, so it
 * passes through stack references. What can be met is met when a workload is
 * rendered; what cannot is refused before anything is sent.
 */
export interface WorkloadRules {
  /** Who asks, for example `GKE Autopilot`. */
  readonly by: string;
  /** The processor architectures that nodes can have. @default any */
  readonly architectures?: readonly string[];
  /** False when there are no pools that pods could choose. @default true */
  readonly pools?: boolean;
  /** What a container asks for at least; less is raised to it, as the cloud would. @default nothing */
  readonly leastRequests?: { readonly cpu: string; readonly memory: string };
  /** Memory for each core, in gibibytes; the smaller of the two is raised, as the cloud would. @default any */
  readonly gibibytesPerCpu?: { readonly least: number; readonly most: number };
  /** What the containers of one pod ask for together at most. @default what the largest node has */
  readonly largestPod?: { readonly cpu: string; readonly memory: string };
  /** The CPU limit of a container that says none; more when it asks for more. @default none */
  readonly cpuLimit?: string;
  /** Containers that answer on a port are asked whether they live, too. @default false */
  readonly liveness?: boolean;
  /** What a Service of type LoadBalancer must say to get a public address. @default nothing */
  readonly loadBalancer?: LoadBalancerRules;
  /** Taints that the cloud puts on every node, so that pods must tolerate them to run at all. @default none */
  readonly tolerations?: readonly TolerationRule[];
}

/** A taint that every pod must tolerate. */
export interface TolerationRule {
  readonly key: string;
  readonly operator: "Equal";
  readonly value: string;
  readonly effect: "NoSchedule";
}

/** What a Service of type LoadBalancer must say to get a public address. */
export interface LoadBalancerRules {
  /** Value of `loadBalancerClass`. @default none */
  readonly class?: string;
  readonly annotations: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The load balancers of EKS are internal unless they are told otherwise. */
const internetFacing = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing" } as const;

/** By address of the pod: a hop less, and the only way on Fargate. */
const toPods = { "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip" } as const;

/** EKS with the AWS Load Balancer Controller. */
export const eksRules: WorkloadRules = {
  by: "Amazon EKS",
  loadBalancer: { class: "service.k8s.aws/nlb", annotations: { ...internetFacing, ...toPods } },
};

export const eksAutoModeRules: WorkloadRules = {
  by: "EKS Auto Mode",
  pools: false,
  loadBalancer: { class: "eks.amazonaws.com/nlb", annotations: internetFacing },
};

/** Source: "Fargate pod configuration" and "Considerations" of the EKS user guide. */
export const fargateRules: WorkloadRules = {
  ...eksRules,
  by: "AWS Fargate",
  architectures: ["amd64"],
  pools: false,
  // Fargate adds 256 Mi for its own processes.
  largestPod: { cpu: "16", memory: "119.75Gi" },
};

/** Source: "Resource requests in Autopilot", general-purpose class of clusters that support bursting. */
export const autopilotRules: WorkloadRules = {
  by: "GKE Autopilot",
  pools: false,
  leastRequests: { cpu: "50m", memory: "52Mi" },
  gibibytesPerCpu: { least: 1, most: 6.5 },
  largestPod: { cpu: "30", memory: "110Gi" },
};

/** Its deployment safeguards ask for limits and for both probes. */
export const aksAutomaticRules: WorkloadRules = { by: "AKS Automatic", pools: false, cpuLimit: "2", liveness: true };

/** The rules of a target and compute mode, where the cluster itself does not say; undefined when there are none. */
export function workloadRulesOf(target: Target, compute: ComputeMode = "pools"): WorkloadRules | undefined {
  const serverless = compute === "serverless";
  switch (target) {
    case "aws":
      return serverless ? eksAutoModeRules : eksRules;
    case "azure":
      return serverless ? aksAutomaticRules : undefined;
    case "gcp":
      return serverless ? autopilotRules : undefined;
    case "onprem":
    case "local":
    case "existing":
      return undefined;
  }
}
