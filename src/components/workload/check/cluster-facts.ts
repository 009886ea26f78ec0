import type { Problem } from "../../../core/problems.js";
import { type CapabilityTable, capabilitiesOf, workloadRulesOf } from "../../../providers/capabilities.js";
import type { ClusterRef, Target, WorkloadRules } from "../../../providers/contract.js";
import type { WorkloadSpec } from "../spec.js";

/** What a workload must know of its cluster before anything is sent to it. */
export interface ClusterFacts {
  readonly target: Target;
  /** Absent when nothing is known, and then nothing is refused. */
  readonly capabilities: CapabilityTable | undefined;
  /** What it asks of workloads; absent when it asks nothing. */
  readonly rules: WorkloadRules | undefined;
  /** Whether it says what pods' cloud identities are made from. */
  readonly givesIdentities: boolean;
}

export function clusterFacts(cluster: ClusterRef): ClusterFacts {
  return {
    target: cluster.target,
    capabilities: cluster.capabilities ?? capabilitiesOf(cluster.target, cluster.compute),
    rules: cluster.workloadRules ?? workloadRulesOf(cluster.target, cluster.compute),
    givesIdentities: cluster.workloadIdentity !== undefined,
  };
}

/** What the workload asks for and its cluster does not give. */
export function checkCluster(spec: WorkloadSpec, facts: ClusterFacts): Problem[] {
  const asked = [
    {
      capability: "loadBalancer",
      path: "service.type",
      value: "LoadBalancer",
      when: spec.service?.type === "LoadBalancer",
    },
    { capability: "metricsApi", path: "scaling.auto", value: undefined, when: spec.scaling.mode === "auto" },
    { capability: "workloadIdentity", path: "identity", value: undefined, when: spec.identity !== undefined },
    {
      capability: "sidecars",
      path: "sidecars",
      value: undefined,
      when: spec.initContainers.some(({ role }) => role === "sidecar"),
    },
  ] as const;
  return asked.flatMap(({ capability, path, value, when }) => {
    const support = facts.capabilities?.[capability];
    if (!when || support?.level !== "unsupported") return [];
    return [
      {
        code: `capability/${capability}`,
        path,
        ...(value === undefined ? {} : { value }),
        why: `target ${JSON.stringify(facts.target)} cannot give it: ${support.reason}`,
        fix: support.remedy,
      },
    ];
  });
}
