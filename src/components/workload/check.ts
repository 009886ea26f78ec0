import type { Problem } from "../../core/problems.js";
import { type ClusterFacts, checkCluster } from "./check/cluster-facts.js";
import { checkContainers } from "./check/containers.js";
import { checkIdentity } from "./check/identity.js";
import { checkMetadata } from "./check/metadata.js";
import { checkRules } from "./check/rules.js";
import { checkScaling } from "./check/scaling.js";
import { checkService } from "./check/service.js";
import { checkVolumes } from "./check/volumes.js";
import type { WorkloadSpec } from "./spec.js";

/** Everything that is wrong with the spec, as far as its leaves are known. */
export function checkWorkload(spec: WorkloadSpec, facts: ClusterFacts): Problem[] {
  return [
    ...checkMetadata(spec),
    ...checkContainers(spec),
    ...checkVolumes(spec),
    ...checkScaling(spec),
    ...checkService(spec),
    ...checkIdentity(spec, facts),
    ...checkCluster(spec, facts),
    ...checkRules(spec, facts.rules),
  ];
}
