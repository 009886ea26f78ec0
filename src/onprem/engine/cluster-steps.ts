import type { ClusterSight, HostFacts, NodeSight } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { nodeLabels } from "../kubeadm/node-registration.js";
import type { Step } from "../plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";

/** Names and titles of what is done to the cluster rather than to a host alone. */
export const clusterSteps = {
  initialise: "initialise the cluster",
  join: "join the cluster",
  finish: "finish joining the cluster",
  "remove-dead": "remove the dead member",
  remove: "drain, leave the cluster, reset the host",
  "give-back": "give the host back",
  "images-ahead": "container images of the next release",
  upgrade: "upgrade",
  "upgrade-first": "upgrade the cluster and its first control plane",
  settings: "labels and taints",
  "static-pods": "write the control plane's manifests anew",
  kubelet: "start the kubelet",
} as const;

export type ClusterStep = keyof typeof clusterSteps;

export function clusterStep(phase: ClusterStep, node: string, why: string): Step {
  return { node, phase, title: clusterSteps[phase], why };
}

/** What of a member that stays differs from what is asked, apart from its preparation. */
export function memberSteps(
  cluster: OnpremClusterSpec,
  node: NodeSpec,
  facts: HostFacts,
  sight: ClusterSight | undefined,
  before: NodeSpec | undefined,
): { readonly drift: readonly Step[]; readonly upgrade: boolean } {
  const registered = sight?.nodes.find(({ name }) => name === node.name);
  if (registered === undefined) return { drift: [], upgrade: false };
  const settings = settingsDifference(node, registered, before);
  const upgrade = facts.marker?.kubernetesVersion !== cluster.kubernetesVersion;
  const manifests = manifestsDifference(cluster, facts, upgrade);
  const { active } = facts.services["kubelet"] ?? { active: "unknown" };
  return {
    drift: [
      ...(manifests === undefined ? [] : [clusterStep("static-pods", node.name, manifests)]),
      ...(active === "active" ? [] : [clusterStep("kubelet", node.name, `it is ${active}`)]),
      ...(settings === undefined ? [] : [clusterStep("settings", node.name, settings)]),
    ],
    upgrade,
  };
}

/** Why the manifests of a control plane are to be written anew; a worker has none. */
function manifestsDifference(cluster: OnpremClusterSpec, facts: HostFacts, upgrade: boolean): string | undefined {
  const changed = changedManifests(facts);
  if (changed.length > 0) return `changed by another hand: ${changed.join(", ")}`;
  // With an upgrade it comes after it, as part of it.
  if (upgrade || !auditLogsDiffer(cluster, facts)) return undefined;
  return `the audit log is to be ${cluster.auditLogs ? "written" : "ended"}`;
}

/** Whether the API server was told otherwise than is asked; one of an older release, which nobody noted, was not. */
export function auditLogsDiffer(cluster: OnpremClusterSpec, { marker }: HostFacts): boolean {
  return marker?.role === "controlPlane" && marker.auditLogs !== undefined && marker.auditLogs !== cluster.auditLogs;
}

/** Labels and taints that are missing, differ, or were asked for once and are no more. */
export function settingsDifference(
  node: NodeSpec,
  registered: NodeSight,
  before: NodeSpec | undefined,
): string | undefined {
  const wanted = nodeLabels(node);
  const labels = Object.entries(wanted).filter(([key, value]) => registered.labels[key] !== value);
  const dropped = Object.keys(before === undefined ? {} : nodeLabels(before)).filter(
    (key) => wanted[key] === undefined && registered.labels[key] !== undefined,
  );
  const taintOf = ({ key, value, effect }: { key: string; value?: string; effect: string }) =>
    `${key}=${value ?? ""}:${effect}`;
  const has = new Set(registered.taints.map(taintOf));
  const taints = node.taints.map(taintOf).filter((taint) => !has.has(taint));
  const wantedTaints = new Set(node.taints.map(taintOf));
  const droppedTaints = (before?.taints ?? [])
    .map(taintOf)
    .filter((taint) => !wantedTaints.has(taint) && has.has(taint));
  const parts = [
    ...labels.map(([key]) => `label ${key} differs`),
    ...dropped.map((key) => `label ${key} is asked for no more`),
    ...taints.map((taint) => `taint ${taint} is missing`),
    ...droppedTaints.map((taint) => `taint ${taint} is asked for no more`),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** Names of the static pods whose manifest is not what kubeadm wrote, or is gone. */
export function changedManifests({ marker, files }: HostFacts): string[] {
  return Object.entries(marker?.manifests ?? {})
    .filter(([path, digest]) => files[path]?.sha256 !== digest)
    .map(([path]) => path.slice(hostPaths.manifests.length + 1).replace(/\.yaml$/, ""));
}
