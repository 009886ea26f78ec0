import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../core/message-of.js";
import type { PoolSpec } from "./contract.js";

/** Fewest and most nodes of a pool. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A pool as its cloud has it at the moment. */
export interface LivePool extends Bounds {
  readonly size: number;
  /**
   * True when this run changes something else about the pool, and the cloud is
   * told the size with every change. @default false
   */
  readonly isAboutToChange?: boolean;
}

/** What a cloud has of one pool. */
export interface LivePools {
  /** Under the physical name that this run gives the pool. */
  readonly current?: LivePool | undefined;
  /** Under another physical name: this run replaces it. */
  readonly predecessor?: LivePool | undefined;
}

/** The size nearest to the given one that the bounds allow. */
export function clampSize({ min, max }: Bounds, size: number): number {
  return Math.min(Math.max(size, min), max);
}

/**
 * The size that a run asks for instead of what is remembered; undefined where it
 * says nothing of the size, because that is the autoscaler's affair. A run speaks
 * of it only when the cloud must be told one: with other bounds, because clouds
 * refuse bounds that leave out the size they are given, and what the state
 * remembers may be out of date; and for a pool that replaces another, which
 * starts as large as that. A pool without a predecessor has nothing to forget:
 * it starts with its fewest nodes, as its inputs say.
 */
export function sizeToAsk(asked: Bounds, { current, predecessor }: LivePools): number | undefined {
  if (current === undefined) return predecessor === undefined ? undefined : clampSize(asked, predecessor.size);
  const isSettled = current.min === asked.min && current.max === asked.max && current.isAboutToChange !== true;
  return isSettled ? undefined : clampSize(asked, current.size);
}

/** Inputs of a resource as plain data; what is not known yet, or is secret, is no number and no name. */
export type PlainInputs = Readonly<Record<string, unknown>>;

/** How a cloud's resource says the size of a pool, and how the live one is looked up. */
export interface PoolResource {
  /** Name of the pool in the arguments. */
  readonly pool: string;
  /** Property path of the size, as `ignoreChanges` has it. */
  readonly sizePath: string;
  /** True when the cloud takes a size only for a new pool. @default false */
  readonly isInitial?: boolean;
  /** Known only once the cluster is there: before, nothing is looked up. */
  readonly cluster: pulumi.Input<unknown>;
  /** The bounds that are asked for; undefined while something about them is not known. */
  bounds(inputs: PlainInputs): Bounds | undefined;
  /** Physical name of the pool; undefined while it is not known, as that of a pool whose parts are not there yet. */
  nameOf(inputs: PlainInputs): string | undefined;
  look(name: string, inputs: PlainInputs): Promise<LivePools>;
  /** The properties that say the size. */
  withSize(size: number, bounds: Bounds, inputs: PlainInputs): pulumi.Inputs;
  /** What whoever runs the program must be allowed to do for the look. */
  readonly permission: string;
}

/** Options of a pool's resource that say who decides how many nodes it has. */
export type SizeOptions = (
  pool: PoolSpec,
) => Required<Pick<pulumi.CustomResourceOptions, "ignoreChanges">> & Pick<pulumi.CustomResourceOptions, "transforms">;

/**
 * Options of an autoscaled pool's resource: its size is the autoscaler's, but
 * bounds can be changed to leave out the size of the moment.
 *
 * Which changes to ignore must be known before the resource is registered, and
 * the live size only then is; a transform is where the two meet.
 */
export function followLiveSize(resource: PoolResource): ReturnType<SizeOptions> {
  return {
    ignoreChanges: [resource.sizePath],
    // Under the mocks of a unit test there is neither a pool to look at nor a transform.
    ...(pulumi.runtime.hasEngine() ? { transforms: [transformOf(resource)] } : {}),
  };
}

/** Exported for tests. */
export function transformOf(resource: PoolResource) {
  return async ({
    props,
    opts,
  }: Pick<pulumi.ResourceTransformArgs, "props" | "opts">): Promise<pulumi.ResourceTransformResult | undefined> => {
    const [inputs, { cluster }] = await Promise.all([plainly(props), plainly({ cluster: resource.cluster })]);
    const [bounds, name] = [resource.bounds(inputs), resource.nameOf(inputs)];
    if (cluster === undefined || bounds === undefined || name === undefined) return undefined;
    const live = await lookUp(resource, name, inputs);
    const size = sizeToAsk(bounds, live);
    if (size === undefined || (resource.isInitial === true && live.current !== undefined)) return undefined;
    const ignoreChanges = (opts.ignoreChanges ?? []).filter((path) => path !== resource.sizePath);
    return { props: { ...props, ...resource.withSize(size, bounds, inputs) }, opts: { ...opts, ignoreChanges } };
  };
}

async function lookUp(resource: PoolResource, name: string, inputs: PlainInputs): Promise<LivePools> {
  try {
    return await resource.look(name, inputs);
  } catch (error) {
    const why = messageOf(error);
    throw new pulumi.RunError(
      `pools.${resource.pool}: how many nodes it has now (${name}) cannot be looked up: ${why}. ` +
        `Fix: allow ${resource.permission} to whoever runs pulumi; when the cluster is gone, run pulumi refresh first.`,
    );
  }
}

/** Plain data; what is not known is undefined. */
async function plainly(inputs: pulumi.Inputs): Promise<PlainInputs> {
  const serialized: Record<string, unknown> = await pulumi.runtime.serializeProperties("pool", inputs);
  return Object.fromEntries(
    Object.entries(serialized).map(([key, value]) => [key, value === pulumi.runtime.unknownValue ? undefined : value]),
  );
}

/** How many elements a list among plain inputs has. */
export function lengthAt(inputs: PlainInputs, property: string): number {
  const value = inputs[property];
  return Array.isArray(value) ? value.length : 0;
}

/** A number at a path of plain inputs, where there is one. */
export function numberAt(inputs: PlainInputs, ...path: readonly string[]): number | undefined {
  const value = path.reduce<unknown>((within, step) => (isRecord(within) ? within[step] : undefined), inputs);
  return typeof value === "number" ? value : undefined;
}

/** A known text of plain inputs. */
export function textAt(inputs: PlainInputs, property: string): string | undefined {
  const value = inputs[property];
  return typeof value === "string" && value !== pulumi.runtime.unknownValue ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Both, where both are known. */
export function boundsOf(min: number | undefined, max: number | undefined): Bounds | undefined {
  return min === undefined || max === undefined ? undefined : { min, max };
}
