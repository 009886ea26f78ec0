import type { ClusterSpec, WorkloadRules } from "../contract.js";

/** Who makes the nodes: the user's pools, AKS Automatic, or node auto-provisioning on a Standard cluster. */
export type AzureMode = "pools" | "automatic" | "nodeAutoProvisioning";

/** What the spec asks for, in AKS' words. */
export function modeOf({ compute, azure }: ClusterSpec): AzureMode {
  return compute === "pools" ? "pools" : (azure.serverless ?? "automatic");
}

/** Where the API server can be reached from, after the default. */
export function endpointOf({ controlPlane }: ClusterSpec): "public" | "private" | "both" {
  return controlPlane.endpoint ?? (controlPlane.allowedCidrs.length > 0 ? "both" : "private");
}

/** AKS' channel for clusters, by the neutral channel or the pinned minor. */
export function upgradeChannelOf({ releaseChannel }: ClusterSpec): "rapid" | "stable" | "patch" {
  if (releaseChannel === undefined) return "patch";
  return releaseChannel === "rapid" ? "rapid" : "stable";
}

/** A Standard cluster lacks the safeguards of AKS Automatic; its nodes come without pools too. */
export const nodeAutoProvisioningRules: WorkloadRules = { by: "AKS node auto-provisioning", pools: false };
