import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { TypedWorkloadArgs } from "../../src/components/workload/typed-args.js";
import {
  type Cloud,
  channelled,
  clouds,
  clusterWith,
  everyCluster,
  pooled,
  poolsOfEveryCloud,
  put,
  serverless,
  words,
} from "./pains-clouds.js";
import { all, idOf, one, requiredBy, type Stack, type StackResource, stackOf } from "./stack.js";

// What users of other tools suffer on managed clouds, one test or group a pain. What only an engine can show of
// them is in test/clouds: the order of a destroy, drift, and what becomes of state.

beforeEach(() => vi.stubEnv("ISOKUBE_CHARTS", ""));

const namesOf = (resources: readonly StackResource[]): string[] => resources.map(idOf);

describe("9. an automatic upgrade shows as drift", () => {
  const { aws, azure, gcp } = words;
  test("aws: a minor is pinned for as long as AWS supports it, patches are no input", async () => {
    const stack = await clusterWith(pooled.aws);
    expect(one(stack, aws.cluster).inputs).toMatchObject({
      version: "1.35",
      upgradePolicy: { supportType: "EXTENDED" },
    });
    expect(one(stack, aws.pool, "shop-general").inputs).not.toHaveProperty("releaseVersion");
  });

  test("azure: a pinned minor gets patches only; with a channel no version is an input", async () => {
    const fixed = one(await clusterWith(pooled.azure), azure.cluster);
    expect(fixed.inputs).toMatchObject({ kubernetesVersion: "1.35", autoUpgradeProfile: { upgradeChannel: "patch" } });
    const stack = await clusterWith(channelled("azure"));
    const followed = one(stack, azure.cluster);
    expect(followed.inputs).not.toHaveProperty("kubernetesVersion");
    expect(followed.ignoreChanges).toContain("kubernetesVersion");
    expect(one(stack, azure.pool, "shop-general").ignoreChanges).toContain("orchestratorVersion");
  });

  test("gcp: a pinned minor is a floor with a lid, and what runs is not compared", async () => {
    const stack = await clusterWith(pooled.gcp);
    const cluster = one(stack, gcp.cluster);
    expect(cluster.inputs).toMatchObject({
      minMasterVersion: "1.35",
      maintenancePolicy: { maintenanceExclusions: [{ exclusionOptions: { scope: "NO_MINOR_UPGRADES" } }] },
    });
    expect(cluster.ignoreChanges).toContain("nodeVersion");
    expect(one(stack, gcp.pool, "shop-general").ignoreChanges).toContain("version");
    const followed = one(await clusterWith(channelled("gcp")), gcp.cluster);
    expect(followed.inputs).toMatchObject({ releaseChannel: { channel: "STABLE" } });
    expect(followed.inputs).not.toHaveProperty("minMasterVersion");
  });

  test.each(clouds)("%s: a version and a channel together are refused", async (cloud) => {
    await expect(clusterWith({ ...pooled[cloud], releaseChannel: "stable" })).rejects.toThrow(
      /kubernetesVersion|releaseChannel/,
    );
  });
});

describe("10. immutable fields of a pool mean downtime", () => {
  const { general } = poolsOfEveryCloud;
  test.each(clouds)("%s: the new pool is there before the old one goes", async (cloud) => {
    const { pool: type, poolName, longestPoolName } = words[cloud];
    const poolWith = async (change: Readonly<Record<string, unknown>>) =>
      one(
        await clusterWith({ ...pooled[cloud], pools: { general: { ...general, ...change }, other: general } }),
        type,
        "shop-general",
      );
    const nameOf = async (change: Readonly<Record<string, unknown>>) => (await poolWith(change)).inputs[poolName];
    const before = await nameOf({});
    expect(String(before).length).toBeLessThanOrEqual(longestPoolName);
    for (const fixed of [{ cpu: 8, memory: "32Gi" }, { arch: "arm64" }, { spot: true }]) {
      expect(await nameOf(fixed), JSON.stringify(fixed)).not.toBe(before);
    }
    for (const free of [{ max: 20 }, { labels: { team: "shop" } }]) {
      expect(await nameOf(free), JSON.stringify(free)).toBe(before);
    }
    expect((await poolWith({})).deleteBeforeReplace).toBe(false);
  });
});

describe("11. a disruption budget blocks upgrades", () => {
  const workloadOn = (target: Cloud, args: Partial<TypedWorkloadArgs>) =>
    stackOf(() => put(args)({ target, kubeconfig: "{}" }));
  describe.each(clouds)("%s", (cloud) => {
    test.each([
      ["one pod", { scaling: { fixed: 1 } }, 1],
      ["two pods", { scaling: { fixed: 2 } }, 2],
      ["an autoscaler's fewest", { scaling: { auto: { min: 1, max: 3, cpu: 60 } } }, 1],
      ["all but one must stay", { scaling: { fixed: 3 }, disruption: { minAvailable: 2 } }, 3],
    ] as const)("lets a pod go: %s", async (_, args, pods) => {
      const stack = await workloadOn(cloud, args);
      const { spec } = one(stack, "policy/v1:PodDisruptionBudget").inputs as { spec: Readonly<Record<string, number>> };
      expect(spec["maxUnavailable"] ?? pods - (spec["minAvailable"] ?? pods)).toBeGreaterThanOrEqual(1);
    });

    test.each([
      [{ scaling: { fixed: 2 }, disruption: { minAvailable: 2 } }],
      [{ scaling: { fixed: 1 }, disruption: { maxUnavailable: 0 } }],
    ] as const)("is refused when it lets none go: %j", async (args) => {
      await expect(workloadOn(cloud, args)).rejects.toThrow("no node can be drained");
    });
  });
});

describe("12. add-ons in the wrong order stay degraded", () => {
  test("aws: what makes nodes ready comes before nodes, what runs on them after", async () => {
    const stack = await clusterWith(pooled.aws);
    for (const pool of all(stack, words.aws.pool)) {
      for (const addon of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
        expect([...requiredBy(stack, pool)]).toContain(`aws:eks/addon:Addon shop-${addon}`);
      }
      for (const addon of ["coredns", "aws-ebs-csi-driver", "metrics-server"]) {
        const first = requiredBy(stack, one(stack, "eks/addon:Addon", `shop-${addon}`));
        expect([...first]).toContain(idOf(pool));
      }
    }
  });

  test.each(clouds)("%s: charts wait for nodes, and workloads for charts", async (cloud) => {
    const stack = await clusterWith(pooled[cloud], {});
    const releases = all(stack, "helm.sh/v3:Release");
    expect(releases).not.toEqual([]);
    for (const release of releases) {
      expect([...requiredBy(stack, release)]).toEqual(expect.arrayContaining(namesOf(all(stack, words[cloud].pool))));
    }
    expect([...requiredBy(stack, one(stack, "apps/v1:Deployment", "web"))]).toEqual(
      expect.arrayContaining(namesOf(releases)),
    );
  });
});

describe("13. credentials in state, and logins that wait for a person", () => {
  test.each(everyCluster)("%s: the kubeconfig is secret, and holds a command instead", async (_, cloud, args) => {
    const { made, calls } = await clusterWith(args);
    expect(await pulumi.isSecret(made.kubeconfig)).toBe(true);
    const text = await new Promise<string>((done) => made.kubeconfig.apply(done));
    const { users } = JSON.parse(text) as { users: { user: { exec: Record<string, unknown> } }[] };
    expect(users.map(({ user }) => Object.keys(user))).toEqual([["exec"]]);
    expect(users[0]?.user.exec).toMatchObject({ command: words[cloud].helper, interactiveMode: "Never" });
    expect(text).not.toMatch(/devicecode|interactive"?[,\s]|client-key|token"\s*:|password/);
    expect(calls.filter((token) => words[cloud].credentials.test(token))).toEqual([]);
  });

  test("azure: the cluster has no local accounts whose credentials could leak", async () => {
    const stack = await clusterWith(pooled.azure);
    expect(one(stack, words.azure.cluster).inputs).toMatchObject({
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRBAC: true },
    });
  });
});

describe("14. Auto Mode is switched on by half", () => {
  const { aws, azure, gcp } = words;
  test.each([
    ["on", serverless.aws, true],
    ["off", pooled.aws, false],
  ] as const)("aws: one word turns all of it %s", async (_, args, enabled) => {
    const stack = await clusterWith(args);
    expect(one(stack, aws.cluster).inputs).toMatchObject({
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled },
      storageConfig: { blockStorage: { enabled } },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled } },
    });
    const { inputs } = one(stack, "iam/role:Role", "shop-cluster");
    expect(String(inputs["assumeRolePolicy"]).includes("sts:TagSession")).toBe(enabled);
    const policies = namesOf(all(stack, "iam/rolePolicyAttachment:RolePolicyAttachment")).join(" ");
    for (const policy of ["Compute", "BlockStorage", "LoadBalancing", "Networking"]) {
      expect(policies.includes(`shop-cluster-AmazonEKS${policy}Policy`), policy).toBe(enabled);
    }
  });

  test("azure: one word chooses the kind of cluster and who makes nodes", async () => {
    const automatic = one(await clusterWith(serverless.azure), azure.cluster);
    expect(automatic.inputs).toMatchObject({ sku: { name: "Automatic" }, nodeProvisioningProfile: { mode: "Auto" } });
    const standard = one(await clusterWith(pooled.azure), azure.cluster);
    expect(standard.inputs).toMatchObject({ sku: { name: "Base" }, nodeProvisioningProfile: { mode: "Manual" } });
  });

  test("gcp: Autopilot is told nothing that only Standard takes", async () => {
    const stack = await clusterWith(serverless.gcp);
    const { inputs } = one(stack, gcp.cluster);
    expect(inputs).toMatchObject({ enableAutopilot: true });
    for (const property of ["nodeConfig", "removeDefaultNodePool", "initialNodeCount", "workloadIdentityConfig"]) {
      expect(inputs).not.toHaveProperty(property);
    }
    expect(all(stack, gcp.pool)).toEqual([]);
  });
});

describe("15. deletion protection differs from cloud to cloud", () => {
  const locks = (stack: Stack<unknown>) => all(stack, "authorization:ManagementLockByScope");
  test.each(everyCluster)("%s: one flag, said either way, and off unless asked", async (_, cloud, args) => {
    const { deletionProtection, ...unsaid } = args;
    expect(deletionProtection).toBe(true);
    for (const [given, isOn] of [
      [{ ...unsaid, deletionProtection: true }, true],
      [{ ...unsaid, deletionProtection: false }, false],
      [unsaid, false],
    ] as const) {
      const stack = await clusterWith(given);
      const cluster = one(stack, words[cloud].cluster);
      // Azure has no field for it: a lock keeps everybody from deleting, and Pulumi's protection this stack.
      if (cloud === "azure") expect([cluster.protect, locks(stack).length]).toEqual([isOn, isOn ? 1 : 0]);
      else expect(cluster.inputs["deletionProtection"]).toBe(isOn);
    }
  });
});
