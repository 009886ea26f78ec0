import { messageOf } from "../../core/message-of.js";
import { dnsLabelProblem } from "../../core/names.js";
import type { LocalClusterSpec } from "../../local/spec.js";
import { knownText, type PropertyMap, reveal } from "../properties.js";
import {
  type CreateRequest,
  type CustomResource,
  type DeleteRequest,
  type DiffRequest,
  type Operation,
  PartialFailure,
  type ReadRequest,
  type ReadResult,
  type ResourceState,
  type UpdateRequest,
} from "../resource.js";
import { checkControlPlane } from "./check.js";
import { diffControlPlane } from "./diff.js";
import { barrenOutputs, plannedOutputs, recordedInputs, seenOutputs, summary, updatedOutputs } from "./outputs.js";
import type { ControlPlaneMachine } from "./port.js";
import { resolveControlPlane } from "./spec.js";

/** `isokube:local:ControlPlane`: every operation is one step of observe → ensure → return. */
export function controlPlaneResource(machine: ControlPlaneMachine): CustomResource {
  return {
    check: async (request) => checkControlPlane(request, await machine.releases()),
    diff: (request) => diff(machine, request),
    create: (request, operation) => create(machine, request, operation),
    read: (request) => read(machine, request),
    update: (request, operation) => update(machine, request, operation),
    delete: (request, operation) => remove(machine, request, operation),
  };
}

async function diff(machine: ControlPlaneMachine, request: DiffRequest) {
  const dataDirectory = directoryOf(machine, request.id, request.oldOutputs);
  const [releases, alive, recorded] = await Promise.all([
    machine.releases(),
    machine.probe(dataDirectory),
    machine.recorded(dataDirectory),
  ]);
  return diffControlPlane(request, { alive, recorded }, releases);
}

async function create(machine: ControlPlaneMachine, request: CreateRequest, operation: Operation) {
  const releases = await machine.releases();
  if (request.preview) {
    const outputs = plannedOutputs(request.inputs, (name) => machine.dataDirectory(name), releases);
    return { id: "", outputs };
  }
  const { clusterName: id, ...wanted } = resolveControlPlane(request.inputs, releases);
  const spec = { ...wanted, id, dataDirectory: machine.dataDirectory(id), owner: machine.ownerOf(request.urn) };
  return { id, ...(await ensure(machine, spec, request.inputs, operation)) };
}

async function update(machine: ControlPlaneMachine, request: UpdateRequest, operation: Operation) {
  const releases = await machine.releases();
  if (request.preview) return { outputs: updatedOutputs(request.oldOutputs, request.newInputs, releases) };
  const { clusterName: id, ...wanted } = resolveControlPlane(request.newInputs, releases);
  const dataDirectory = directoryOf(machine, request.id, request.oldOutputs);
  // The state says that it is ours; the folder may still name the stack it was imported from.
  const owner = (await machine.recorded(dataDirectory))?.owner ?? machine.ownerOf(request.urn);
  return ensure(machine, { ...wanted, id, dataDirectory, owner }, request.newInputs, operation);
}

/** Brings the cluster to what the spec says. What is there when that fails is told to the engine, so it can be mended. */
async function ensure(
  machine: ControlPlaneMachine,
  spec: LocalClusterSpec,
  inputs: PropertyMap,
  { signal, status }: Operation,
): Promise<ResourceState> {
  try {
    const state = await machine.ensure(spec, { signal, onProgress: status });
    status(summary(state));
    return { outputs: seenOutputs(inputs, spec.dataDirectory, state) };
  } catch (error) {
    const recorded = await machine.recorded(spec.dataDirectory);
    // Nothing was begun, or it is somebody else's: there is nothing to remember.
    if (recorded?.owner !== spec.owner) throw error;
    const state = await machine.observe(spec.dataDirectory);
    const outputs =
      state === undefined ? barrenOutputs(inputs, spec.dataDirectory) : seenOutputs(inputs, spec.dataDirectory, state);
    const reason: unknown = signal.aborted ? signal.reason : error;
    throw new PartialFailure(spec.id, inputs, outputs, [messageOf(reason)]);
  }
}

async function read(machine: ControlPlaneMachine, request: ReadRequest): Promise<ReadResult | undefined> {
  const dataDirectory = directoryOf(machine, request.id, request.oldOutputs ?? {});
  const [state, recorded] = await Promise.all([machine.observe(dataDirectory), machine.recorded(dataDirectory)]);
  if (state === undefined || recorded === undefined) return undefined;
  // The program's own words stay (`1.35`, not `1.35.3`): what differs behind them is for the diff to find.
  const inputs = request.oldInputs ?? recordedInputs(recorded);
  return { id: request.id, inputs, outputs: seenOutputs(inputs, dataDirectory, state) };
}

async function remove(machine: ControlPlaneMachine, request: DeleteRequest, operation: Operation): Promise<void> {
  const dataDirectory = directoryOf(machine, request.id, request.oldOutputs);
  await machine.destroy(dataDirectory, { signal: operation.signal, onProgress: operation.status });
}

/** Where the state says it is; an import knows the name only. */
function directoryOf(machine: ControlPlaneMachine, id: string, outputs: PropertyMap): string {
  const known = knownText(reveal(outputs["dataDirectory"] ?? null));
  if (known !== undefined) return known;
  const why = dnsLabelProblem(id);
  if (why !== undefined)
    throw new Error(`${JSON.stringify(id)} is no cluster's name: it ${why}. Fix: give a clusterName.`);
  return machine.dataDirectory(id);
}
