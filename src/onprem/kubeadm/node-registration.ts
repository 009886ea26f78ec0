import { poolLabel } from "../../core/labels.js";
import { hostPaths } from "../host/host-paths.js";
import type { NodeSpec } from "../spec.js";
import { toArguments } from "./arguments.js";

/** Labels of Kubernetes' own domains that a kubelet may give its node. Source: `k8s.io/kubelet/pkg/apis/well_known_labels.go`. */
const ownLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
]);

/**
 * True when kubelet may give the label itself. It refuses to start with any
 * other of Kubernetes' domains (`node-role.kubernetes.io/…` above all), so those
 * are put on the node through the API after it has joined.
 */
export function kubeletMaySet(label: string): boolean {
  const prefix = label.includes("/") ? label.slice(0, label.indexOf("/")) : "";
  if (!/(^|\.)(kubernetes|k8s)\.io$/.test(prefix)) return true;
  return ownLabels.has(label) || /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(prefix);
}

/** Every label that the node shall have, its pool's among them. */
export function nodeLabels(node: Pick<NodeSpec, "labels" | "pool">): Record<string, string> {
  return { ...node.labels, [poolLabel]: node.pool };
}

/** What is the same whether a node makes the cluster or joins it. Taints are the spec's, an empty list included. */
export function renderNodeRegistration(node: NodeSpec, ignorePreflightErrors: readonly string[]) {
  const labels = Object.entries(nodeLabels(node)).filter(([label]) => kubeletMaySet(label));
  return {
    name: node.name,
    criSocket: hostPaths.containerdSocket,
    taints: node.taints.map(({ key, value, effect }) => ({ key, ...(value === undefined ? {} : { value }), effect })),
    kubeletExtraArgs: toArguments({
      // Given, or kubelet could take the virtual address for the node's own.
      "node-ip": node.host.address,
      "node-labels": labels.map(([label, value]) => `${label}=${value}`).join(","),
    }),
    imagePullPolicy: "IfNotPresent",
    ...(ignorePreflightErrors.length === 0 ? {} : { ignorePreflightErrors }),
  };
}
