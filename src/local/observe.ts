import { readFileSync } from "node:fs";
import { completeRecord } from "./complete-record.js";
import { canonicalPath } from "./files.js";
import { healthOf, livenessOf, Probes } from "./health.js";
import { adminKubeconfig, endpointOf } from "./kubeconfig.js";
import { Layout } from "./layout.js";
import { findProcesses } from "./processes.js";
import { type ClusterRecord, readRecord } from "./record.js";
import {
  type Component,
  type ComponentStatus,
  componentNames,
  type LocalClusterSpec,
  type LocalClusterState,
} from "./spec.js";

/**
 * What is there now: processes, health, nodes. Changes nothing.
 *
 * @returns undefined when the directory holds no cluster.
 */
export async function observeCluster(dataDirectory: string): Promise<LocalClusterState | undefined> {
  const layout = new Layout(await canonicalPath(dataDirectory));
  const record = readRecord(layout);
  if (record === undefined) return undefined;
  let probes: Probes;
  try {
    probes = Probes.open(layout, record.ports);
  } catch {
    return withoutCertificates(layout, record);
  }
  try {
    return await describe(layout, record, probes);
  } finally {
    probes.close();
  }
}

/** The state of a cluster whose certificates are there. */
export async function describe(layout: Layout, record: ClusterRecord, probes: Probes): Promise<LocalClusterState> {
  const { components, readyNodes } = await healthOf(probes, findProcesses(layout));
  return {
    endpoint: endpointOf(record.ports),
    kubeconfig: adminKubeconfig(layout, record.ports, record.spec.id),
    certificateAuthority: readFileSync(layout.certificate("ca"), "utf8"),
    kubernetesVersion: record.spec.kubernetesVersion,
    components,
    nodes: readyNodes,
    ports: record.ports,
  };
}

/** A create that was cut short before it had certificates, or files that somebody deleted. */
function withoutCertificates(layout: Layout, record: ClusterRecord): LocalClusterState {
  const liveness = livenessOf(findProcesses(layout));
  return {
    endpoint: endpointOf(record.ports),
    kubeconfig: "",
    certificateAuthority: "",
    kubernetesVersion: record.spec.kubernetesVersion,
    components: completeRecord(componentNames, (name) => (liveness[name] === "running" ? "unhealthy" : liveness[name])),
    nodes: 0,
    ports: record.ports,
  };
}

/** Whether each component's process lives; asks no component, so it takes milliseconds. */
export async function probeComponents(dataDirectory: string): Promise<Record<Component, ComponentStatus>> {
  return livenessOf(findProcesses(new Layout(await canonicalPath(dataDirectory))));
}

/** What the cluster in a directory was last asked to be; undefined when there is none. */
export async function recordedSpec(dataDirectory: string): Promise<LocalClusterSpec | undefined> {
  return readRecord(new Layout(await canonicalPath(dataDirectory)))?.spec;
}
