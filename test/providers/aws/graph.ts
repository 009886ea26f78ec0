import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { vi } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { resolveCluster } from "../../../src/components/cluster/resolve.js";
import { awsProvider } from "../../../src/providers/aws/index.js";
import type { ClusterSpec, ProvisionedCluster } from "../../../src/providers/contract.js";

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

type Mock = pulumi.runtime.MockResourceArgs;

const shortName = (urn: string): string => {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)?.split(":").at(-1)} ${name}`;
};

/** What AWS would add to a resource. */
export function outputsOf({ type, name, inputs }: Mock): Record<string, unknown> {
  const arn = `arn:aws:test:eu-central-1:111122223333:${type.split(":").at(-1)}/${name}`;
  const named = inputs["name"] ?? `${name}-0a1b2c3`;
  switch (type) {
    case "aws:eks/cluster:Cluster":
      return {
        arn: `arn:aws:eks:eu-central-1:111122223333:cluster/${inputs["name"]}`,
        endpoint: "https://0123456789.gr7.eu-central-1.eks.amazonaws.com",
        certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
        createdAt: "2026-11-01T00:00:00Z",
        identities: [{ oidcs: [{ issuer: "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789" }] }],
      };
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return { arn, latestVersion: 1 };
    case "aws:kms/key:Key":
      return { arn, keyId: `${name}-key-id` };
    default:
      return { arn, name: named };
  }
}

/** What AWS answers. */
export function invoke({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
  switch (token) {
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      // In no order, as nothing is promised.
      return { ...inputs, names: ["eu-central-1c", "eu-central-1a", "eu-central-1b"] };
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:eks/getAddonVersion:getAddonVersion":
      return { ...inputs, version: `v${inputs["kubernetesVersion"]}.1-eksbuild.1` };
    case "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider":
      return {
        ...inputs,
        arn: "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789",
      };
    default:
      throw new Error(`nobody expected the invoke ${token}`);
  }
}

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

/** The spec of arguments that nothing is wrong with. */
export const specOf = (args: Omit<ClusterArgs, "target">): ClusterSpec => resolveCluster({ ...args, target: "aws" });

/** Runs a program under mocks; gives back what it made, and what it registered. */
export async function underMocks<T>(program: (parent: pulumi.ComponentResource) => T) {
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

/** What the adapter registers for these arguments. */
export async function provision(args: Omit<ClusterArgs, "target">): Promise<Graph> {
  const spec = specOf(args);
  const { made, resources } = await underMocks((parent) => awsProvider.provision({ name: "shop", spec, parent }));
  return { resources, cluster: made };
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
