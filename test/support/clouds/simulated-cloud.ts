import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ApiClient } from "../../../src/local/api-client.js";
import { observeCluster } from "../../../src/local/index.js";
import { Layout } from "../../../src/local/layout.js";
import { processesMarked } from "../processes.js";
import { block } from "./blocks.js";
import { Clusters, directoryBehind, type Machine } from "./clusters.js";
import { type Fault, writeFaults } from "./faults.js";
import type { Block, CloudRules, Value } from "./model.js";
import { SimulatedType } from "./provider/resource.js";
import { toProperties } from "./provider/values.js";
import type { PackageSchema } from "./schema/shape.js";
import { CloudStore, type RecordedCall, readJson, WorkingState } from "./store.js";
import type { SimulatedResource } from "./world.js";

/** What a test sees of one simulated cloud, and does to it behind Pulumi's back. */
export class SimulatedCloud {
  readonly #store: CloudStore;
  readonly #clusters: Clusters;

  constructor(
    readonly directory: string,
    readonly rules: CloudRules,
    readonly machine: Machine,
    /** The provider's configuration, for example `{region: "eu-west-1"}`. */
    readonly configuration: Block,
  ) {
    this.#store = new CloudStore(directory, rules.cloud);
    this.#clusters = new Clusters(rules, this.#store, machine);
  }

  /** Every call of this cloud's plugins and credential helpers, in the order of their answers. */
  calls(operation?: string): readonly RecordedCall[] {
    return this.#store
      .calls()
      .filter((call) => call.cloud === this.rules.cloud && (operation === undefined || call.operation === operation));
  }

  /** What there is; with a token, or its end such as `Cluster`, only resources of that type. */
  resources(token?: string): readonly SimulatedResource[] {
    const { resources } = this.#store.read();
    return resources.filter((each) => token === undefined || each.token === token || each.token.endsWith(`:${token}`));
  }

  /** The one resource of a type and, where there are several, of a logical name. */
  resource(token: string, name?: string): SimulatedResource {
    const found = this.resources(token).filter((each) => name === undefined || each.name === name);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    throw new Error(
      `${found.length} simulated resources ${token} ${name ?? ""}: ${found.map(({ id }) => id).join(", ")}`,
    );
  }

  /** What goes wrong from now on, instead of what was set before; `[]` clears all. Shared by the clouds of a test. */
  setFaults(faults: readonly Fault[]): void {
    writeFaults(this.directory, faults);
  }

  /** Changes a resource as the cloud itself would: by property path, in what it was asked for and in what it gives. */
  async drift(resource: SimulatedResource, changes: Readonly<Record<string, Value>>): Promise<void> {
    const { token, id } = resource;
    await this.#store.change((before) => {
      const state = this.#working(before);
      const found = state.find(id, token);
      if (found === undefined) throw new Error(`there is no simulated ${token} ${id}`);
      let { inputs, outputs, access } = found;
      for (const [path, value] of Object.entries(changes)) {
        outputs = withValue(outputs, path.split("."), value);
        if ((path.split(".")[0] ?? "") in inputs) inputs = withValue(inputs, path.split("."), value);
        // A cluster's address is where its control plane is, whatever else its outputs say.
        if (path === "endpoint" && typeof value === "string" && access !== undefined)
          access = { ...access, endpoint: value };
      }
      state.put({ ...found, inputs, outputs, ...(access === undefined ? {} : { access }) });
      return { state: state.after(), result: undefined };
    });
    const pool = this.rules.resources[token]?.pool?.(this.resource(token, resource.name), this.#working());
    if (pool !== undefined) await this.#clusters.sync(pool.cluster, new AbortController().signal);
  }

  /** Makes a resource that no program knows of, as somebody's hand would: a network to be brought along. */
  async add(token: string, name: string, inputs: Block): Promise<SimulatedResource> {
    const resource = this.rules.resources[token];
    const schema = readJson<PackageSchema>(this.machine.schemas[this.rules.package] ?? "");
    const shape = schema?.resources[token];
    const settings = this.rules.settings(this.configuration);
    if (resource === undefined || schema === undefined || shape === undefined) throw new Error(`no rules for ${token}`);
    if ("message" in settings) throw new Error(settings.message);
    const type = new SimulatedType({
      rules: this.rules,
      schema,
      store: this.#store,
      clusters: this.#clusters,
      versions: this.machine.versions,
      settings: () => settings,
      token,
      resource,
      shape,
    });
    const urn = `urn:pulumi:by-hand::by-hand::${token}::${name}`;
    const operation = { signal: new AbortController().signal, status: () => undefined, note: async () => undefined };
    const { id } = await type.create({ urn, inputs: toProperties(inputs, {}), preview: false }, operation);
    const made = this.resources(token).find((each) => each.id === id);
    if (made === undefined) throw new Error(`${token} ${id} was not kept`);
    return made;
  }

  /** Deletes resources as somebody's hand would, in use or not; the control plane behind a cluster goes too. */
  async remove(...doomed: readonly SimulatedResource[]): Promise<void> {
    for (const resource of doomed) {
      if (this.rules.resources[resource.token]?.cluster === undefined) continue;
      await this.#clusters.destroy(resource, new AbortController().signal);
    }
    await this.#store.change((before) => {
      const state = this.#working(before);
      for (const resource of doomed) state.remove(resource);
      return { state: state.after(), result: undefined };
    });
  }

  /** The files of the control plane behind a cluster. */
  layout(cluster: SimulatedResource): Layout {
    return new Layout(directoryBehind(this.directory, cluster));
  }

  /** The API server behind a cluster, as its administrator; close the client after use. */
  async api(cluster: SimulatedResource): Promise<ApiClient> {
    const directory = directoryBehind(this.directory, cluster);
    const port = (await observeCluster(directory))?.ports["kube-apiserver"];
    if (port === undefined) throw new Error(`nothing runs behind the simulated cluster ${cluster.id}`);
    return ApiClient.open(new Layout(directory), port, "admin");
  }

  /** What a complete destroy leaves none of; resources that were added by hand are not counted. */
  async leftovers(): Promise<readonly string[]> {
    const state = this.#store.read();
    const clusters = join(this.directory, "clusters");
    return [
      ...state.resources.filter(({ urn }) => !urn.includes("::by-hand::")).map(({ token, id }) => `${token} ${id}`),
      ...state.loadBalancers.map(({ cluster, service }) => `load balancer of ${service} of ${cluster}`),
      ...(await processesMarked(clusters)).map(({ pid, command }) => `process ${pid} ${command}`),
      ...entries(clusters).map((entry) => `control plane ${entry}`),
    ];
  }

  #working(before = this.#store.read()): WorkingState {
    return new WorkingState(this.rules, before, this.machine.versions);
  }
}

function withValue(within: Block, path: readonly string[], value: Value): Block {
  const [first = "", ...rest] = path;
  if (rest.length === 0) return { ...within, [first]: value };
  return { ...within, [first]: withValue(block(within, first) ?? {}, rest, value) };
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
