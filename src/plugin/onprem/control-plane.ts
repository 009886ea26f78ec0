import type { KubernetesReleases } from "../control-plane/port.js";
import { resolveVersion } from "../control-plane/spec.js";
import { fillDefaults } from "../input-types.js";
import { containsUnknown, knownText, type PropertyMap, reveal, Secret, unknown } from "../properties.js";
import { needsReplacement } from "../property-diff.js";
import { text } from "../read.js";
import {
  type CreateRequest,
  type CustomResource,
  type DeleteRequest,
  type Diff,
  type DiffRequest,
  type Operation,
  PartialFailure,
  type PropertyChange,
  type ReadRequest,
  type ReadResult,
  type ResourceState,
  type UpdateRequest,
} from "../resource.js";
import { checkOnprem } from "./check.js";
import { onpremControlPlaneDefinition as definition } from "./definition.js";
import { meaningfulChanges } from "./differences.js";
import { assertPlan, healthChanges, plannedHealth } from "./outcome.js";
import type { ControlPlaneRequest, ControlPlaneState, OnpremMachine } from "./port.js";
import { controlPlaneRequest, type Resolution } from "./requests.js";
import { showPlan } from "./show-plan.js";

/** What the resources of bare metal are made with. */
export interface OnpremContext extends Resolution {
  readonly machine: OnpremMachine;
}

/** `isokube:onprem:ControlPlane`: look, plan, and do what the plan says. */
export function onpremControlPlaneResource(prepare: () => Promise<OnpremContext>): CustomResource {
  return {
    check: async (request) => checkOnprem(definition.inputs, request, (await prepare()).releases),
    diff: async (request) => diff(await prepare(), request),
    create: async (request, operation) => create(await prepare(), request, operation),
    read: async (request, operation) => read(await prepare(), request, operation),
    update: async (request, operation) => update(await prepare(), request, operation),
    delete: async (request, operation) => remove(await prepare(), request, operation),
  };
}

/** Outputs that last as long as the cluster does; the kubeconfig's credentials may be renewed. */
const stables = ["clusterName", "clusterId", "caHash", "endpoint", "podCidr", "serviceCidr"];

async function diff(context: OnpremContext, request: DiffRequest): Promise<Diff> {
  const changes = meaningfulChanges(
    fillDefaults(definition.inputs, request.oldInputs),
    fillDefaults(definition.inputs, request.newInputs),
    (path) => needsReplacement(definition.inputs, path),
  );
  const isReplaced = changes.some((change) => change.replaces);
  if (isReplaced || containsUnknown(request.newInputs)) return { changes, deleteBeforeReplace: true, stables };
  const asked = controlPlaneRequest(context, request.newInputs, request.oldInputs, wasMade(request.oldOutputs));
  const look = await context.machine.lookAtControlPlane(asked, new AbortController().signal);
  assertPlan(`cluster ${asked.cluster.name}`, look);
  return {
    changes: [...changes, ...versionChanges(context, request), ...healthChanges(look)],
    deleteBeforeReplace: true,
    stables,
  };
}

/** Versions are compared, not words: `1.35` is what `1.35.3` is, until the toolchain offers a newer patch. */
function versionChanges({ releases }: OnpremContext, { oldOutputs, newInputs }: DiffRequest): PropertyChange[] {
  const asked = resolveVersion(knownText(reveal(newInputs["kubernetesVersion"] ?? null)) ?? "", releases);
  if (asked === knownText(reveal(oldOutputs["version"] ?? null))) return [];
  return [{ path: "version", kind: "update", replaces: false, inputChanged: false }];
}

/** Whether the state says that a cluster was made, wholly or in part. */
function wasMade(outputs: PropertyMap): boolean {
  return knownText(reveal(outputs["clusterId"] ?? null)) !== undefined;
}

async function create(context: OnpremContext, request: CreateRequest, operation: Operation) {
  if (request.preview && containsUnknown(request.inputs)) {
    return { id: "", outputs: plannedOutputs(context.releases, request.inputs, {}) };
  }
  const asked = controlPlaneRequest(context, request.inputs, undefined, false);
  const id = asked.cluster.name;
  if (request.preview) {
    await showLook(context, asked, operation);
    return { id: "", outputs: plannedOutputs(context.releases, request.inputs, {}) };
  }
  return { id, ...(await apply(context, asked, request.inputs, operation)) };
}

async function update(context: OnpremContext, request: UpdateRequest, operation: Operation): Promise<ResourceState> {
  const outputs = plannedOutputs(context.releases, request.newInputs, request.oldOutputs);
  if (request.preview && containsUnknown(request.newInputs)) return { outputs };
  const asked = controlPlaneRequest(context, request.newInputs, request.oldInputs, wasMade(request.oldOutputs));
  if (request.preview) {
    await showLook(context, asked, operation);
    return { outputs };
  }
  return apply(context, asked, request.newInputs, operation, request.oldOutputs);
}

/** The plan stays in the preview's output, host by host. */
async function showLook({ machine }: OnpremContext, asked: ControlPlaneRequest, { signal, note }: Operation) {
  const look = await machine.lookAtControlPlane(asked, signal);
  assertPlan(`cluster ${asked.cluster.name}`, look);
  await note(showPlan(look.plan));
}

async function apply(
  { machine }: OnpremContext,
  asked: ControlPlaneRequest,
  inputs: PropertyMap,
  { signal, status }: Operation,
  before: PropertyMap = {},
): Promise<ResourceState> {
  const look = await machine.lookAtControlPlane(asked, signal);
  assertPlan(`cluster ${asked.cluster.name}`, look);
  try {
    const state = await machine.applyControlPlane(asked, { signal, report: status });
    status(`Kubernetes ${state.version} runs on ${asked.hosts.map(({ name }) => name).join(", ")}`);
    return { outputs: seenOutputs(inputs, asked, state, before) };
  } catch (error) {
    // Hosts were changed: the next run goes on from where they are, and a destroy finds them.
    const known = Object.fromEntries(
      ["kubeconfig", "endpoint", "version", "caHash", "clusterId"].map((name) => [name, before[name] ?? null]),
    );
    const outputs = { ...fillDefaults(definition.inputs, inputs), ...known };
    throw new PartialFailure(asked.cluster.name, inputs, outputs, [messageOf(error)]);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function read(
  context: OnpremContext,
  request: ReadRequest,
  { signal }: Operation,
): Promise<ReadResult | undefined> {
  const { id, oldInputs, oldOutputs } = request;
  if (oldInputs === undefined || oldOutputs === undefined) {
    throw new Error(
      `${id}: a cluster on hosts cannot be imported by its name, because the name does not tell where the hosts are. ` +
        "Fix: write it into the program and run `pulumi up`, which takes over hosts that are of this cluster",
    );
  }
  const asked = controlPlaneRequest(context, oldInputs, oldInputs, wasMade(oldOutputs));
  const look = await context.machine.lookAtControlPlane(asked, signal);
  const lost = Object.entries(look.unreachable);
  // Unreachable is not gone: nothing is known, so nothing is concluded.
  if (lost.length > 0) {
    throw new Error(
      `cluster ${asked.cluster.name}: ${lost.map(([name, why]) => `${name} cannot be reached: ${why}`).join("; ")}. ` +
        "Fix: bring the host back, or take it out of the program's hosts and run `pulumi up`",
    );
  }
  if (!look.found) return undefined;
  const state = await context.machine.readControlPlane(asked, signal);
  const outputs = state === undefined ? { ...oldOutputs } : seenOutputs(oldInputs, asked, state, oldOutputs);
  return { id, inputs: oldInputs, outputs: { ...outputs, health: { ...look.health } } };
}

async function remove(context: OnpremContext, request: DeleteRequest, { signal, status }: Operation): Promise<void> {
  const inputs = request.oldInputs ?? request.oldOutputs;
  const asked = controlPlaneRequest(context, inputs, inputs, true);
  if (text(fillDefaults(definition.inputs, inputs), "onDestroy") === "leave") return;
  await context.machine.removeControlPlane(asked, { signal, report: status });
}

function seenOutputs(
  inputs: PropertyMap,
  { hosts }: ControlPlaneRequest,
  state: ControlPlaneState,
  before: PropertyMap,
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
  return old !== undefined && authorityOf(old) === authorityOf(kubeconfig) && old.includes(endpoint);
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
