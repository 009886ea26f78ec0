import { awsPools, awsServerless } from "./matrix-aws.js";
import { azurePools, azureServerless } from "./matrix-azure.js";
import { existingCluster } from "./matrix-existing.js";
import { gcpPools, gcpServerless } from "./matrix-gcp.js";
import { localPools, localServerless } from "./matrix-local.js";
import { onpremPools, onpremServerless } from "./matrix-onprem.js";
import type { CapabilityTable, Unsupported } from "./support.js";
import type { ComputeMode, Target } from "./target.js";

export * from "./support.js";
export { workloadRulesOf } from "./workload-rules.js";

/** A compute mode's table, or why the target does not have that mode. */
export type ModeSupport = CapabilityTable | Unsupported;

/**
 * The equivalence contract as data: target × compute mode × capability. The
 * parity gate, the errors at preview, the report and the documentation's table
 * all come from here.
 */
export const capabilityMatrix: Readonly<Record<Target, Readonly<Record<ComputeMode, ModeSupport>>>> = {
  aws: { pools: awsPools, serverless: awsServerless },
  azure: { pools: azurePools, serverless: azureServerless },
  gcp: { pools: gcpPools, serverless: gcpServerless },
  onprem: { pools: onpremPools, serverless: onpremServerless },
  local: { pools: localPools, serverless: localServerless },
  // Whatever an existing cluster's nodes are made of is its own affair.
  existing: { pools: existingCluster, serverless: existingCluster },
};

/** True when the target has that compute mode. */
export function hasMode(support: ModeSupport): support is CapabilityTable {
  return !("level" in support);
}

/** What a target gives in a compute mode; undefined when it does not have the mode. */
export function capabilitiesOf(target: Target, compute: ComputeMode = "pools"): CapabilityTable | undefined {
  const support = capabilityMatrix[target][compute];
  return hasMode(support) ? support : undefined;
}
