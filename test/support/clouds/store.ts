import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../../toolchain/lock.js";
import type { CloudRules } from "./model.js";
import type { SimulatedResource, World } from "./world.js";

/** What a simulated cloud holds: one file, so that plugins of several commands share it. */
export interface CloudState {
  /** How many ids were given out. */
  readonly ids: number;
  readonly resources: readonly SimulatedResource[];
  /** What a deleted cluster left behind, as a real cloud's load balancers are. */
  readonly loadBalancers: readonly LeakedLoadBalancer[];
}

/** A load balancer whose Service went with its cluster: nothing will ever delete it. */
export interface LeakedLoadBalancer {
  readonly cluster: string;
  readonly service: string;
  /** Handles of the networks that it lives in. */
  readonly networks: readonly string[];
}

/** One call of a provider, as it was answered. */
export interface RecordedCall {
  readonly cloud: string;
  /** `create`, `update`, `delete`, `read`, `check`, `diff`, `invoke`; with `preview` when nothing was to change. */
  readonly operation: string;
  readonly preview: boolean;
  readonly token: string;
  /** Logical name of the resource; empty for functions. */
  readonly name: string;
  readonly urn: string;
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: "done" | "refused" | "fault";
  /** Why not; empty when it was done. */
  readonly message: string;
  /** What it was asked with: creations, updates and functions. */
  readonly inputs?: unknown;
}

const empty: CloudState = { ids: 0, resources: [], loadBalancers: [] };

/** The files of one simulated cloud, below the directory that all of a test's clouds share. */
export class CloudStore {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    readonly directory: string,
    readonly cloud: CloudRules["cloud"],
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  get #file(): string {
    return join(this.directory, `${this.cloud}.json`);
  }

  get #calls(): string {
    return join(this.directory, "calls.ndjson");
  }

  read(): CloudState {
    return readJson<CloudState>(this.#file) ?? empty;
  }

  /** Changes the state while nobody else does; what `change` throws leaves it as it was. */
  change<T>(change: (state: CloudState) => { readonly state: CloudState; readonly result: T }): Promise<T> {
    return this.exclusively(async () => {
      const { state, result } = change(this.read());
      writeJson(this.#file, state);
      return result;
    });
  }

  /** Runs `work` while no other process changes this cloud. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(() =>
      withLock(join(this.directory, `${this.cloud}.lock`), { pollMilliseconds: 5 }, work),
    );
    this.#queue = mine.catch(() => undefined);
    return mine;
  }

  record(call: RecordedCall): void {
    appendFileSync(this.#calls, `${JSON.stringify(call)}\n`, { mode: 0o600 });
  }

  calls(): readonly RecordedCall[] {
    return readLines<RecordedCall>(this.#calls);
  }
}

/** What rules and core see of a state while one call works on it. */
export class WorkingState implements World {
  readonly now = new Date().toISOString();
  #ids: number;
  #resources: readonly SimulatedResource[];

  constructor(
    readonly rules: CloudRules,
    readonly before: CloudState,
    readonly versions: Readonly<Record<string, string>>,
  ) {
    this.#ids = before.ids;
    this.#resources = before.resources;
  }

  get offeredMinors(): readonly string[] {
    return Object.keys(this.versions);
  }

  fullVersion(minor: string): string | undefined {
    return this.versions[minor];
  }

  get resources(): readonly SimulatedResource[] {
    return this.#resources;
  }

  find(handle: string, token?: string): SimulatedResource | undefined {
    return this.#resources.find(
      (resource) => (token === undefined || resource.token === token) && this.handlesOf(resource).includes(handle),
    );
  }

  all(token: string): readonly SimulatedResource[] {
    return this.#resources.filter((resource) => resource.token === token);
  }

  /** Everything by which others may name a resource. */
  handlesOf(resource: SimulatedResource): readonly string[] {
    const outputs = this.rules.resources[resource.token]?.handles ?? ["arn", "id", "selfLink"];
    return [resource.id, ...outputs.map((name) => resource.outputs[name]).filter((each) => typeof each === "string")];
  }

  /** Living resources that use this one. */
  usersOf(used: SimulatedResource): readonly SimulatedResource[] {
    const handles = this.handlesOf(used);
    return this.#resources.filter((resource) => {
      const rules = this.rules.resources[resource.token];
      if (resource === used || rules?.uses === undefined || rules.blocksDeletion === false) return false;
      return rules.uses(resource.inputs, resource.outputs).some((handle) => handles.includes(handle));
    });
  }

  hex(digits: number): string {
    return this.#digest().slice(0, digits);
  }

  decimal(digits: number): string {
    return BigInt(`0x${this.#digest()}`)
      .toString()
      .slice(1, digits + 1);
  }

  #digest(): string {
    this.#ids += 1;
    return createHash("sha256").update(`${this.rules.cloud} ${this.#ids}`).digest("hex");
  }

  put(resource: SimulatedResource): void {
    const others = this.#resources.filter(({ token, id }) => token !== resource.token || id !== resource.id);
    this.#resources = [...others, resource];
  }

  remove(gone: SimulatedResource): void {
    this.#resources = this.#resources.filter(({ token, id }) => token !== gone.token || id !== gone.id);
  }

  /** The state as it is to be stored. */
  after(): CloudState {
    return { ...this.before, ids: this.#ids, resources: this.#resources };
  }
}

export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Readers see the file before or after, never a part. */
export function writeJson(path: string, value: unknown): void {
  const half = `${path}.${process.pid}.tmp`;
  writeFileSync(half, JSON.stringify(value), { mode: 0o600 });
  renameSync(half, path);
}

function readLines<T>(path: string): readonly T[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
