import { formatValue } from "../../core/problems.js";
import { hostPath, hostsPath } from "../host/host-problem.js";
import { joinReasons } from "../host/managed-file.js";
import type { Plan } from "../plan.js";
import type { NodeSpec } from "../spec.js";
import type { Sights } from "./sights.js";

/** One line a host: what stands against it, and what the plan would do to it. */
export function healthOf(nodes: readonly NodeSpec[], plan: Plan, sights: Sights): Record<string, string> {
  return Object.fromEntries(
    nodes.map(({ name, role }) => {
      const sight = sights.hosts[name];
      if (sight?.reachable === false) return [name, sight.why];
      const against = plan.problems
        .filter(({ path }) => path === hostsPath || path === hostPath(name) || path.startsWith(`${hostPath(name)}.`))
        .map(({ value, why }) => (value === undefined ? why : `${formatValue(value)}: ${why}`));
      const isUntold = role === "worker" && sights.cluster === undefined && sight?.facts.marker?.state === "member";
      if (isUntold) against.push("no control plane answers, so nothing is known of its node");
      const steps = plan.stages.flatMap((stage) => stage.steps.filter(({ node }) => node === name));
      return [name, joinReasons([...against, ...steps.map(({ title, why }) => `${title}: ${why}`)]) ?? "as planned"];
    }),
  );
}
