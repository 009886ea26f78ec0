import type { Problem } from "../../core/problems.js";
import type { NodeMarker } from "../facts.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { hostPath } from "./host-problem.js";

/** Why a host with this marker may not be changed for this node; undefined when it may. */
export function ownershipProblem(
  marker: NodeMarker,
  cluster: Pick<OnpremClusterSpec, "name">,
  node: Pick<NodeSpec, "name" | "role" | "host">,
): Problem | undefined {
  if (marker.cluster !== cluster.name || marker.node !== node.name)
    return {
      code: "onprem/claimed-by-another",
      path: hostPath(node.name),
      value: node.host.address,
      why: `the host is node ${marker.node} of cluster ${marker.cluster}`,
      fix: "take it out of that cluster first, or give the address of another host",
    };
  if (marker.role === node.role) return undefined;
  return {
    code: "onprem/role-changed",
    path: hostPath(node.name, "role"),
    value: node.role,
    why: `the host was made a ${marker.role}, and a node cannot change its role in place`,
    fix: "remove the node, and add it again in the next run",
  };
}
