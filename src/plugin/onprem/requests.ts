import type { NodeSpec } from "../../onprem/spec.js";
import type { KubernetesReleases } from "../control-plane/port.js";
import { resolveVersion } from "../control-plane/spec.js";
import { knownText, type PropertyMap, reveal } from "../properties.js";
import type { ControlPlaneRequest, WorkerRequest } from "./port.js";
import { resolveControlPlaneInputs, resolveWorkerInputs, type Surroundings } from "./spec.js";

/** What turns inputs into requests: the releases that can be had, and who runs Pulumi. */
export interface Resolution {
  readonly releases: KubernetesReleases;
  readonly around: Surroundings;
}

/** `oldInputs` are those of the last deployment; `exists` is whether it made the cluster. */
export function controlPlaneRequest(
  { releases, around }: Resolution,
  inputs: PropertyMap,
  oldInputs: PropertyMap | undefined,
  exists: boolean,
): ControlPlaneRequest {
  const { cluster, hosts, workers } = resolveControlPlaneInputs(inputs, fullVersion(inputs, releases), around);
  const before =
    oldInputs === undefined
      ? { hosts: [], workers: [] }
      : resolveControlPlaneInputs(oldInputs, fullVersion(oldInputs, releases), around);
  const isListed = ({ name, host: { address } }: NodeSpec) =>
    [...hosts, ...workers].some((node) => node.name === name && node.host.address === address);
  const unlisted = before.workers.filter((worker) => !isListed(worker));
  return { cluster, hosts, workers, before: before.hosts, unlisted, exists };
}

export function workerRequest(
  { releases, around }: Resolution,
  inputs: PropertyMap,
  oldInputs: PropertyMap | undefined,
): WorkerRequest {
  const { cluster, host, controlPlanes } = resolveWorkerInputs(inputs, fullVersion(inputs, releases), around);
  const before =
    oldInputs === undefined ? undefined : resolveWorkerInputs(oldInputs, fullVersion(oldInputs, releases), around).host;
  return { cluster, host, before, controlPlanes };
}

/** The full version of what is asked; a version that is no longer offered stands for itself. */
function fullVersion(inputs: PropertyMap, releases: KubernetesReleases): string {
  const asked = knownText(reveal(inputs["kubernetesVersion"] ?? null)) ?? "";
  return resolveVersion(asked, releases) ?? asked;
}
