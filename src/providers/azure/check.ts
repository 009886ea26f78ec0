import type { Problem } from "../../core/problems.js";
import type { ClusterSpec } from "../contract.js";
import { checkAccess } from "./check/access.js";
import { checkAddresses } from "./check/addresses.js";
import { checkComputeMode } from "./check/compute.js";
import { checkEndpoint } from "./check/endpoint.js";
import { checkAzurePools } from "./check/pools.js";
import { offeredMinorProblems } from "./check/version.js";

/** What AKS would refuse, or accept and not do. Pure. */
export function checkAzure(spec: ClusterSpec): readonly Problem[] {
  return [
    ...offeredMinorProblems(spec),
    ...checkComputeMode(spec),
    ...checkAzurePools(spec),
    ...checkEndpoint(spec),
    ...checkAddresses(spec),
    ...checkAccess(spec),
  ];
}
