import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { vi } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { azureProvider } from "../../../src/providers/azure/index.js";
import type { ClusterSpec, ProvisionedCluster } from "../../../src/providers/contract.js";

/** One resource as the engine is told of it, but for what only the run decides. */
export interface GraphNode {
  readonly resource: string;
  readonly inputs: unknown;
  /** What must be there before it, beside its parent. */
  readonly after: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What was registered, as Pulumi's mocks have it, and as the engine was asked. */
const registered: { readonly resource: string; readonly inputs: unknown }[] = [];
const register = vi.spyOn(MockMonitor.prototype, "registerResource");

/** The calls that were made. */
export const calls: { token: string; args: Record<string, unknown> }[] = [];

const subscription = "11111111-1111-1111-1111-111111111111";
export const tenant = "22222222-2222-2222-2222-222222222222";
export const callerId = "33333333-3333-3333-3333-333333333333";

const issued = [
  "apiVersion: v1",
  "clusters:",
  "- cluster:",
  `    certificate-authority-data: ${Buffer.from("an authority").toString("base64")}`,
  "    server: https://shop-abc.hcp.westeurope.azmk8s.io:443",
  "  name: shop",
  "users:",
  "- name: clusterUser",
  "  user: { exec: { command: kubelogin, args: [get-token, --login, devicecode] } }",
].join("\n");

const outputsOf: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  "azure-native:containerservice:ManagedCluster": (name) => ({
    name,
    location: "westeurope",
    currentKubernetesVersion: "1.35.4",
    oidcIssuerProfile: { enabled: true, issuerURL: "https://westeurope.oic.prod-aks.azure.com/t/i/" },
  }),
  "azure-native:managedidentity:UserAssignedIdentity": (name) => ({
    name,
    clientId: "44444444-aaaa-4444-4444-444444444444",
    principalId: "55555555-5555-5555-5555-555555555555",
  }),
  "azure-native:keyvault:Key": (name) => ({ name, keyUriWithVersion: `https://kv.vault.azure.net/keys/${name}/1` }),
  "azure-native:resources:ResourceGroup": (name) => ({ name, location: "westeurope" }),
};

/** Answers as Azure would, and writes down what was asked. */
export const mocks: pulumi.runtime.Mocks = {
  newResource: ({ type, name, inputs }) => {
    const made = { name, ...outputsOf[type]?.(name) };
    if (type.startsWith("azure-native:")) registered.push({ resource: `${short(type)} ${name}`, inputs });
    return { id: `/${short(type)}/${name}`, state: { ...inputs, ...made } };
  },
  call: ({ token, inputs }) => {
    calls.push({ token, args: inputs });
    if (token === "azure-native:authorization:getClientConfig") {
      return { subscriptionId: subscription, tenantId: tenant, objectId: callerId, clientId: callerId };
    }
    if (token === "azure-native:keyvault:getKey") return { keyUriWithVersion: "https://own.vault/keys/k/7" };
    if (token === "azure-native:containerservice:listManagedClusterUserCredentials") {
      return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(issued).toString("base64") }] };
    }
    throw new Error(`nothing answers ${token}`);
  },
};

/** Starts to answer as Azure would. */
export async function startRecording(): Promise<void> {
  await pulumi.runtime.setMocks(mocks, "shop", "test");
}

/** What of the engine's request is looked at. */
interface Request {
  getType(): string;
  getName(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
}

function nodesOfRun(): GraphNode[] {
  const asked: readonly unknown[][] = register.mock.calls;
  const requests = new Map(
    asked.map(([request]) => {
      const typed = request as Request;
      return [`${short(typed.getType())} ${typed.getName()}`, typed];
    }),
  );
  return registered.map(({ resource, inputs }) => {
    const request = requests.get(resource);
    if (request === undefined) throw new Error(`the engine was never asked for ${resource}`);
    const options = optionsOf(request);
    return {
      resource,
      inputs: shown(inputs),
      after: request.getDependenciesList().map(shortUrn).sort(),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    };
  });
}

function optionsOf(request: Request): Record<string, unknown> {
  return {
    ...(request.getIgnorechangesList().length > 0 ? { ignoreChanges: request.getIgnorechangesList() } : {}),
    ...(request.getProtect() ? { protect: true } : {}),
    ...(request.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
  };
}

const short = (type: string): string => type.split(":").slice(1).join(":");

/** `urn:pulumi:test::shop::isokube:index:Cluster$azure-native:network:Subnet::shop-nodes` as `network:Subnet shop-nodes`. */
function shortUrn(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${short(types.split("$").at(-1) ?? types)} ${name}`;
}

/** Inputs as plain data with sorted keys, so that a golden file reads well. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, shown(inner)]),
  );
}

class Parent extends pulumi.ComponentResource {
  constructor(name: string) {
    super("isokube:index:Cluster", name);
  }
}

/** The spec of arguments that have nothing wrong with them. */
export function specOf(args: ClusterArgs): ClusterSpec {
  const { spec, problems } = checkCluster("shop", args);
  if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2));
  return spec;
}

/** Provisions a cluster and gives back what the engine was told, ordered by name. */
export async function graphOf(
  args: ClusterArgs,
  beside: (parent: pulumi.ComponentResource) => void = () => {},
): Promise<{ graph: GraphNode[]; cluster: ProvisionedCluster }> {
  registered.length = 0;
  calls.length = 0;
  register.mockClear();
  const spec = specOf(args);
  const parent = new Parent("shop");
  beside(parent);
  const cluster = azureProvider.provision({ name: "shop", spec, parent });
  await known(pulumi.all([cluster.kubeconfig, cluster.report]));
  await settled();
  return { graph: nodesOfRun().sort((a, b) => (a.resource < b.resource ? -1 : 1)), cluster };
}

export const known = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((done) => {
    output.apply((value) => done(value));
  });

/** Waits until no resource has been registered for a while; everything runs in this process. */
async function settled(): Promise<void> {
  let seen = -1;
  while (seen !== registered.length) {
    seen = registered.length;
    await new Promise((next) => setTimeout(next, 10));
  }
}
