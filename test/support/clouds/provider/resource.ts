import { messageOf } from "../../../../src/core/message-of.js";
import type { PropertyMap } from "../../../../src/plugin/properties.js";
import {
  type CreateRequest,
  type CustomResource,
  type DeleteRequest,
  type DiffRequest,
  type Operation,
  PartialFailure,
  parseUrn,
  type ReadRequest,
  type ReadResult,
  type ResourceState,
  type UpdateRequest,
} from "../../../../src/plugin/resource.js";
import { type Fault, faultMessage } from "../faults.js";
import type { Block } from "../model.js";
import type { WorkingState } from "../store.js";
import type { SimulatedResource } from "../world.js";
import { changedProperties, diffInputs } from "./compare.js";
import { asked, Faulty, looking, Refused, type ResourceContext, recorded, refuseAll, working } from "./context.js";
import { previewOutputs, toBlock, toProperties, visibleOutputs } from "./values.js";

/** One type of resource of a simulated cloud, as the provider protocol has it. Check is apart: it speaks of properties. */
export class SimulatedType implements Omit<CustomResource, "check"> {
  constructor(readonly context: ResourceContext) {}

  async diff({ oldInputs, newInputs }: DiffRequest): ReturnType<CustomResource["diff"]> {
    return diffInputs(this.context.resource, oldInputs, newInputs);
  }

  async create({ urn, inputs, preview }: CreateRequest, operation: Operation): Promise<ResourceState & { id: string }> {
    const { context } = this;
    if (preview) return { id: "", outputs: previewOutputs(context.shape, inputs) };
    const block = toBlock(inputs);
    const subject = this.#subject("create", urn, "", block);
    return recorded(context, subject, async () => {
      const { made, fault } = await working(context, subject, (state, fault) => {
        const question = asked(context, urn, subject.name, block, state);
        refuseAll(context.rules.cloud, context.resource.refuse?.(question) ?? []);
        const { id, outputs } = context.resource.create(question);
        const broken = fault === undefined ? {} : { broken: faultMessage(context.rules.cloud, fault.kind) };
        const made: SimulatedResource = {
          id,
          token: context.token,
          urn,
          name: subject.name,
          inputs: block,
          outputs: { ...block, ...outputs },
          region: context.settings().region,
          createdAt: state.now,
          ...broken,
        };
        if (state.find(id, context.token)?.id === id) {
          throw new Refused(`simulated ${context.rules.cloud}: ${context.token} ${id} already exists`);
        }
        state.put(made);
        return { made, fault };
      });
      return { id: made.id, outputs: await this.#finish(made, inputs, fault, operation) };
    });
  }

  async read({ urn, id, oldInputs, oldOutputs }: ReadRequest): Promise<ReadResult | undefined> {
    const { context } = this;
    const subject = this.#subject("read", urn, id);
    return recorded(context, subject, () =>
      working(context, subject, (state) => {
        const found = state.find(id, context.token);
        if (found === undefined) return undefined;
        const marked = oldInputs ?? oldOutputs ?? {};
        return {
          id: found.id,
          inputs: toProperties(found.inputs, marked),
          outputs: this.#outputs(found, state, oldOutputs ?? marked),
        };
      }),
    );
  }

  async update(request: UpdateRequest, operation: Operation): Promise<ResourceState> {
    const { urn, id, oldInputs, newInputs, preview } = request;
    const { context } = this;
    if (preview) return { outputs: { ...request.oldOutputs, ...pick(newInputs, context.shape.outputs) } };
    const subject = this.#subject("update", urn, id, toBlock(newInputs));
    return recorded(context, subject, async () => {
      const { changed, fault } = await working(context, subject, (state, fault) => {
        const old = this.#known(state, id);
        const given = toBlock(newInputs);
        const inputs =
          context.resource.putsWhole === true
            ? given
            : changedInputs(old.inputs, given, changedProperties(context.resource, oldInputs, newInputs));
        const question = { ...asked(context, urn, subject.name, inputs, state), old };
        refuseAll(context.rules.cloud, context.resource.refuse?.(question) ?? []);
        const outputs = context.resource.update?.(question) ?? changedOutputs(old, inputs);
        const { broken: _, ...whole } = old;
        const broken = fault === undefined ? {} : { broken: faultMessage(context.rules.cloud, fault.kind) };
        const changed: SimulatedResource = { ...whole, urn, name: subject.name, inputs, outputs, ...broken };
        state.put(changed);
        return { changed, fault };
      });
      return { outputs: await this.#finish(changed, newInputs, fault, operation) };
    });
  }

  async delete({ urn, id }: DeleteRequest, operation: Operation): Promise<void> {
    const { context } = this;
    const subject = this.#subject("delete", urn, id);
    await recorded(context, subject, async () => {
      const doomed = await working(context, subject, (state, fault) => {
        if (fault !== undefined) throw new Faulty(faultMessage(context.rules.cloud, fault.kind));
        const found = state.find(id, context.token);
        if (found !== undefined) this.#refuseDeletion(found, state);
        return found;
      });
      if (doomed === undefined) return;
      if (context.resource.cluster !== undefined) await context.clusters.destroy(doomed, operation.signal);
      // Others may have begun to use it meanwhile.
      await working(context, { ...subject, operation: "read" }, (state) => {
        this.#refuseDeletion(doomed, state);
        state.remove(doomed);
      });
      const pool = context.resource.pool?.(doomed, looking(context));
      if (pool !== undefined) await context.clusters.sync(pool.cluster, operation.signal);
    });
  }

  /** What a real control plane has to follow, and then the outputs; a fault leaves it half done. */
  async #finish(
    resource: SimulatedResource,
    inputs: PropertyMap,
    fault: Fault | undefined,
    operation: Operation,
  ): Promise<PropertyMap> {
    const { context } = this;
    const current = (): PropertyMap => {
      const state = looking(context);
      return this.#outputs(state.find(resource.id, context.token) ?? resource, state, inputs);
    };
    const half = (reason: string): PartialFailure => new PartialFailure(resource.id, inputs, current(), [reason]);
    if (fault !== undefined) throw half(faultMessage(context.rules.cloud, fault.kind));
    try {
      const { cluster, pool } = context.resource;
      if (cluster !== undefined) {
        operation.status("starting the control plane behind the simulated cluster");
        await context.clusters.sync(resource.id, operation.signal);
      }
      const nodes = pool?.(resource, looking(context));
      if (nodes !== undefined) await context.clusters.sync(nodes.cluster, operation.signal);
    } catch (error) {
      throw half(messageOf(error));
    }
    return current();
  }

  #outputs(resource: SimulatedResource, state: WorkingState, marked: PropertyMap): PropertyMap {
    const { resource: rules, shape } = this.context;
    const live = rules.read === undefined ? resource.outputs : { ...resource.outputs, ...rules.read(resource, state) };
    const whole =
      resource.access === undefined ? live : { ...live, ...rules.cluster?.reached(resource, resource.access) };
    return toProperties(visibleOutputs(shape, whole), marked);
  }

  #refuseDeletion(doomed: SimulatedResource, state: WorkingState): void {
    const { resource: rules, rules: all } = this.context;
    const refuse = (reason: string): never => {
      throw new Refused(`simulated ${all.cloud}: ${reason}`);
    };
    const protection = rules.refuseDeletion?.(doomed, state);
    if (protection !== undefined) refuse(protection);
    const users = state.usersOf(doomed);
    const names = users.map(({ token, id }) => `${token.split(":").at(-1)} ${id}`).join(", ");
    if (users.length > 0) {
      refuse(rules.inUse?.(doomed, users) ?? `DependencyViolation: ${doomed.id} is in use by ${names}`);
    }
    const handles = state.handlesOf(doomed);
    const leaked = state.before.loadBalancers.filter(({ networks }) => networks.some((each) => handles.includes(each)));
    if (leaked.length > 0) {
      const services = leaked.map(({ cluster, service }) => `${service} of the deleted cluster ${cluster}`).join(", ");
      refuse(`DependencyViolation: ${doomed.id} still holds the load balancer of ${services}`);
    }
  }

  #known(state: WorkingState, id: string): SimulatedResource {
    const found = state.find(id, this.context.token);
    if (found !== undefined) return found;
    throw new Refused(
      `simulated ${this.context.rules.cloud}: ResourceNotFound: there is no ${this.context.token} ${id}`,
    );
  }

  #subject(operation: "create" | "update" | "delete" | "read", urn: string, id: string, inputs?: Block) {
    const subject = { operation, token: this.context.token, name: parseUrn(urn).name, urn, id };
    return inputs === undefined ? subject : { ...subject, inputs };
  }
}

/** The API is told only what the program changed: the rest stays as the cloud has it. */
function changedInputs(live: Block, asked: Block, changed: ReadonlySet<string>): Block {
  const names = [...new Set([...Object.keys(live), ...Object.keys(asked)])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = changed.has(name) ? asked[name] : (live[name] ?? asked[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function changedOutputs(old: SimulatedResource, inputs: Block): Block {
  const kept = Object.entries(old.outputs).filter(([name]) => !(name in old.inputs) || name in inputs);
  return { ...Object.fromEntries(kept), ...inputs };
}

function pick(map: PropertyMap, names: readonly string[]): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => names.includes(name)));
}
