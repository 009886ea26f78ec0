import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { known, one, type Registered, requiredBy, shortId } from "../mock-graph.js";
import { provision } from "./graph.js";
import { inNetwork, modes } from "./modes.js";

const pools = await provision(modes.pools);
const auto = await provision(modes.auto);
const fargate = await provision(modes.fargate);

const ofType = (resources: readonly Registered[], type: string) =>
  resources.filter((resource) => shortId(resource).startsWith(`${type} `)).map(shortId);

const namesOf = (resources: readonly pulumi.Resource[] = []): Promise<string[]> =>
  Promise.all(resources.map(async ({ urn }) => (await known(urn)).split("::").at(-1) ?? ""));

describe("what comes before what, and is deleted after it", () => {
  test("add-ons that make nodes ready come before nodes, those that run on nodes after", () => {
    const nodes = requiredBy(pools, "NodeGroup shop-general");
    for (const addon of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
      expect(nodes).toContain(`Addon shop-${addon}`);
    }
    for (const addon of ["coredns", "aws-ebs-csi-driver", "metrics-server"]) {
      expect(requiredBy(pools, `Addon shop-${addon}`)).toContain("NodeGroup shop-general");
    }
    expect(requiredBy(fargate, "Addon shop-coredns")).toContain("FargateProfile shop-1");
  });

  test("nodes have a way out, and what they may do, before they start and until they are gone", () => {
    for (const [graph, node] of [
      [pools, "NodeGroup shop-general"],
      [fargate, "FargateProfile shop-1"],
    ] as const) {
      const first = requiredBy(graph, node);
      expect(first).toContain("NatGateway shop-nat-1");
      expect(first).toContain("RouteTableAssociation shop-private-3");
    }
    expect(requiredBy(pools, "NodeGroup shop-general")).toContain(
      "RolePolicyAttachment shop-node-AmazonEKSWorkerNodePolicy",
    );
  });

  test("the cluster's log group, key and permissions outlive it", () => {
    for (const graph of [pools, auto, fargate]) {
      const first = requiredBy(graph, "Cluster shop");
      for (const id of ["LogGroup shop", "Alias shop", "RolePolicy shop-cluster-logs", "RolePolicy shop-cluster-key"]) {
        expect(first).toContain(id);
      }
    }
    expect(requiredBy(auto, "Cluster shop")).toContain(
      "RolePolicyAttachment shop-cluster-AmazonEKSLoadBalancingPolicy",
    );
  });

  test("whatever is deployed inside waits for everything that runs it", async () => {
    for (const graph of [pools, auto, fargate]) {
      const foundations = await namesOf(graph.cluster.foundations);
      expect(foundations).toContain("shop");
      expect(foundations).toContain("shop-metrics-server");
      expect(foundations).toContain("shop-private-1");
    }
    expect(await namesOf(pools.cluster.foundations)).toEqual(
      expect.arrayContaining(["shop-general", "shop-load-balancers", "shop-autoscaler"]),
    );
  });

  test("every resource has a parent below the cluster's component", () => {
    for (const { resources } of [pools, auto, fargate]) {
      expect(resources.filter(({ parent }) => parent === "undefined undefined")).toEqual([]);
    }
  });

  test("a NAT gateway a zone survives the loss of a zone; one does where that is not asked for", async () => {
    const controlPlane = { ...modes.pools.controlPlane, highlyAvailable: false };
    const single = await provision({ ...modes.pools, controlPlane });
    expect(ofType(pools.resources, "NatGateway")).toHaveLength(3);
    expect(ofType(single.resources, "NatGateway")).toEqual(["NatGateway shop-nat-1"]);
    // The same tables either way, so that turning it on changes routes alone.
    expect(ofType(single.resources, "RouteTable")).toEqual(ofType(pools.resources, "RouteTable"));
    expect(one(single, "Route shop-private-3").inputs).toMatchObject({ natGatewayId: "shop-nat-1-id" });
  });

  test("a network that was brought along gets no resource of its own", async () => {
    const { resources } = await provision(inNetwork(modes.pools, "brought"));
    expect(resources.filter(({ type }) => type.startsWith("aws:ec2/")).map(shortId)).toEqual([
      "LaunchTemplate shop-batch",
      "LaunchTemplate shop-general",
      "LaunchTemplate shop-vision",
    ]);
  });

  test("all that takes tags says which cluster it belongs to", () => {
    const untaggable = /:(Route|RouteTableAssociation|RolePolicy|RolePolicyAttachment|AccessPolicyAssociation|Alias)$/;
    for (const { resources } of [pools, auto, fargate]) {
      for (const resource of resources.filter(({ type }) => !untaggable.test(type))) {
        expect(resource.inputs["tags"], shortId(resource)).toMatchObject({
          owner: "shop",
          "isokube.dev/cluster": "project-stack-shop",
        });
      }
    }
  });

  test("every role is bounded where a boundary is given", () => {
    const roles = fargate.resources.filter(({ type }) => type.endsWith(":Role"));
    expect(roles.length).toBeGreaterThan(2);
    for (const role of roles) {
      expect(role.inputs["permissionsBoundary"], shortId(role)).toBe("arn:aws:iam::111122223333:policy/boundary");
    }
  });
});
