import { describe, expect, test } from "vitest";
import { awsProvider } from "../../../src/providers/aws/index.js";
import type { WorkloadIdentityRef } from "../../../src/providers/contract.js";
import { known, one, requiredBy, shortId } from "../mock-graph.js";
import { provision, underMocks } from "./graph.js";
import { modes } from "./modes.js";

const grants = [{ role: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }];

const granted = (cluster: WorkloadIdentityRef, name = "web") =>
  underMocks((parent) =>
    awsProvider.grantIdentity({
      name,
      parent,
      cluster,
      namespace: "shop",
      serviceAccount: "web",
      grants,
      tags: { owner: "shop" },
    }),
  );

describe("a workload's identity on AWS", () => {
  test("is a role that the cluster's agent hands to its service account", async () => {
    const { made, resources } = await granted({ clusterName: "project-stack-shop" });
    expect(resources.map(shortId)).toEqual([
      "PodIdentityAssociation web-identity",
      "Role web-identity",
      expect.stringMatching(/^RolePolicyAttachment web-identity-[0-9a-f]{6}$/),
    ]);
    expect(one({ resources }, "PodIdentityAssociation web-identity").inputs).toMatchObject({
      clusterName: "project-stack-shop",
      namespace: "shop",
      serviceAccount: "web",
    });
    const { inputs } = one({ resources }, "Role web-identity");
    expect(inputs["name"]).toBe("project-stack-web");
    expect(inputs["tags"]).toEqual({ owner: "shop", "isokube.dev/cluster": "project-stack-shop" });
    expect(inputs["assumeRolePolicy"]).toContain("pods.eks.amazonaws.com");
    expect(made).toMatchObject({ serviceAccountAnnotations: {}, podLabels: {} });
    expect(made.resources).toHaveLength(2);
  });

  test("is taken by the service account's token where no agent runs", async () => {
    const issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789";
    const { made, resources } = await granted({ clusterName: "project-stack-shop", issuer });
    expect(resources.some(({ type }) => type.endsWith("PodIdentityAssociation"))).toBe(false);
    const policy = JSON.parse(String(one({ resources }, "Role web-identity").inputs["assumeRolePolicy"]));
    expect(policy.Statement[0]).toMatchObject({
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "oidc.eks.eu-central-1.amazonaws.com/id/0123456789:sub": "system:serviceaccount:shop:web",
          "oidc.eks.eu-central-1.amazonaws.com/id/0123456789:aud": "sts.amazonaws.com",
        },
      },
    });
    expect(made.serviceAccountAnnotations).toHaveProperty(["eks.amazonaws.com/role-arn"]);
  });

  test("keeps to the cluster's boundary, and to the length of a role's name", async () => {
    const name = `${"w".repeat(40)}-${"x".repeat(22)}`;
    const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
    const { resources } = await granted({ clusterName: "shop", permissionsBoundary }, name);
    const { inputs } = one({ resources }, `Role ${name}-identity`);
    expect(inputs["permissionsBoundary"]).toBe(permissionsBoundary);
    expect(String(inputs["name"]).length).toBeLessThanOrEqual(64);
  });

  test("of controllers on Fargate is by token too, because no agent runs there", async () => {
    const fargate = await provision(modes.fargate);
    expect(fargate.resources.filter(({ type }) => type.endsWith("PodIdentityAssociation"))).toEqual([]);
    expect(requiredBy(fargate, "OpenIdConnectProvider shop")).toContain("Cluster shop");
    expect(fargate.cluster.workloadIdentity).toHaveProperty("issuer");
    const pools = await provision(modes.pools);
    expect(pools.cluster.workloadIdentity).not.toHaveProperty("issuer");
  });
});

describe("what tells one cluster on AWS from another", () => {
  test("is its ARN and the moment it was made, not its kubeconfig", async () => {
    const { cluster } = await provision(modes.auto);
    expect(await known(cluster.identity)).toBe(
      "arn:aws:eks:eu-central-1:111122223333:cluster/project-stack-shop@2026-11-01T00:00:00Z",
    );
  });
});
