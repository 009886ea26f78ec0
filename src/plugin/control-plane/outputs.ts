import type { LocalClusterSpec, LocalClusterState } from "../../local/spec.js";
import { fillDefaults } from "../input-types.js";
import {
  containsSecret,
  containsUnknown,
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
  unknown,
} from "../properties.js";
import { nodeCount } from "./check-pools.js";
import { controlPlaneDefinition } from "./definition.js";
import type { KubernetesReleases } from "./port.js";
import { resolveVersion } from "./spec.js";

/** The outputs of a cluster that was just seen. */
export function seenOutputs(inputs: PropertyMap, dataDirectory: string, state: LocalClusterState): PropertyMap {
  return {
    ...echo(inputs),
    dataDirectory,
    endpoint: state.endpoint,
    kubeconfig: new Secret(state.kubeconfig),
    version: state.kubernetesVersion,
    components: { ...state.components },
    nodes: state.nodes,
  };
}

/** The outputs of a cluster of which nothing but the inputs and the place is known. */
export function barrenOutputs(inputs: PropertyMap, dataDirectory: string): PropertyMap {
  return { ...echo(inputs), dataDirectory };
}

/** What a create would give: known as far as the inputs tell, so that the preview is complete. */
export function plannedOutputs(
  inputs: PropertyMap,
  dataDirectoryOf: (clusterName: string) => string,
  releases: KubernetesReleases,
): PropertyMap {
  const name = reveal(inputs["clusterName"] ?? unknown);
  return {
    ...echo(inputs),
    dataDirectory: typeof name === "string" ? dataDirectoryOf(name) : unknown,
    endpoint: unknown,
    kubeconfig: new Secret(unknown),
    version: plannedVersion(inputs, releases),
    components: unknown,
    nodes: nodeCount(reveal(inputs["pools"] ?? unknown)) ?? unknown,
  };
}

/** What an update would give: the connection stays, which keeps everything deployed through it out of the plan. */
export function updatedOutputs(
  oldOutputs: PropertyMap,
  inputs: PropertyMap,
  releases: KubernetesReleases,
): PropertyMap {
  const components = reveal(oldOutputs["components"] ?? unknown);
  return {
    ...oldOutputs,
    ...echo(inputs),
    ...Object.fromEntries(["dataDirectory", "endpoint"].map((name) => [name, oldOutputs[name] ?? unknown])),
    kubeconfig: asSecret(oldOutputs["kubeconfig"] ?? unknown),
    version: plannedVersion(inputs, releases),
    components: isPropertyMap(components)
      ? Object.fromEntries(Object.keys(components).map((name) => [name, "running"]))
      : unknown,
    nodes: nodeCount(reveal(inputs["pools"] ?? unknown)) ?? unknown,
  };
}

/** The inputs that a cluster was made from, for one that is imported or was changed behind Pulumi's back. */
export function recordedInputs(spec: LocalClusterSpec): PropertyMap {
  return {
    clusterName: spec.id,
    kubernetesVersion: spec.kubernetesVersion,
    pools: spec.pools.map((pool) => ({
      ...pool,
      labels: { ...pool.labels },
      taints: pool.taints.map((taint) => ({ ...taint })),
    })),
    podCidr: spec.podCidr,
    serviceCidr: spec.serviceCidr,
    auditLogs: spec.auditLogs,
    secretsEncryption: spec.secretsEncryption,
    hpaSyncPeriodSeconds: spec.hpaSyncPeriodSeconds,
    hpaDownscaleStabilizationSeconds: spec.hpaDownscaleStabilizationSeconds,
    metricsResolutionSeconds: spec.metricsResolutionSeconds,
  };
}

/** One line for the end of an operation. */
export function summary({ kubernetesVersion, nodes }: LocalClusterState): string {
  return `Kubernetes ${kubernetesVersion} runs with ${nodes === 1 ? "1 node" : `${nodes} nodes`}`;
}

/** Every input comes back as an output; what was secret going in is secret coming out. */
function echo({ components: _, ...inputs }: PropertyMap): PropertyMap {
  const filled = fillDefaults(controlPlaneDefinition.inputs, inputs);
  return Object.fromEntries(
    Object.entries(filled).map(([name, value]) => [name, containsSecret(value) ? asSecret(reveal(value)) : value]),
  );
}

function asSecret(value: PropertyValue): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

function plannedVersion(inputs: PropertyMap, releases: KubernetesReleases): PropertyValue {
  const asked = reveal(inputs["kubernetesVersion"] ?? unknown);
  if (containsUnknown(asked) || typeof asked !== "string") return unknown;
  return resolveVersion(asked, releases) ?? unknown;
}
