import { sharesPort } from "../endpoint.js";
import type { ClusterSight, HostFacts, NodeSight } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { joinReasons } from "../host/managed-file.js";
import { kubeProxySettings } from "../kubeadm/kube-proxy.js";
import { kubeletDigest } from "../kubeadm/kubelet.js";
import { nodeLabels } from "../kubeadm/node-registration.js";
import { loadBalancer } from "../phases/load-balancer.js";
import type { Step } from "../plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { controlPlaneCertificatesDue, kubeletCertificatesDue } from "./certificates-due.js";

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
  "load-balancer": loadBalancer.title,
  "static-pods": "write the control plane's manifests anew",
  "kubelet-configuration": "write the kubelet's configuration anew",
  kubelet: "start the kubelet",
  certificates: "renew the control plane's certificates",
  "kubelet-certificates": "renew the kubelet's certificates",
  register: "make the node known again",
  "kube-proxy": "write kube-proxy's settings anew",
} as const;

export type ClusterStep = keyof typeof clusterSteps;

export function clusterStep(phase: ClusterStep, node: string, why: string): Step {
  return { node, phase, title: clusterSteps[phase], why };
}

/**
 * What of a member that stays differs from what is asked, apart from its
 * preparation. In this order: a kubelet starts what the manifests say, and reads
 * its configuration when it starts.
 */
export function memberSteps(
  cluster: OnpremClusterSpec,
  node: NodeSpec,
  facts: HostFacts,
  sight: ClusterSight | undefined,
  before: NodeSpec | undefined,
): { readonly drift: readonly Step[]; readonly upgrade: boolean } {
  const registered = sight?.nodes.find(({ name }) => name === node.name);
  // One whose joining was cut off is not known yet either, and finishes that first.
  if (sight === undefined || (registered === undefined && facts.marker?.state !== "member"))
    return { drift: [], upgrade: false };
  const upgrade = facts.marker?.kubernetesVersion !== cluster.kubernetesVersion;
  const { active } = facts.services["kubelet"] ?? { active: "unknown" };
  const reasons: Partial<Record<ClusterStep, string | undefined>> = {
    "static-pods": manifestsDifference(cluster, facts, upgrade),
    "kubelet-configuration": kubeletDifference(cluster, facts, upgrade),
    kubelet: active === "active" ? undefined : `it is ${active}`,
    certificates: controlPlaneCertificatesDue(facts),
    "kubelet-certificates": kubeletCertificatesDue(facts),
    register: registered === undefined ? "the cluster does not know it any more" : undefined,
    settings: registered === undefined ? undefined : settingsDifference(node, registered, before),
  };
  const drift = Object.entries(reasons).flatMap(([phase, why]) =>
    why === undefined ? [] : [clusterStep(phase as ClusterStep, node.name, why)],
  );
  return { drift, upgrade };
}

/** Why the kubelet's configuration is to be written anew. */
function kubeletDifference(cluster: OnpremClusterSpec, facts: HostFacts, upgrade: boolean): string | undefined {
  const changed = changedFiles(facts, facts.marker?.kubelet?.files);
  if (changed.length > 0) return `changed by another hand: ${changed.join(", ")}`;
  // With an upgrade it comes after it, as part of it.
  return !upgrade && kubeletIsAskedOtherwise(cluster, facts) ? "other settings are asked for" : undefined;
}

/** Whether the kubelet was told otherwise than is asked; one of an older release, which nobody noted, was not. */
export function kubeletIsAskedOtherwise(cluster: OnpremClusterSpec, { marker }: HostFacts): boolean {
  return marker?.kubelet !== undefined && marker.kubelet.asked !== kubeletDigest(cluster);
}

/** Why the manifests of a control plane are to be written anew; a worker has none. */
function manifestsDifference(cluster: OnpremClusterSpec, facts: HostFacts, upgrade: boolean): string | undefined {
  const changed = changedManifests(facts);
  if (changed.length > 0) return `changed by another hand: ${changed.join(", ")}`;
  // With an upgrade it comes after it, as part of it.
  return upgrade ? undefined : apiServerIsAskedOtherwise(cluster, facts);
}

/** What the API server is to be told otherwise than it was, as a clause; undefined for nothing, and on workers. */
export function apiServerIsAskedOtherwise(cluster: OnpremClusterSpec, { marker }: HostFacts): string | undefined {
  if (marker?.role !== "controlPlane") return undefined;
  const audit =
    // One of an older release, which nobody noted, was told what is asked.
    marker.auditLogs === undefined || marker.auditLogs === cluster.auditLogs
      ? undefined
      : `the audit log is to be ${cluster.auditLogs ? "written" : "ended"}`;
  // One of an older release, which nobody noted, was not told to; one that still joins is being told.
  const port =
    marker.state === "member" && sharesPort(cluster.endpoint) && marker.sharesPort !== true
      ? "its port is to be shared with the load balancer"
      : undefined;
  return joinReasons([audit, port]);
}

/** Whether kube-proxy runs with other settings than are asked for. */
export function kubeProxyIsAskedOtherwise(cluster: OnpremClusterSpec, seen: ClusterSight | undefined): boolean {
  return seen?.kubeProxySettings !== kubeProxySettings(cluster);
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
export function changedManifests(facts: HostFacts): string[] {
  return changedFiles(facts, facts.marker?.manifests).map((path) =>
    path.slice(hostPaths.manifests.length + 1).replace(/\.yaml$/, ""),
  );
}

/** Those of the noted files that are not what was noted, or are gone. */
function changedFiles({ files }: HostFacts, noted: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(noted)
    .filter(([path, digest]) => files[path]?.sha256 !== digest)
    .map(([path]) => path);
}
