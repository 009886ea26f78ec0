import type * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { resolveCluster } from "../../../src/components/cluster/resolve.js";
import { awsProvider } from "../../../src/providers/aws/index.js";
import type { ClusterSpec } from "../../../src/providers/contract.js";
import { type Graph, type Mock, runUnderMocks } from "../mock-graph.js";

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

/** The spec of arguments that nothing is wrong with. */
export const specOf = (args: Omit<ClusterArgs, "target">): ClusterSpec => resolveCluster({ ...args, target: "aws" });

/** Runs a program under these mocks; gives back what it made, and what it registered. */
export const underMocks = <T>(program: (parent: pulumi.ComponentResource) => T) =>
  runUnderMocks({ outputsOf, invoke }, program);

/** What the adapter registers for these arguments. */
export async function provision(args: Omit<ClusterArgs, "target">): Promise<Graph> {
  const spec = specOf(args);
  const { made, resources } = await underMocks((parent) => awsProvider.provision({ name: "shop", spec, parent }));
  return { resources, cluster: made };
}
