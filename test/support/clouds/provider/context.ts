import { messageOf } from "../../../../src/core/message-of.js";
import type { Clusters } from "../clusters.js";
import { type Fault, faultMessage, takeFault } from "../faults.js";
import type { Asked, Block, CloudRules, Refusal, ResourceRules } from "../model.js";
import type { PackageSchema, ResourceShape } from "../schema/shape.js";
import { type CloudStore, type RecordedCall, WorkingState } from "../store.js";
import type { Settings, SimulatedResource } from "../world.js";

/** What every resource of one simulated provider works with. */
export interface ProviderContext {
  readonly rules: CloudRules;
  readonly schema: PackageSchema;
  readonly store: CloudStore;
  readonly clusters: Clusters;
  /** Minor to full version. */
  readonly versions: Readonly<Record<string, string>>;
  /** From the provider's configuration. */
  settings(): Settings;
}

/** One type of resource within it. */
export interface ResourceContext extends ProviderContext {
  readonly token: string;
  readonly resource: ResourceRules;
  readonly shape: ResourceShape;
}

export type Operation = "create" | "update" | "delete" | "read" | "invoke" | "check";

/** A call that the simulated cloud or its provider said no to. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export class Faulty extends Error {
  override readonly name = "Faulty";
}

interface Subject {
  readonly operation: Operation;
  readonly token: string;
  readonly name: string;
  readonly urn: string;
  readonly id: string;
  readonly inputs?: Block;
  readonly preview?: boolean;
}

/** Runs a call and writes down how it was answered. */
export async function recorded<T>(
  { store, rules }: ProviderContext,
  subject: Subject,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  const write = (outcome: RecordedCall["outcome"], message: string): void =>
    store.record({
      cloud: rules.cloud,
      preview: false,
      ...subject,
      startedAt,
      endedAt: Date.now(),
      outcome,
      message,
    });
  try {
    const result = await work();
    write("done", "");
    return result;
  } catch (error) {
    const message = messageOf(error);
    write(error instanceof Refused ? "refused" : "fault", message);
    throw error;
  }
}

/** Works on the state while nobody else does. A fault that keeps the call from happening at all is thrown here. */
export function working<T>(
  context: ProviderContext,
  subject: Subject,
  work: (state: WorkingState, fault: Fault | undefined) => T,
): Promise<T> {
  const { store, rules, versions } = context;
  return store.change((before) => {
    const fault = takeFault(store.directory, subject);
    const atOnce = fault !== undefined && fault.kind !== "timeout" && fault.kind !== "halfCreated";
    if (atOnce) throw new Faulty(faultMessage(rules.cloud, fault.kind));
    const state = new WorkingState(rules, before, versions);
    const result = work(state, fault);
    return { state: state.after(), result };
  });
}

/** The state as it is, for looking only. */
export function looking({ store, rules, versions }: ProviderContext): WorkingState {
  return new WorkingState(rules, store.read(), versions);
}

/** @throws Refused with all of them, in the cloud's words */
export function refuseAll(cloud: string, refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return;
  const lines = refusals.map(({ path, message }) => (path === undefined ? message : `${path}: ${message}`));
  throw new Refused(`simulated ${cloud}: ${lines.join("; ")}`);
}

export function asked(
  context: ResourceContext,
  urn: string,
  name: string,
  inputs: Block,
  world: WorkingState,
  old?: SimulatedResource,
): Asked {
  const common = { urn, name, token: context.token, inputs, settings: context.settings(), world };
  return old === undefined ? common : { ...common, old };
}
