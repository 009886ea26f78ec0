import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { vi } from "vitest";
import type { ProvisionedCluster } from "../../src/providers/contract.js";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: string;
  /** Everything it waits for, named outright or through an input. */
  readonly dependsOn: readonly string[];
  readonly ignoreChanges?: readonly string[];
}

/** What a run under Pulumi's mocks registered, by `<type> <name>` with the type's last part. */
export interface Graph {
  readonly resources: readonly Registered[];
  readonly cluster: ProvisionedCluster;
}

export type Mock = pulumi.runtime.MockResourceArgs;

const shortName = (urn: string): string => {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)?.split(":").at(-1)} ${name}`;
};

class Component extends pulumi.ComponentResource {
  constructor(name: string) {
    super("isokube:index:Cluster", name);
  }
}

/** What of the engine's request is looked at, beside the inputs. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
}

const keyOf = ({ type, name }: { readonly type: string; readonly name: string }): string => `${type} ${name}`;

/** What one cloud's mocks answer. */
export interface CloudAnswers {
  /** What the cloud would add to a resource. */
  readonly outputsOf: (mock: Mock) => Record<string, unknown>;
  readonly invoke: (call: pulumi.runtime.MockCallArgs) => Record<string, unknown>;
}

/** Runs a program under a cloud's mocks; gives back what it made, and what it registered. */
export async function runUnderMocks<T>(
  { outputsOf, invoke }: CloudAnswers,
  program: (parent: pulumi.ComponentResource) => T,
) {
  const requests = new Map<string, Request>();
  const registered: Mock[] = [];
  const register = vi.spyOn(MockMonitor.prototype, "registerResource");
  await pulumi.runtime.setMocks(
    {
      newResource(mock: Mock) {
        if (mock.custom === true) registered.push(mock);
        return { id: `${mock.name}-id`, state: { ...mock.inputs, ...outputsOf(mock) } };
      },
      call: invoke,
    },
    "project",
    "stack",
  );
  const made = program(new Component("shop"));
  await settled(registered);
  // The runtime's own type of a request is `any`.
  for (const [request] of register.mock.calls as readonly [Request, unknown][]) {
    requests.set(keyOf({ type: request.getType(), name: request.getName() }), request);
  }
  register.mockRestore();
  const resources = registered.map(({ type, name, inputs }): Registered => {
    const request = requests.get(keyOf({ type, name }));
    if (request === undefined) throw new Error(`no request of ${type} ${name}`);
    const ignoreChanges = request.getIgnorechangesList();
    return {
      type,
      name,
      inputs,
      parent: shortName(request.getParent()),
      dependsOn: [...new Set(request.getDependenciesList().map(shortName))].sort(),
      ...(ignoreChanges.length === 0 ? {} : { ignoreChanges }),
    };
  });
  return { made, resources: resources.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
}

async function settled(registered: readonly unknown[]): Promise<void> {
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    // A registration is some dozens of turns of promises, none of which waits for anything outside.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Everything that must be there before a resource, at any remove. */
export function requiredBy({ resources }: Pick<Graph, "resources">, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (at: string): void => {
    const resource = resources.find((each) => shortId(each) === at);
    if (resource === undefined) throw new Error(`no ${at} among ${resources.map(shortId).join(", ")}`);
    for (const dependency of resource.dependsOn) {
      if (found.has(dependency)) continue;
      found.add(dependency);
      visit(dependency);
    }
  };
  visit(id);
  return found;
}

/** The last part of the type, and the name: `Cluster shop`. */
export const shortId = ({ type, name }: Registered): string => `${type.split(":").at(-1)} ${name}`;

/** The one resource of that short id. */
export function one({ resources }: Pick<Graph, "resources">, id: string): Registered {
  const found = resources.find((resource) => shortId(resource) === id);
  if (found === undefined) throw new Error(`no ${id} among ${resources.map(shortId).join(", ")}`);
  return found;
}

/** A value once it is known. */
export const known = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((done) => output.apply((value) => done(value)));
