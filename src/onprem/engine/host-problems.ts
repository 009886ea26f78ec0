import type { Problem } from "../../core/problems.js";
import { distroOf, distros } from "../distro/distro-of.js";
import { hostPath, notAsDescribed } from "../host/host-problem.js";
import { preflight } from "../preflight/preflight.js";
import type { NodeSpec } from "../spec.js";
import type { Sights } from "./sights.js";
import type { Setting } from "./views.js";

/** What stands against making nodes of these hosts. One that cannot be reached is a problem too. */
export function hostProblems(
  { cluster, artifacts }: Setting,
  nodes: readonly NodeSpec[],
  { hosts, cluster: sight, virtualAddressAnswers }: Sights,
): Problem[] {
  const unreachable = nodes.flatMap(({ name, host }) => {
    const seen = hosts[name];
    if (seen?.reachable !== false) return [];
    return [
      {
        code: `onprem/${seen.kind}`,
        path: hostPath(name),
        value: host.address,
        why: seen.why,
        fix: notAsDescribed,
      },
    ];
  });
  const candidates = nodes.flatMap((node) => {
    const seen = hosts[node.name];
    return seen?.reachable === true ? [{ node, facts: seen.facts, distro: distroOf(seen.facts) }] : [];
  });
  return [
    ...unreachable,
    ...preflight({
      cluster,
      artifacts,
      hosts: candidates,
      sight,
      distroNames: distros.map(({ name }) => name),
      virtualAddressAnswers,
    }),
  ];
}
