import type { Problem } from "../../core/problems.js";
import { checkCapacity } from "./capacity.js";
import { checkClocks } from "./clocks.js";
import { checkIdentities } from "./identities.js";
import type { PreflightInput } from "./input.js";
import { checkNeeds } from "./needs.js";
import { checkNetworks } from "./networks.js";
import { checkOwner } from "./owner.js";
import { checkPorts } from "./ports.js";
import { checkSystem } from "./system.js";
import { checkVirtualAddress } from "./virtual-address.js";

type Check = (input: PreflightInput) => Problem[];

const checks: readonly Check[] = [
  checkOwner,
  checkSystem,
  checkCapacity,
  checkClocks,
  checkIdentities,
  checkPorts,
  checkNeeds,
  checkNetworks,
  checkVirtualAddress,
];

/** Everything that stands against making these hosts into this cluster, before anything on any of them is changed. */
export function preflight(input: PreflightInput): Problem[] {
  return checks.flatMap((check) => check(input));
}
