import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { vi } from "vitest";
import type { ClusterArgs, TypedClusterArgs } from "../../src/components/cluster/args.js";
import { Cluster } from "../../src/components/cluster.js";
import * as aws from "./aws/graph.js";
import { mocks as azure } from "./azure/graph.js";
import * as gcp from "./gcp/graph.js";

/** A resource as a whole stack registered it: the cluster's, those inside it, and the providers between. */
export interface StackResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the engine makes before it and deletes after it: dependencies and the provider. */
  readonly after: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly deletedWith: string;
}

/** Everything that one program registered, and every function that it called. */
export interface Stack<T> {
  readonly made: T;
  readonly resources: readonly StackResource[];
  readonly calls: readonly string[];
}

/** What of the engine's request is looked at, beside the inputs. */
interface Request {
  getType(): string;
  getName(): string;
  getDependenciesList(): string[];
  getProvider(): string;
  getIgnorechangesList(): string[];
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletedwith(): string;
}

/** What a cloud gives instead of what the mocks give, for resources of a type. */
export type Answers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const register = vi.spyOn(MockMonitor.prototype, "registerResource");

/** Runs a program under mocks of all three clouds. */
export async function stackOf<T>(program: () => T, answers: Answers = {}): Promise<Stack<T>> {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  const calls: string[] = [];
  register.mockClear();
  await pulumi.runtime.setMocks(
    {
      newResource: async (mock) => {
        registered.push(mock);
        const { id, state } = await answerOf(mock);
        const { id: otherId, ...other } = answers[mock.type] ?? {};
        return { id: typeof otherId === "string" ? otherId : id, state: { ...state, ...other } };
      },
      call: (call) => {
        calls.push(call.token);
        if (call.token.startsWith("azure-native:")) return azure.call(call);
        return call.token.startsWith("gcp:") ? gcp.invoke(call) : aws.invoke(call);
      },
    },
    "project",
    "stack",
  );
  const made = program();
  await settled(registered);
  // The runtime's own type of a request is `any`.
  const requests = new Map(
    (register.mock.calls as readonly unknown[][]).map(([request]) => {
      const typed = request as Request;
      return [`${typed.getType()} ${typed.getName()}`, typed];
    }),
  );
  const resources = registered.map(({ type, name, inputs }): StackResource => {
    const request = requests.get(`${type} ${name}`);
    if (request === undefined) throw new Error(`the engine was never asked for ${type} ${name}`);
    const provider = request.getProvider().split("::").slice(0, 4).join("::");
    return {
      type,
      name,
      inputs,
      after: [...request.getDependenciesList(), ...(provider === "" ? [] : [provider])].map(idOfUrn),
      ignoreChanges: request.getIgnorechangesList(),
      protect: request.getProtect(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      deletedWith: request.getDeletedwith(),
    };
  });
  return { made, resources, calls };
}

/** A cluster of a stack, with whatever is put into it. */
export const clusterStack = (
  args: ClusterArgs,
  inside: (cluster: Cluster) => void = () => {},
  { opts, answers }: { readonly opts?: pulumi.ComponentResourceOptions; readonly answers?: Answers } = {},
): Promise<Stack<Cluster>> =>
  stackOf(() => {
    // Tests vary arguments in ways that the union by target cannot follow.
    const cluster = new Cluster("shop", args as TypedClusterArgs, opts);
    inside(cluster);
    return cluster;
  }, answers);

async function answerOf(mock: pulumi.runtime.MockResourceArgs) {
  if (mock.type.startsWith("azure-native:")) return azure.newResource(mock);
  const state = mock.type.startsWith("gcp:") ? gcp.outputsOf(mock) : aws.outputsOf(mock);
  return { id: `${mock.name}-id`, state: { ...mock.inputs, ...state } };
}

async function settled(registered: readonly unknown[]): Promise<void> {
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    // A registration is some dozens of turns of promises, none of which waits for anything outside.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

function idOfUrn(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
}

/** Type and name: `aws:eks/cluster:Cluster shop`. */
export const idOf = ({ type, name }: Pick<StackResource, "type" | "name">): string => `${type} ${name}`;

/** The one resource of a type (its end, from a colon on) and, where there are several, a name. */
export function one(stack: Pick<Stack<unknown>, "resources">, type: string, name?: string): StackResource {
  const found = all(stack, type).filter((each) => name === undefined || each.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new Error(`${found.length} of ${type} ${name ?? ""} among ${stack.resources.map(idOf).join(", ")}`);
}

/** All resources whose type ends so. */
export const all = ({ resources }: Pick<Stack<unknown>, "resources">, type: string): readonly StackResource[] =>
  resources.filter((each) => each.type.endsWith(`:${type}`));

/** What is there before a resource, and deleted after it, at any remove. */
export function requiredBy({ resources }: Pick<Stack<unknown>, "resources">, from: StackResource): Set<string> {
  const found = new Set<string>();
  const visit = (resource: StackResource): void => {
    for (const id of resource.after) {
      if (found.has(id)) continue;
      found.add(id);
      resources.filter((each) => idOf(each) === id).forEach(visit);
    }
  };
  visit(from);
  return found;
}
