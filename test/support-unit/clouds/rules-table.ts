import { describe, expect, test } from "vitest";
import type { Asked, Block, CloudRules, Refusal, Value } from "../../support/clouds/model.js";
import { WorkingState } from "../../support/clouds/store.js";
import type { SimulatedResource } from "../../support/clouds/world.js";

/** One cloud's rules over a world in memory. */
export class RuleBench {
  readonly #world: WorkingState;
  readonly #settings: Asked["settings"];

  constructor(
    readonly rules: CloudRules,
    configuration: Block,
  ) {
    const versions = { "1.33": "1.33.5", "1.34": "1.34.3", "1.35": "1.35.2", "1.36": "1.36.0" };
    this.#world = new WorkingState(rules, { ids: 0, resources: [], loadBalancers: [] }, versions);
    const settings = rules.settings(configuration);
    if ("message" in settings) throw new Error(settings.message);
    this.#settings = settings;
  }

  /** What Check and then the cloud say against inputs; with `old`, against a change. */
  refusals(token: string, inputs: Block, old?: SimulatedResource): readonly Refusal[] {
    const asked = this.#asked(token, inputs, old);
    const resource = this.#rulesOf(token);
    const checked = resource.check?.(asked) ?? [];
    return checked.length > 0 ? checked : (resource.refuse?.(asked) ?? []);
  }

  /** @throws when it is refused */
  make(token: string, inputs: Block): SimulatedResource {
    const refused = this.refusals(token, inputs);
    if (refused.length > 0) throw new Error(`${token}: ${JSON.stringify(refused)}`);
    const { id, outputs } = this.#rulesOf(token).create(this.#asked(token, inputs));
    const made: SimulatedResource = {
      id,
      token,
      urn: `urn:pulumi:test::test::${token}::${id}`,
      name: id,
      inputs,
      outputs: { ...inputs, ...outputs },
      region: this.#settings.region,
      createdAt: this.#world.now,
    };
    this.#world.put(made);
    return made;
  }

  change(resource: SimulatedResource, inputs: Block): SimulatedResource {
    const refused = this.refusals(resource.token, inputs, resource);
    if (refused.length > 0) throw new Error(JSON.stringify(refused));
    const outputs = this.#rulesOf(resource.token).update?.({
      ...this.#asked(resource.token, inputs, resource),
      old: resource,
    });
    const changed = { ...resource, inputs, outputs: outputs ?? { ...resource.outputs, ...inputs } };
    this.#world.put(changed);
    return changed;
  }

  /** Why it cannot be deleted; undefined when it can, and then it is gone. */
  remove(resource: SimulatedResource): string | undefined {
    const rules = this.#rulesOf(resource.token);
    const users = this.#world.usersOf(resource);
    const why =
      rules.refuseDeletion?.(resource, this.#world) ??
      (users.length > 0 ? (rules.inUse?.(resource, users) ?? "DependencyViolation") : undefined);
    if (why === undefined) this.#world.remove(resource);
    return why;
  }

  invoke(token: string, args: Block): Block | Refusal {
    const found = this.rules.invokes[token];
    if (found === undefined) throw new Error(`no function ${token}`);
    return found.invoke({ args, settings: this.#settings, world: this.#world });
  }

  put(resource: SimulatedResource): void {
    this.#world.put(resource);
  }

  get world(): WorkingState {
    return this.#world;
  }

  #rulesOf(token: string) {
    const found = this.rules.resources[token];
    if (found === undefined) throw new Error(`no rules of ${token}`);
    return found;
  }

  #asked(token: string, inputs: Block, old?: SimulatedResource): Asked {
    const asked = { urn: "", name: "shop", token, inputs, settings: this.#settings, world: this.#world };
    return old === undefined ? asked : { ...asked, old };
  }
}

/** A cluster with all that it needs; of each type the inputs of one more that would be taken. */
export interface Shop {
  readonly bench: RuleBench;
  readonly inputs: Map<string, Block>;
  readonly made: ReadonlyMap<string, SimulatedResource>;
  /** Makes the first; `second` is what differs in the inputs of one more. */
  make(token: string, first: Block, second: Block): SimulatedResource;
}

/** Nothing there yet. */
export function emptyShop(rules: CloudRules, configuration: Block): Shop {
  const bench = new RuleBench(rules, configuration);
  const inputs = new Map<string, Block>();
  const made = new Map<string, SimulatedResource>();
  return {
    bench,
    inputs,
    made,
    make: (token, first, second) => {
      const resource = bench.make(token, first);
      made.set(token, resource);
      inputs.set(token, { ...first, ...second });
      return resource;
    },
  };
}

/** The resource of a type that a shop has. */
export function found({ made }: Shop, token: string): SimulatedResource {
  const resource = made.get(token);
  if (resource === undefined) throw new Error(`no ${token}`);
  return resource;
}

/** Values by path; undefined takes what is there away. */
type Changes = Readonly<Record<string, Value | undefined>>;

/** Something that is refused, beside its twin that is not. */
export interface Row {
  readonly token: string;
  readonly refused: Changes;
  /** What of the good inputs must differ for the twin to be one; none usually. */
  readonly twin?: Changes;
  /** Of the resource as it is; left out for a new one. */
  readonly old?: boolean;
  readonly path?: string;
  readonly says: RegExp;
}

/** One test a row: the twin passes, and the other is refused for the reason given. */
export function describeRefusals(cloud: string, rows: readonly Row[], { bench, inputs, made }: Shop): void {
  describe(`simulated ${cloud} refuses`, () => {
    for (const row of rows) testRow(row, bench, inputs.get(row.token) ?? {}, made.get(row.token));
  });
}

function testRow(row: Row, bench: RuleBench, good: Block, made: SimulatedResource | undefined): void {
  const title = ({ token, refused, twin }: Row): string =>
    `${token.split(":").at(-1)} ${JSON.stringify({ ...twin, ...refused }, (_, value) => (value === undefined ? "left out" : value)).slice(0, 110)}`;
  test(title(row), () => {
    const twin = changed(good, row.twin ?? {});
    const old = row.old === true ? made : undefined;
    expect(bench.refusals(row.token, twin, old)).toEqual([]);
    const refusals = bench.refusals(row.token, changed(twin, row.refused), old);
    const expected = row.path ?? Object.keys(row.refused)[0];
    const hits = refusals.filter(({ message }) => row.says.test(message));
    expect(hits, JSON.stringify(refusals)).not.toEqual([]);
    expect(hits.map(({ path }) => path)).toContain(expected === "" ? undefined : expected);
  });
}

function changed(inputs: Block, changes: Changes): Block {
  return Object.entries(changes).reduce((before, [path, value]) => withValue(before, path.split("."), value), inputs);
}

function withValue(within: Block, path: readonly string[], value: Value | undefined): Block {
  const [first = "", ...rest] = path;
  const [, name = first, index] = /^(.*)\[(\d+)\]$/.exec(first) ?? [];
  const inner = within[name];
  if (index !== undefined && Array.isArray(inner)) {
    const list = inner.map((each: Value, position) => (position === Number(index) ? set(each, rest, value) : each));
    return { ...within, [name]: list };
  }
  const next = set(inner, rest, value);
  const { [name]: _, ...others } = within;
  return next === undefined ? others : { ...others, [name]: next };
}

function set(before: Value | undefined, rest: readonly string[], value: Value | undefined): Value {
  if (rest.length === 0) return value as Value;
  return withValue(isBlock(before) ? before : {}, rest, value);
}

function isBlock(value: Value | undefined): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
