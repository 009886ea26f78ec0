import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { unknown } from "../../../src/plugin/properties.js";
import { clouds } from "../../support/clouds/clouds.js";
import type { Block } from "../../support/clouds/model.js";
import { schemaRefusals } from "../../support/clouds/schema/check.js";
import { declarationFile, readPackage } from "../../support/clouds/schema/read.js";
import type { PackageSchema } from "../../support/clouds/schema/shape.js";

const packages = resolve(dirname(fileURLToPath(import.meta.url)), "../../../node_modules/@pulumi");
const cluster = "aws:eks/cluster:Cluster";
const managed = "azure-native:containerservice:ManagedCluster";

let aws: PackageSchema;
let azure: PackageSchema;
beforeAll(() => {
  aws = readPackage(join(packages, "aws"), [cluster]);
  azure = readPackage(join(packages, "azure-native"), [managed]);
});

const enough = { roleArn: "arn:aws:iam::123456789012:role/shop", vpcConfig: { subnetIds: ["subnet-1"] } };
const said = (inputs: Block) => schemaRefusals(aws, cluster, inputs, { untyped: [], closed: false });

describe("what an SDK's declarations say a resource takes", () => {
  test("required and optional properties, nested ones in their blocks, and outputs", () => {
    const shape = aws.resources[cluster];
    expect(shape?.inputs["roleArn"]).toEqual({ type: { kind: "text" }, required: true });
    expect(shape?.inputs["version"]).toEqual({ type: { kind: "text" }, required: false });
    expect(aws.blocks["eks.ClusterVpcConfig"]?.["subnetIds"]).toEqual({
      type: { kind: "list", of: { kind: "text" } },
      required: true,
    });
    expect(shape?.outputs).toEqual(expect.arrayContaining(["endpoint", "certificateAuthority", "vpcConfig"]));
  });

  test("the values of enumerations, and whether others are let through", () => {
    expect(azure.blocks["containerservice.ManagedClusterSKUArgs"]?.["name"]?.type).toEqual({
      kind: "enum",
      values: ["Base", "Automatic"],
      open: true,
    });
  });

  test.each(Object.entries(clouds))(
    "of every resource that the rules of %s know, the SDK has the same token",
    (name, rules) => {
      for (const token of Object.keys(rules.resources)) {
        const { file } = declarationFile(join(packages, name), token);
        expect(readFileSync(file.replace(/\.d\.ts$/, ".js"), "utf8")).toContain(`__pulumiType = '${token}'`);
      }
    },
  );
});

describe("inputs against it", () => {
  test("pass when they fit, unknown values included", () => {
    expect(said(enough)).toEqual([]);
    expect(said({ roleArn: unknown, vpcConfig: unknown, tags: { owner: unknown } })).toEqual([]);
  });

  test("an unknown property is named with its path and the closest that there is", () => {
    expect(said({ ...enough, vpcConfig: { subnetIds: [], endpointPublicAcces: true } })).toEqual([
      { path: "vpcConfig.endpointPublicAcces", message: expect.stringContaining('"endpointPublicAccess"') },
    ]);
  });

  test("everything wrong is said at once", () => {
    const refusals = said({ vpcConfig: { subnetIds: "subnet-1" }, deletionProtection: "yes", tags: { team: 4 } });
    expect(refusals.map(({ path }) => path)).toEqual([
      "vpcConfig.subnetIds",
      "deletionProtection",
      "tags.team",
      "roleArn",
    ]);
  });

  test("a value outside of an enumeration is refused where the cloud takes no other", () => {
    const inputs = { resourceGroupName: "shop", sku: { name: "Cheap", tier: "standard" } };
    const how = { untyped: [], closed: true };
    expect(schemaRefusals(azure, managed, inputs, how)).toEqual([
      { path: "sku.name", message: expect.stringContaining("Base, Automatic") },
    ]);
    expect(schemaRefusals(azure, managed, inputs, { ...how, closed: false })).toEqual([]);
  });
});
