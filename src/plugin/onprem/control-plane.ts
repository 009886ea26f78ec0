import { kubeconfigIsDue } from "../../onprem/engine/certificates-due.js";
import { subjectOf } from "../../onprem/engine/plan-refused.js";
import type { Plan } from "../../onprem/plan.js";
import type { KubernetesReleases } from "../control-plane/port.js";
import { resolveVersion } from "../control-plane/spec.js";
import { fillDefaults } from "../input-types.js";
import {
  containsUnknown,
  knownText,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
  unknown,
} from "../properties.js";
import { text } from "../read.js";
import type { CustomResource, DiffRequest, PropertyChange } from "../resource.js";
import { onpremControlPlaneDefinition as definition } from "./definition.js";
import { plannedHealth } from "./outcome.js";
import type { ControlPlaneRequest, ControlPlaneState } from "./port.js";
import { controlPlaneRequest } from "./requests.js";
import { type Asked, type OnpremContext, type OnpremKind, onpremResource } from "./resource.js";

/** `isokube:onprem:ControlPlane`: all control planes of a cluster. */
export function onpremControlPlaneResource(prepare: () => Promise<OnpremContext>): CustomResource {
  return onpremResource(controlPlane, prepare);
}

/** Outputs that last as long as the cluster does; the kubeconfig's credentials may be renewed. */
const stables = ["clusterName", "clusterId", "caHash", "endpoint", "podCidr", "serviceCidr"];

const controlPlane: OnpremKind<ControlPlaneRequest> = {
  definition,
  stables,
  isAnother: () => false,
  subject: ({ cluster }) => subjectOf.cluster(cluster.name),
  id: ({ cluster }) => cluster.name,
  noImport: {
    why: "a cluster on hosts cannot be imported by its name, because the name does not tell where the hosts are",
    instead: "takes over hosts that are of this cluster",
  },
  request: (context, inputs, before) =>
    containsUnknown(inputs)
      ? undefined
      : controlPlaneRequest(context, inputs, before?.inputs, wasMade(before?.outputs ?? {})),
  otherChanges: (context, request) => [...versionChanges(context, request), ...kubeconfigChanges(request)],
  look: (machine, asked, signal) => machine.lookAtControlPlane(asked, signal),
  apply: async (machine, asked, options) => {
    const state = await machine.applyControlPlane(asked.request, options);
    options.report(`Kubernetes ${state.version} runs on ${asked.request.hosts.map(({ name }) => name).join(", ")}`);
    return seenOutputs(asked, state);
  },
  read: async (machine, asked, signal) => {
    const state = await machine.readControlPlane(asked.request, signal);
    return state === undefined ? asked.before : seenOutputs(asked, state);
  },
  remove: (machine, asked, options) => machine.removeControlPlane(asked, options),
  planned: ({ releases }, inputs, before) => plannedOutputs(releases, inputs, before),
  unfinished: ({ inputs: wanted, before }, plan) => {
    const inputs = withLeaving(wanted, before, plan);
    const known = ["kubeconfig", "endpoint", "version", "caHash", "clusterId"];
    const outputs = {
      ...fillDefaults(definition.inputs, inputs),
      ...Object.fromEntries(known.map((name) => [name, before[name] ?? null])),
    };
    return { inputs, outputs };
  },
};

/**
 * Hosts that are to leave stay in the state until they have left: the next run,
 * or a destroy, could not reach them otherwise, and they would keep what was made
 * of them. One that is dead is not among them: there is nothing to be done on it.
 */
function withLeaving(inputs: PropertyMap, before: PropertyMap, { stages }: Plan): PropertyMap {
  const steps = stages.flatMap((stage) => stage.steps);
  const nameOf = (host: PropertyValue) => text(Object(reveal(host)), "name");
  // The name of a worker that never joined may be another machine's by now; a member's is taken until it has left.
  const machineOf = (host: PropertyValue) =>
    `${nameOf(host)} ${text(Object(reveal(Object(reveal(host))["host"])), "address")}`;
  const kept = (
    property: "hosts" | "workers",
    leaves: "remove" | "give-back",
    identityOf: (host: PropertyValue) => string,
  ): PropertyMap => {
    const listOf = ({ [property]: list }: PropertyMap): PropertyValue[] => (Array.isArray(list) ? list : []);
    const wanted = listOf(inputs);
    const leaving = listOf(before)
      .filter((host) => steps.some(({ node, phase }) => node === nameOf(host) && phase === leaves))
      .filter((host) => !wanted.some((other) => identityOf(other) === identityOf(host)));
    return leaving.length === 0 ? {} : { [property]: [...wanted, ...leaving] };
  };
  return { ...inputs, ...kept("hosts", "remove", nameOf), ...kept("workers", "give-back", machineOf) };
}

/** Versions are compared, not words: `1.35` is what `1.35.3` is, until the toolchain offers a newer patch. */
function versionChanges({ releases }: OnpremContext, { oldOutputs, newInputs }: DiffRequest): PropertyChange[] {
  const asked = resolveVersion(knownText(reveal(newInputs["kubernetesVersion"] ?? null)) ?? "", releases);
  if (asked === knownText(reveal(oldOutputs["version"] ?? null))) return [];
  return [{ path: "version", kind: "update", replaces: false, inputChanged: false }];
}

/** The hosts' own may have been renewed long ago, by an upgrade for example: then only the state lacks it. */
function kubeconfigChanges({ oldOutputs }: DiffRequest): PropertyChange[] {
  const had = knownText(reveal(oldOutputs["kubeconfig"] ?? null));
  if (had === undefined || !kubeconfigIsDue(had, Date.now() / 1000)) return [];
  return [{ path: "kubeconfig", kind: "update", replaces: false, inputChanged: false }];
}

/** Whether the state says that a cluster was made, wholly or in part. */
function wasMade(outputs: PropertyMap): boolean {
  return knownText(reveal(outputs["clusterId"] ?? null)) !== undefined;
}

function seenOutputs(
  { request: { hosts }, inputs, before }: Asked<ControlPlaneRequest>,
  state: ControlPlaneState,
): PropertyMap {
  const had = before["kubeconfig"];
  return {
    ...fillDefaults(definition.inputs, inputs),
    endpoint: state.endpoint,
    version: state.version,
    caHash: state.caHash,
    clusterId: state.clusterId,
    // Each control plane has an administrator's certificate of its own, all as good as the other: one that serves is kept.
    kubeconfig: isStillGood(had, state) ? (had ?? null) : new Secret(state.kubeconfig),
    health: plannedHealth(hosts),
  };
}

function isStillGood(had: PropertyMap[string] | undefined, { kubeconfig, endpoint }: ControlPlaneState): boolean {
  const old = knownText(reveal(had ?? null));
  const authorityOf = (config: string) => /certificate-authority-data: (\S+)/.exec(config)?.[1];
  if (old === undefined || authorityOf(old) !== authorityOf(kubeconfig) || !old.includes(endpoint)) return false;
  return !kubeconfigIsDue(old, Date.now() / 1000);
}

/** What an operation would give: the connection of a cluster that is there stays, so that nothing inside is planned anew. */
function plannedOutputs(releases: KubernetesReleases, inputs: PropertyMap, before: PropertyMap): PropertyMap {
  const asked = knownText(reveal(inputs["kubernetesVersion"] ?? null)) ?? "";
  const hosts = reveal(inputs["hosts"] ?? unknown);
  const names =
    Array.isArray(hosts) && !containsUnknown(hosts)
      ? hosts.map((host) => ({ name: text(Object(host), "name") }))
      : undefined;
  return {
    ...fillDefaults(definition.inputs, inputs),
    ...Object.fromEntries(["endpoint", "caHash", "clusterId"].map((name) => [name, before[name] ?? unknown])),
    kubeconfig:
      before["kubeconfig"] instanceof Secret ? before["kubeconfig"] : new Secret(before["kubeconfig"] ?? unknown),
    version: resolveVersion(asked, releases) ?? unknown,
    health: names === undefined ? unknown : plannedHealth(names),
  };
}
