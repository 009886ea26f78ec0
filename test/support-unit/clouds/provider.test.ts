import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PropertyMap } from "../../../src/plugin/properties.js";
import { unknown } from "../../../src/plugin/properties.js";
import { PartialFailure } from "../../../src/plugin/resource.js";
import { awsRules } from "../../support/clouds/aws/index.js";
import { text } from "../../support/clouds/blocks.js";
import { Clusters } from "../../support/clouds/clusters.js";
import { writeFaults } from "../../support/clouds/faults.js";
import { checkInputs } from "../../support/clouds/provider/check.js";
import { ignoring } from "../../support/clouds/provider/compare.js";
import type { ResourceContext } from "../../support/clouds/provider/context.js";
import { SimulatedType } from "../../support/clouds/provider/resource.js";
import { toBlock } from "../../support/clouds/provider/values.js";
import { readPackage } from "../../support/clouds/schema/read.js";
import type { PackageSchema } from "../../support/clouds/schema/shape.js";
import { CloudStore } from "../../support/clouds/store.js";

const sdk = resolve(dirname(fileURLToPath(import.meta.url)), "../../../node_modules/@pulumi/aws");
const vpc = "aws:ec2/vpc:Vpc";
const subnet = "aws:ec2/subnet:Subnet";
const role = "aws:iam/role:Role";
const settings = { region: "eu-west-1", account: "123456789012", tenant: "", zone: "" };
const operation = { signal: new AbortController().signal, status: () => undefined, note: async () => undefined };

let schema: PackageSchema;
let directory: string;
let store: CloudStore;

beforeAll(() => {
  schema = readPackage(sdk, [vpc, subnet, role]);
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "isokube-clouds-"));
  store = new CloudStore(directory, "aws");
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function context(token: string): ResourceContext {
  const [resource, shape] = [awsRules.resources[token], schema.resources[token]];
  if (resource === undefined || shape === undefined) throw new Error(`no ${token}`);
  const machine = { versions: {}, binaries: {}, schemas: {}, loadBalancers: "" };
  const clusters = new Clusters(awsRules, store, machine);
  return { rules: awsRules, schema, store, clusters, versions: {}, settings: () => settings, token, resource, shape };
}

const urnOf = (token: string, name = "shop"): string => `urn:pulumi:dev::test::${token}::${name}`;
const create = (token: string, inputs: PropertyMap, name?: string) =>
  new SimulatedType(context(token)).create({ urn: urnOf(token, name), inputs, preview: false }, operation);
const remove = (token: string, id: string) =>
  new SimulatedType(context(token)).delete({ urn: urnOf(token), id, oldInputs: undefined, oldOutputs: {} }, operation);

const block = { cidrBlock: "10.0.0.0/16" };

describe("the core of a simulated cloud", () => {
  test("in a preview knows what was given and nothing of what the cloud will add", async () => {
    const { outputs } = await new SimulatedType(context(vpc)).create(
      { urn: urnOf(vpc), inputs: block, preview: true },
      operation,
    );
    expect(outputs).toMatchObject({ ...block, arn: unknown, mainRouteTableId: unknown });
    expect(store.read().resources).toEqual([]);
  });

  test("gives a name as the provider does, the same as long as the program gives none", () => {
    const ask = (oldInputs: PropertyMap | undefined) =>
      checkInputs(context(role), {
        urn: urnOf(role),
        inputs: { assumeRolePolicy: '{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}' },
        oldInputs: oldInputs === undefined ? undefined : toBlock(oldInputs),
        randomSeed: new Uint8Array(),
      });
    const { added, refusals } = ask(undefined);
    expect(refusals).toEqual([]);
    expect(added["name"]).toMatch(/^shop-[0-9a-f]{7}$/);
    expect(ask({ name: text(added, "name") ?? "" }).added["name"]).toBe(added["name"]);
  });

  test("refuses to delete what is in use, and deletes it after its user", async () => {
    const network = await create(vpc, block);
    const part = await create(subnet, { vpcId: network.id, cidrBlock: "10.0.1.0/24", availabilityZone: "eu-west-1a" });
    await expect(remove(vpc, network.id)).rejects.toThrow(
      `DependencyViolation: ${network.id} is in use by Subnet ${part.id}`,
    );
    await remove(subnet, part.id);
    await remove(vpc, network.id);
    expect(store.read().resources).toEqual([]);
    expect(store.calls().map(({ operation: op, outcome }) => `${op} ${outcome}`)).toEqual([
      "create done",
      "create done",
      "delete refused",
      "delete done",
      "delete done",
    ]);
  });

  test.each([
    { title: "outside of the network", cidrBlock: "10.1.0.0/24", why: "InvalidSubnet.Range" },
    { title: "that another has", cidrBlock: "10.0.0.128/25", why: "InvalidSubnet.Conflict" },
  ])("refuses a subnet $title", async ({ cidrBlock, why }) => {
    const { id: vpcId } = await create(vpc, block);
    const availabilityZone = "eu-west-1a";
    await create(subnet, { vpcId, cidrBlock: "10.0.0.0/24", availabilityZone });
    await expect(create(subnet, { vpcId, cidrBlock, availabilityZone })).rejects.toThrow(why);
  });

  test("says what only a replacement can change", async () => {
    const diff = (after: PropertyMap) =>
      new SimulatedType(context(vpc)).diff({
        id: "vpc-1",
        oldInputs: { ...block, tags: { a: "1" } },
        oldOutputs: {},
        newInputs: after,
      });
    expect((await diff({ cidrBlock: "10.9.0.0/16", tags: { a: "1" } })).changes).toMatchObject([
      { path: "cidrBlock", replaces: true },
    ]);
    expect((await diff({ ...block, tags: { a: "2" } })).changes).toMatchObject([{ path: "tags.a", replaces: false }]);
  });

  test("keeps what a program changed by hand, but for what the program changes", async () => {
    const { id, outputs } = await create(vpc, { ...block, enableDnsSupport: true, tags: { a: "1" } });
    const before = { ...block, enableDnsSupport: true, tags: { a: "1" } };
    await store.change((state) => ({
      state: {
        ...state,
        resources: state.resources.map((each) => ({ ...each, inputs: { ...each.inputs, enableDnsSupport: false } })),
      },
      result: undefined,
    }));
    const newInputs = { ...before, tags: { a: "2" } };
    const request = { urn: urnOf(vpc), id, oldInputs: before, oldOutputs: outputs, newInputs, preview: false };
    await new SimulatedType(context(vpc)).update(request, operation);
    const found = await new SimulatedType(context(vpc)).read({
      urn: urnOf(vpc),
      id,
      oldInputs: newInputs,
      oldOutputs: outputs,
    });
    expect(found?.inputs).toMatchObject({ enableDnsSupport: false, tags: { a: "2" } });
  });

  test("gives ids to many callers at once without losing any", async () => {
    const made = await Promise.all(
      ["a", "b", "c", "d"].map((name) => create(role, { name, assumeRolePolicy: "{}" }, name)),
    );
    expect(
      store
        .read()
        .resources.map(({ id }) => id)
        .sort(),
    ).toEqual(made.map(({ id }) => id).sort());
  });
});

test("what is to be ignored compares as it was, wherever it lies", () => {
  const before = { size: { min: 1, desired: 2 }, tags: { a: "1" } };
  const after = { size: { min: 2, desired: 5 }, labels: { b: "1" } };
  expect(ignoring(["size.desired", "tags", "labels"], before, after)).toEqual({
    size: { min: 2, desired: 2 },
    tags: { a: "1" },
  });
});

describe("faults", () => {
  test("throttling happens as often as it was set, and leaves nothing", async () => {
    writeFaults(directory, [{ kind: "throttling", type: "Vpc", operation: "create", times: 2 }]);
    await expect(create(vpc, block)).rejects.toThrow("Rate exceeded");
    await expect(create(vpc, block)).rejects.toThrow("simulated aws");
    expect(store.read().resources).toEqual([]);
    await create(vpc, block);
  });

  test("a half-created resource is kept with its error, and the next update mends it", async () => {
    writeFaults(directory, [{ kind: "halfCreated", times: 1 }]);
    const failure = await create(vpc, block).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failure instanceof PartialFailure)) throw new Error("it was to fail half-way");
    expect(store.read().resources[0]?.broken).toContain("CREATE_FAILED");
    const { id, outputs } = failure;
    const request = { urn: urnOf(vpc), id, oldInputs: block, oldOutputs: outputs, newInputs: block, preview: false };
    await new SimulatedType(context(vpc)).update(request, operation);
    expect(store.read().resources[0]?.broken).toBeUndefined();
  });

  test("expired credentials refuse every call until they are renewed", async () => {
    writeFaults(directory, [{ kind: "credentialsExpired" }]);
    await expect(create(vpc, block)).rejects.toThrow("ExpiredToken");
    await expect(remove(vpc, "vpc-1")).rejects.toThrow("ExpiredToken");
    writeFaults(directory, []);
    await create(vpc, block);
  });
});
