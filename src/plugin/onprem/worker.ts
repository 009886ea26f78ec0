import { fillDefaults } from "../input-types.js";
import { containsUnknown, knownText, type PropertyMap, reveal, unknown } from "../properties.js";
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
  type ReadRequest,
  type ReadResult,
  type ResourceState,
  type UpdateRequest,
} from "../resource.js";
import { checkOnprem } from "./check.js";
import type { OnpremContext } from "./control-plane.js";
import { onpremWorkerDefinition as definition } from "./definition.js";
import { meaningfulChanges } from "./differences.js";
import { assertPlan, healthChanges, plannedHealth } from "./outcome.js";
import type { WorkerRequest } from "./port.js";
import { workerRequest } from "./requests.js";
import { showPlan } from "./show-plan.js";

/** `isokube:onprem:Worker`: one host; at most `maxUnavailable` of them are out of service at once. */
export function onpremWorkerResource(prepare: () => Promise<OnpremContext>): CustomResource {
  return {
    check: async (request) => checkOnprem(definition.inputs, request, (await prepare()).releases),
    diff: async (request) => diff(await prepare(), request),
    create: async (request, operation) => create(await prepare(), request, operation),
    read: async (request, operation) => read(await prepare(), request, operation),
    update: async (request, operation) => update(await prepare(), request, operation),
    delete: async (request, operation) => remove(await prepare(), request, operation),
  };
}

const stables = ["clusterName", "clusterId"];

/** The host is another one: another machine, name, or role. */
const isAnotherHost = /^host\.(name|role|host\.address)$/;

async function diff(context: OnpremContext, request: DiffRequest): Promise<Diff> {
  const changes = meaningfulChanges(
    fillDefaults(definition.inputs, request.oldInputs),
    fillDefaults(definition.inputs, request.newInputs),
    (path) => isAnotherHost.test(path) || needsReplacement(definition.inputs, path),
  );
  const isReplaced = changes.some((change) => change.replaces);
  if (isReplaced || containsUnknown(request.newInputs)) return { changes, deleteBeforeReplace: true, stables };
  const asked = workerRequest(context, request.newInputs, request.oldInputs);
  const look = await context.machine.lookAtWorker(asked, new AbortController().signal);
  assertPlan(`worker ${asked.host.name}`, look);
  return { changes: [...changes, ...healthChanges(look)], deleteBeforeReplace: true, stables };
}

async function create(context: OnpremContext, request: CreateRequest, operation: Operation) {
  const asked = known(context, request.inputs, undefined);
  if (request.preview) {
    if (asked !== undefined) await showLook(context, asked, operation);
    return { id: "", outputs: plannedOutputs(request.inputs) };
  }
  if (asked === undefined) throw new Error("a worker was asked for with inputs that are not known");
  return {
    id: `${asked.cluster.name}/${asked.host.name}`,
    ...(await apply(context, asked, request.inputs, operation)),
  };
}

async function update(context: OnpremContext, request: UpdateRequest, operation: Operation): Promise<ResourceState> {
  const asked = known(context, request.newInputs, request.oldInputs);
  if (request.preview) {
    if (asked !== undefined) await showLook(context, asked, operation);
    return { outputs: plannedOutputs(request.newInputs) };
  }
  if (asked === undefined) throw new Error("a worker was asked for with inputs that are not known");
  return apply(context, asked, request.newInputs, operation);
}

/**
 * Undefined where the host itself is not known yet. That the cluster is not made
 * yet is no obstacle: the host can be looked at all the same.
 */
function known(context: OnpremContext, inputs: PropertyMap, oldInputs: PropertyMap | undefined) {
  const { caHash, clusterId, ...rest } = inputs;
  if (containsUnknown(rest)) return undefined;
  const later = (value: PropertyMap[string] | undefined) => knownText(reveal(value ?? null)) ?? "";
  return workerRequest(context, { ...rest, caHash: later(caHash), clusterId: later(clusterId) }, oldInputs);
}

async function showLook({ machine }: OnpremContext, asked: WorkerRequest, { signal, note }: Operation): Promise<void> {
  const look = await machine.lookAtWorker(asked, signal);
  assertPlan(`worker ${asked.host.name}`, look);
  await note(showPlan(look.plan));
}

async function apply(
  { machine }: OnpremContext,
  asked: WorkerRequest,
  inputs: PropertyMap,
  { signal, status }: Operation,
): Promise<ResourceState> {
  const look = await machine.lookAtWorker(asked, signal);
  assertPlan(`worker ${asked.host.name}`, look);
  const outputs = { ...fillDefaults(definition.inputs, inputs), health: plannedHealth([asked.host]) };
  try {
    await machine.applyWorker(asked, { signal, report: status });
    return { outputs };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new PartialFailure(`${asked.cluster.name}/${asked.host.name}`, inputs, outputs, [message]);
  }
}

async function read(
  context: OnpremContext,
  request: ReadRequest,
  { signal }: Operation,
): Promise<ReadResult | undefined> {
  const { id, oldInputs, oldOutputs } = request;
  if (oldInputs === undefined || oldOutputs === undefined) {
    throw new Error(
      `${id}: a worker cannot be imported by its name, because the name does not tell where the host is. ` +
        "Fix: write it into the program and run `pulumi up`, which takes over a host that is of this cluster",
    );
  }
  const asked = workerRequest(context, oldInputs, oldInputs);
  const look = await context.machine.lookAtWorker(asked, signal);
  const [lost] = Object.entries(look.unreachable);
  // Unreachable is not gone: nothing is known, so nothing is concluded.
  if (lost !== undefined) {
    throw new Error(
      `worker ${lost[0]} cannot be reached: ${lost[1]}. ` +
        "Fix: bring the host back, or take it out of the program and run `pulumi up`",
    );
  }
  if (!look.found) return undefined;
  return { id, inputs: oldInputs, outputs: { ...oldOutputs, health: { ...look.health } } };
}

async function remove(context: OnpremContext, request: DeleteRequest, { signal, status }: Operation): Promise<void> {
  const inputs = request.oldInputs ?? request.oldOutputs;
  if (text(fillDefaults(definition.inputs, inputs), "onDestroy") === "leave") return;
  await context.machine.removeWorker(workerRequest(context, inputs, inputs), { signal, report: status });
}

function plannedOutputs(inputs: PropertyMap): PropertyMap {
  const host = reveal(inputs["host"] ?? unknown);
  const name = containsUnknown(host) ? undefined : knownText(Object(host)["name"]);
  return {
    ...fillDefaults(definition.inputs, inputs),
    health: name === undefined ? unknown : plannedHealth([{ name }]),
  };
}
