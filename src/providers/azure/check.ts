import type { Problem } from "../../core/problems.js";
import type { ClusterSpec } from "../contract.js";
import { checkOfferedMinor, type MinorOffer } from "../offered-minors.js";
import { checkAccess } from "./check/access.js";
import { checkAddresses } from "./check/addresses.js";
import { checkComputeMode } from "./check/compute.js";
import { checkEndpoint } from "./check/endpoint.js";
import { checkAzurePools } from "./check/pools.js";

/** By this catalogue of 2026-11-01; long-term support and previews are left out. */
const aks: MinorOffer = { minors: ["1.34", "1.35", "1.36"], why: "AKS does not offer this minor", hasChannels: true };

/** What AKS would refuse, or accept and not do. Pure. */
export function checkAzure(spec: ClusterSpec): readonly Problem[] {
  return [
    ...checkOfferedMinor(spec, aks),
    ...checkComputeMode(spec),
    ...checkAzurePools(spec),
    ...checkEndpoint(spec),
    ...checkAddresses(spec),
    ...checkAccess(spec),
  ];
}
