import type * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import type { Problem } from "../core/problems.js";
import type { CapabilityTable } from "./capabilities.js";

/** Where a cluster lives. */
export type Target = "aws" | "azure" | "gcp" | "onprem" | "local" | "existing";

/** How nodes come to be: by the cloud as pods ask for them, or as pools the user sizes. */
export type ComputeMode = "serverless" | "pools";

/**
 * What a workload needs to know of a cluster. A `Cluster` is one; so is plain
 * data from a stack reference or another language.
 */
export interface ClusterRef {
  /** Kubeconfig as YAML or JSON; treated as secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly target: Target;
  /** @default "pools" */
  readonly compute?: ComputeMode;
  /** What this cluster gives. @default the matrix row of its target and compute mode */
  readonly capabilities?: CapabilityTable;
  /** The Kubernetes provider to deploy through. @default one made from the kubeconfig */
  readonly provider?: k8s.Provider;
}

export type { Problem };
