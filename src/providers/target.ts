/** Every place a cluster can live, in the order of the documentation. */
export const targets = ["aws", "azure", "gcp", "onprem", "local", "existing"] as const;

/**
 * Where a cluster lives: EKS, AKS, GKE, hosts of your own, this machine with
 * simulated nodes, or a cluster that already exists.
 */
export type Target = "aws" | "azure" | "gcp" | "onprem" | "local" | "existing";

/** Every way nodes come to be. */
export const computeModes = ["pools", "serverless"] as const;

/** How nodes come to be: as pools the user sizes, or by the provider as pods ask for them. */
export type ComputeMode = "pools" | "serverless";

/** Targets whose control plane, network and machines a cloud sells. */
const clouds: readonly Target[] = ["aws", "azure", "gcp"];

/** True for a managed cloud. */
export function isCloud(target: Target): boolean {
  return clouds.includes(target);
}
