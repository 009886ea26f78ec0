import { messageOf } from "../core/message-of.js";
import { completeRecord } from "./complete-record.js";
import { readIfPresent, writeFileAtomic } from "./files.js";
import { type Layout, type Ports, portNames } from "./layout.js";
import { componentNames, type LocalBinaries, type LocalClusterSpec, type LocalPoolSpec } from "./spec.js";

const format = 1;

/**
 * What a cluster is meant to be, written before anything is started. Whoever
 * finds the directory after a crash knows from it what to look for and to mend.
 */
export interface ClusterRecord {
  readonly spec: LocalClusterSpec;
  readonly ports: Ports;
  readonly binaries: LocalBinaries;
  /** Whether the Secrets in etcd were last rewritten with encryption on. */
  readonly secretsEncrypted: boolean;
}

export function readRecord(layout: Layout): ClusterRecord | undefined {
  const content = readIfPresent(layout.record);
  return content === undefined ? undefined : parseRecord(content.toString("utf8"), layout.record);
}

export function writeRecord(layout: Layout, record: ClusterRecord): void {
  writeFileAtomic(layout.record, `${JSON.stringify({ format, ...record }, undefined, 2)}\n`);
}

/** @throws when the text is not a record this version understands, naming the file and the field. */
export function parseRecord(text: string, path: string): ClusterRecord {
  const reader = new Reader(path, parseJson(text, path));
  const found = reader.number("format");
  if (found !== format)
    throw new Error(`${path}: format ${found} is not ${format}: it was written by another version of isokube`);
  const spec = reader.object("spec");
  const ports = reader.object("ports");
  const binaries = reader.object("binaries");
  return {
    spec: {
      id: spec.string("id"),
      dataDirectory: spec.string("dataDirectory"),
      owner: spec.string("owner"),
      kubernetesVersion: spec.string("kubernetesVersion"),
      pools: spec.array("pools").map(parsePool),
      podCidr: spec.string("podCidr"),
      serviceCidr: spec.string("serviceCidr"),
      auditLogs: spec.boolean("auditLogs"),
      secretsEncryption: spec.boolean("secretsEncryption"),
      hpaSyncPeriodSeconds: spec.number("hpaSyncPeriodSeconds"),
      hpaDownscaleStabilizationSeconds: spec.number("hpaDownscaleStabilizationSeconds"),
      metricsResolutionSeconds: spec.number("metricsResolutionSeconds"),
    },
    ports: completeRecord(portNames, (name) => ports.number(name)),
    binaries: completeRecord(componentNames, (name) => binaries.string(name)),
    secretsEncrypted: reader.boolean("secretsEncrypted"),
  };
}

function parsePool(pool: Reader): LocalPoolSpec {
  const arch = pool.string("arch");
  if (arch !== "amd64" && arch !== "arm64") throw pool.wrong("arch", "amd64 or arm64");
  return {
    name: pool.string("name"),
    count: pool.number("count"),
    cpu: pool.string("cpu"),
    memory: pool.string("memory"),
    arch,
    labels: pool.object("labels").strings(),
    ...(pool.has("standardLabels") ? { standardLabels: pool.object("standardLabels").strings() } : {}),
    taints: pool.array("taints").map((taint) => ({
      key: taint.string("key"),
      effect: taint.string("effect"),
      ...(taint.has("value") ? { value: taint.string("value") } : {}),
    })),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${messageOf(error)}`);
  }
}

/** Reads fields of parsed JSON, naming file and field when one is not what it should be. */
class Reader {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(
    readonly path: string,
    value: unknown,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${path}: not an object`);
    this.#fields = new Map(Object.entries(value));
  }

  wrong(name: string, expected: string): Error {
    return new Error(`${this.path}: ${name} is not ${expected}`);
  }
  has(name: string): boolean {
    return this.#fields.has(name);
  }
  string(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== "string") throw this.wrong(name, "a string");
    return value;
  }
  number(name: string): number {
    const value = this.#fields.get(name);
    if (typeof value !== "number") throw this.wrong(name, "a number");
    return value;
  }
  boolean(name: string): boolean {
    const value = this.#fields.get(name);
    if (typeof value !== "boolean") throw this.wrong(name, "true or false");
    return value;
  }
  object(name: string): Reader {
    return new Reader(`${this.path}: ${name}`, this.#fields.get(name));
  }
  array(name: string): readonly Reader[] {
    const value = this.#fields.get(name);
    if (!Array.isArray(value)) throw this.wrong(name, "a list");
    return value.map((item, index) => new Reader(`${this.path}: ${name}[${index}]`, item));
  }
  strings(): Record<string, string> {
    return Object.fromEntries([...this.#fields.keys()].map((name) => [name, this.string(name)]));
  }
}
