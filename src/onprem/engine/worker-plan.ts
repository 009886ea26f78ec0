import type { Artifacts } from "../artifacts/artifacts.js";
import type { ClusterSight, HostSight } from "../facts.js";
import type { Plan, Stage, Step } from "../plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { clusterStep, memberSteps } from "./cluster-steps.js";
import { hostProblems } from "./host-problems.js";
import { preparation, viewOf } from "./views.js";

export interface WorkerInput {
  readonly cluster: OnpremClusterSpec;
  readonly host: NodeSpec;
  /** As the last deployment had it; undefined for one that joins. */
  readonly before: NodeSpec | undefined;
  readonly controlPlanes: readonly NodeSpec[];
  readonly sight: HostSight;
  /** Undefined while there is no cluster yet. */
  readonly seen: ClusterSight | undefined;
  readonly artifacts: Artifacts;
}

/** Prepare, join, mend, upgrade: whatever of it the host lacks. */
export function planWorker(input: WorkerInput): Plan {
  const { cluster, host, before, controlPlanes, sight, seen, artifacts } = input;
  const setting = { cluster, controlPlanes, artifacts };
  const sights = { hosts: { [host.name]: sight }, cluster: seen, healthy: [], virtualAddressAnswers: undefined };
  const problems = hostProblems(setting, [host], sights);
  const view = viewOf(setting, host, sight);
  if (view === undefined) return { problems, stages: [] };
  const stages: Stage[] = [{ concurrency: 1, steps: [...preparation(view), ...nodeSteps(input, before)] }];
  return { problems, stages: stages.filter(({ steps }) => steps.length > 0) };
}

/** What its host says: that it has joined this cluster, and was not about to leave. */
function isMember({ name }: OnpremClusterSpec, sight: HostSight): boolean {
  if (!sight.reachable) return false;
  const { marker, caHash } = sight.facts;
  return marker?.cluster === name && marker.state === "member" && caHash !== undefined;
}

function nodeSteps({ cluster, host, sight, seen }: WorkerInput, before: NodeSpec | undefined): Step[] {
  if (!sight.reachable) return [];
  const { facts } = sight;
  // That nobody can tell of its node is no reason to make it anew.
  if (seen === undefined && isMember(cluster, sight)) return [];
  const registered = seen?.nodes.some(({ name }) => name === host.name) === true;
  const belongs = facts.marker?.cluster === cluster.name && facts.caHash !== undefined;
  if (!registered || !isMember(cluster, sight)) {
    const why = !belongs
      ? "it is no node yet"
      : registered
        ? "its joining was cut off"
        : "the cluster does not know it any more";
    return [clusterStep("join", host.name, why)];
  }
  const { drift, upgrade } = memberSteps(cluster, host, facts, seen, before);
  const from = seen?.nodes.find(({ name }) => name === host.name)?.kubeletVersion ?? "an older version";
  return [
    ...drift,
    ...(upgrade ? [clusterStep("upgrade", host.name, `from ${from} to ${cluster.kubernetesVersion}`)] : []),
  ];
}
