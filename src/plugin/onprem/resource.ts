import { messageOf } from "../../core/message-of.js";
import { assertPlan } from "../../onprem/engine/plan-refused.js";
import type { Plan } from "../../onprem/plan.js";
import type { ResourceDefinition } from "../definition.js";
import { fillDefaults } from "../input-types.js";
import { containsUnknown, type PropertyMap } from "../properties.js";
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
import { meaningfulChanges } from "./differences.js";
import { healthChanges } from "./outcome.js";
import type { ChangeOptions, Look, OnpremMachine, WorkOptions } from "./port.js";
import type { Resolution } from "./requests.js";
import { showPlan } from "./show-plan.js";

/** What the resources of bare metal are made with. */
export interface OnpremContext extends Resolution {
  readonly machine: OnpremMachine;
}

/** What is asked, and what the state says that there was. */
export interface Asked<Request> {
  readonly request: Request;
  readonly inputs: PropertyMap;
  /** Outputs of the last deployment; empty for a resource to be made. */
  readonly before: PropertyMap;
}

/** What tells one resource of bare metal from another. */
export interface OnpremKind<Request> {
  readonly definition: ResourceDefinition;
  /** Outputs that last as long as the resource does. */
  readonly stables: readonly string[];
  /** Whether a change of this path, which the definition lets pass, makes another resource all the same. */
  readonly isAnother: (path: string) => boolean;
  /** For example `cluster shop`. */
  readonly subject: (request: Request) => string;
  readonly id: (request: Request) => string;
  /** Why it cannot be imported, as a clause, and what is done in its place. */
  readonly noImport: { readonly why: string; readonly instead: string };
  /** Inputs of the last deployment, and what came of them, where there was one. Undefined while too little is known. */
  request(
    context: OnpremContext,
    inputs: PropertyMap,
    before: { readonly inputs: PropertyMap; readonly outputs: PropertyMap } | undefined,
  ): Request | undefined;
  /** Changes that neither inputs nor hosts show. */
  otherChanges(context: OnpremContext, request: DiffRequest): readonly PropertyChange[];
  look(machine: OnpremMachine, request: Request, signal: AbortSignal): Promise<Look>;
  /** @returns outputs */
  apply(machine: OnpremMachine, asked: Asked<Request>, options: ChangeOptions): Promise<PropertyMap>;
  /** Outputs as they are now, apart from the hosts' health. */
  read(machine: OnpremMachine, asked: Asked<Request>, signal: AbortSignal): Promise<PropertyMap>;
  remove(machine: OnpremMachine, request: Request, options: WorkOptions): Promise<void>;
  /** Outputs that an operation would give. */
  planned(context: OnpremContext, inputs: PropertyMap, before: PropertyMap): PropertyMap;
  /** What the state keeps when an operation failed half-way. */
  unfinished(asked: Asked<Request>, plan: Plan): { readonly inputs: PropertyMap; readonly outputs: PropertyMap };
}

/** Look, plan, and do what the plan says. */
export function onpremResource<Request>(
  kind: OnpremKind<Request>,
  prepare: () => Promise<OnpremContext>,
): CustomResource {
  const { inputs } = kind.definition;
  return {
    check: async (request) => checkOnprem(inputs, request, (await prepare()).releases),
    diff: async (request) => diff(kind, await prepare(), request),
    create: async (request, operation) => create(kind, await prepare(), request, operation),
    read: async (request, operation) => read(kind, await prepare(), request, operation),
    update: async (request, operation) => update(kind, await prepare(), request, operation),
    delete: async (request, operation) => remove(kind, await prepare(), request, operation),
  };
}

async function diff<Request>(kind: OnpremKind<Request>, context: OnpremContext, request: DiffRequest): Promise<Diff> {
  const { definition, stables } = kind;
  const changes = meaningfulChanges(
    fillDefaults(definition.inputs, request.oldInputs),
    fillDefaults(definition.inputs, request.newInputs),
    (path) => kind.isAnother(path) || needsReplacement(definition.inputs, path),
  );
  const isReplaced = changes.some((change) => change.replaces);
  if (isReplaced || containsUnknown(request.newInputs)) return { changes, deleteBeforeReplace: true, stables };
  const asked = known(kind, context, request.newInputs, lastDeployment(request));
  const look = await kind.look(context.machine, asked, new AbortController().signal);
  assertPlan(kind.subject(asked), look.plan);
  return {
    changes: [...changes, ...kind.otherChanges(context, request), ...healthChanges(look)],
    deleteBeforeReplace: true,
    stables,
  };
}

const lastDeployment = ({ oldInputs, oldOutputs }: DiffRequest) => ({ inputs: oldInputs, outputs: oldOutputs });

function known<Request>(
  kind: OnpremKind<Request>,
  context: OnpremContext,
  inputs: PropertyMap,
  before: Parameters<OnpremKind<Request>["request"]>[2],
): Request {
  const request = kind.request(context, inputs, before);
  if (request === undefined) throw new Error(`${kind.definition.token} was asked for with inputs that are not known`);
  return request;
}

async function create<Request>(
  kind: OnpremKind<Request>,
  context: OnpremContext,
  { inputs, preview }: CreateRequest,
  operation: Operation,
) {
  if (preview) {
    await showLook(kind, context, kind.request(context, inputs, undefined), operation);
    return { id: "", outputs: kind.planned(context, inputs, {}) };
  }
  const request = known(kind, context, inputs, undefined);
  return { id: kind.id(request), ...(await apply(kind, context, { request, inputs, before: {} }, operation)) };
}

async function update<Request>(
  kind: OnpremKind<Request>,
  context: OnpremContext,
  asked: UpdateRequest,
  operation: Operation,
): Promise<ResourceState> {
  const { newInputs: inputs, oldOutputs: before, preview } = asked;
  if (preview) {
    await showLook(kind, context, kind.request(context, inputs, lastDeployment(asked)), operation);
    return { outputs: kind.planned(context, inputs, before) };
  }
  const request = known(kind, context, inputs, lastDeployment(asked));
  return apply(kind, context, { request, inputs, before }, operation);
}

/** The plan stays in the preview's output, host by host. */
async function showLook<Request>(
  kind: OnpremKind<Request>,
  { machine }: OnpremContext,
  request: Request | undefined,
  { signal, note }: Operation,
): Promise<void> {
  if (request === undefined) return;
  const { plan } = await kind.look(machine, request, signal);
  assertPlan(kind.subject(request), plan);
  await note(showPlan(plan));
}

async function apply<Request>(
  kind: OnpremKind<Request>,
  { machine }: OnpremContext,
  asked: Asked<Request>,
  { signal, status }: Operation,
): Promise<ResourceState> {
  let begun: Plan | undefined;
  const begin = (plan: Plan) => {
    begun = plan;
  };
  try {
    return { outputs: await kind.apply(machine, asked, { signal, report: status, begin }) };
  } catch (error) {
    if (begun === undefined) throw error;
    // Hosts were changed: the next run goes on from where they are, and a destroy finds them.
    const message = messageOf(error);
    const { inputs, outputs } = kind.unfinished(asked, begun);
    throw new PartialFailure(kind.id(asked.request), inputs, outputs, [message]);
  }
}

async function read<Request>(
  kind: OnpremKind<Request>,
  context: OnpremContext,
  { id, oldInputs: inputs, oldOutputs: before }: ReadRequest,
  { signal }: Operation,
): Promise<ReadResult | undefined> {
  if (inputs === undefined || before === undefined) {
    const { why, instead } = kind.noImport;
    throw new Error(`${id}: ${why}. Fix: write it into the program and run \`pulumi up\`, which ${instead}`);
  }
  const request = known(kind, context, inputs, { inputs, outputs: before });
  const look = await kind.look(context.machine, request, signal);
  const lost = Object.entries(look.unreachable).map(([name, why]) => `${name}: ${why}`);
  // Unreachable is not gone: nothing is known, so nothing is concluded.
  if (lost.length > 0) {
    throw new Error(
      `${kind.subject(request)}: ${lost.join("; ")}. ` +
        "Fix: bring the host back, or take it out of the program and run `pulumi up`",
    );
  }
  if (!look.found) return undefined;
  const outputs = await kind.read(context.machine, { request, inputs, before }, signal);
  return { id, inputs, outputs: { ...outputs, health: { ...look.health } } };
}

async function remove<Request>(
  kind: OnpremKind<Request>,
  context: OnpremContext,
  { oldInputs, oldOutputs: outputs }: DeleteRequest,
  { signal, status }: Operation,
): Promise<void> {
  const inputs = oldInputs ?? outputs;
  if (text(fillDefaults(kind.definition.inputs, inputs), "onDestroy") === "leave") return;
  await kind.remove(context.machine, known(kind, context, inputs, { inputs, outputs }), { signal, report: status });
}
