import { type Artifacts, forArchitecture } from "../artifacts/artifacts.js";
import { distroOf } from "../distro/distro-of.js";
import type { HostSight } from "../facts.js";
import { hostPhases } from "../phases/host-phases.js";
import type { HostView } from "../phases/phase.js";
import type { Step } from "../plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";

/** Everything that is the same for all hosts of one run. */
export interface Setting {
  readonly cluster: OnpremClusterSpec;
  readonly controlPlanes: readonly NodeSpec[];
  readonly artifacts: Artifacts;
}

/** Undefined where the host was not reached, or is of a distribution that nobody knows: the preflight says so. */
export function viewOf(setting: Setting, node: NodeSpec, sight: HostSight | undefined): HostView | undefined {
  if (sight?.reachable !== true) return undefined;
  const distro = distroOf(sight.facts);
  if (distro === undefined) return undefined;
  return { ...setting, artifacts: artifactsFor(setting.artifacts, sight), node, facts: sight.facts, distro };
}

/** Where there are none for the host's processor, the preflight says so. */
function artifactsFor(artifacts: Artifacts, { facts }: Extract<HostSight, { readonly reachable: true }>): Artifacts {
  const fitting = facts.arch === "other" ? artifacts : forArchitecture(artifacts, facts.arch);
  return "why" in fitting ? artifacts : fitting;
}

/** What prepares the host, in order; nothing where it is as it shall be. */
export function preparation(view: HostView): Step[] {
  return hostPhases.flatMap((phase) => {
    const why = phase.needed(view);
    if (why === undefined) return [];
    const beside = phase.beside?.(view);
    const step = { node: view.node.name, phase: phase.name, title: phase.title, why };
    return [beside === undefined ? step : { ...step, beside }];
  });
}
