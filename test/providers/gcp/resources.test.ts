import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { known, one, requiredBy, shortId } from "../mock-graph.js";
import { invoked, provision } from "./graph.js";
import { inNetwork, modes, small } from "./modes.js";

const pools = await provision(modes.pools);
const autopilot = await provision(modes.autopilot);

describe("what comes before what, and is deleted after it", () => {
  test("the cluster has a way out, a key it may use and an account for its nodes before it starts", () => {
    for (const graph of [pools, autopilot]) {
      const first = requiredBy(graph, "Cluster shop");
      for (const id of [
        "RouterNat shop-nat",
        "Firewall shop-webhooks",
        "CryptoKeyIAMMember shop-secrets-gke",
        "IAMMember shop-node-default",
      ]) {
        expect(first).toContain(id);
      }
    }
  });

  test("pools come after the cluster; whatever is deployed inside waits for both", async () => {
    expect(requiredBy(pools, "NodePool shop-general")).toContain("Cluster shop");
    const urns = await Promise.all((pools.cluster.foundations ?? []).map(({ urn }) => known(urn)));
    expect(urns.map((urn) => urn.split("::").at(-1))).toEqual([
      "shop",
      "shop-general",
      "shop-arm",
      "shop-batch",
      "shop-vision",
    ]);
  });

  test("a network that was brought along gets no resource of its own", async () => {
    const { resources } = await provision(inNetwork(modes.pools, "brought"));
    expect(resources.filter(({ type }) => type.startsWith("gcp:compute/"))).toEqual([]);
  });

  test("every resource has a parent below the cluster's component", () => {
    for (const { resources } of [pools, autopilot]) {
      expect(resources.filter(({ parent }) => parent === "undefined undefined").map(shortId)).toEqual([]);
    }
  });
});

describe("the cluster", () => {
  test("a pinned minor stays one: the floor, and an exclusion that lets only patches through", async () => {
    expect(one(pools, "Cluster shop").inputs).toMatchObject({
      minMasterVersion: "1.35",
      maintenancePolicy: {
        maintenanceExclusions: [
          { exclusionOptions: { scope: "NO_MINOR_UPGRADES", endTimeBehavior: "UNTIL_END_OF_SUPPORT" } },
        ],
      },
    });
    expect(await known(pools.cluster.version)).toBe("1.35.3");
  });

  test("a channel decides alone: no floor, no exclusion", async () => {
    const graph = await provision({ ...small, releaseChannel: "stable" });
    const { inputs } = one(graph, "Cluster shop");
    expect(inputs["releaseChannel"]).toEqual({ channel: "STABLE" });
    expect(inputs).not.toHaveProperty("minMasterVersion");
    expect(inputs).not.toHaveProperty("maintenancePolicy");
  });

  test("deletion protection is said either way, because the provider's default is true", async () => {
    expect(one(pools, "Cluster shop").inputs["deletionProtection"]).toBe(true);
    expect(one(await provision(small), "Cluster shop").inputs["deletionProtection"]).toBe(false);
  });

  test("Autopilot gets no setting of nodes but their account", () => {
    const { inputs } = one(autopilot, "Cluster shop");
    for (const setting of [
      "nodeConfig",
      "initialNodeCount",
      "removeDefaultNodePool",
      "nodeLocations",
      "addonsConfig",
    ]) {
      expect(inputs).not.toHaveProperty(setting);
    }
    expect(inputs["clusterAutoscaling"]).toMatchObject({
      autoProvisioningDefaults: { serviceAccount: expect.stringMatching(/^shop-nodes-[0-9a-f]{6}@my-project\.iam/) },
    });
    expect(autopilot.resources.filter(({ type }) => type.includes("nodePool"))).toEqual([]);
  });

  test("a cluster that need not be highly available is in one zone, its nodes in all", async () => {
    const { inputs } = one(await provision(small), "Cluster shop");
    expect(inputs["location"]).toBe("europe-west1-b");
    expect(inputs["nodeLocations"]).toEqual(["europe-west1-c", "europe-west1-d"]);
    expect(one(pools, "Cluster shop").inputs["location"]).toBe("europe-west1");
  });

  test("project and region come from the provider where nothing is said, and its token goes nowhere", async () => {
    invoked.length = 0;
    const graph = await provision({ pools: small.pools });
    expect(invoked).toContain("gcp:organizations/getClientConfig:getClientConfig");
    expect(one(graph, "Cluster shop").inputs["project"]).toBe("project-of-provider");
    expect(JSON.stringify(graph.resources)).not.toContain("ya29");
    expect(await pulumi.isSecret(graph.cluster.endpoint)).toBe(false);
  });

  test("encryption that is off is said to be off, and makes no key", async () => {
    const graph = await provision(small);
    expect(one(graph, "Cluster shop").inputs["databaseEncryption"]).toEqual({ state: "DECRYPTED" });
    expect(graph.resources.filter(({ type }) => type.startsWith("gcp:kms/"))).toEqual([]);
  });

  test("a key that was brought is used, and GKE may use it first", async () => {
    const encryptionKey = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const graph = await provision({ ...small, controlPlane: { encryptionKey } });
    expect(one(graph, "Cluster shop").inputs["databaseEncryption"]).toEqual({
      state: "ENCRYPTED",
      keyName: encryptionKey,
    });
    expect(graph.resources.filter(({ type }) => type.startsWith("gcp:kms/")).map(shortId)).toEqual([
      "CryptoKeyIAMMember shop-secrets-gke",
    ]);
  });

  test("a name that starts with a digit becomes one that Google Cloud takes", async () => {
    const graph = await provision(small, "3rd-shop");
    for (const { name } of graph.resources) expect(name).toMatch(/^[a-z]/);
    const { inputs } = one(graph, "Account k-3rd-shop-nodes");
    expect(inputs["accountId"]).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  });

  test("ids of accounts are short enough for the longest name, and differ", async () => {
    const ids: unknown[] = [];
    for (const name of ["a-very-long-name-of-a-cluster-1", "a-very-long-name-of-a-cluster-2"]) {
      ids.push(one(await provision(small, name), `Account ${name}-nodes`).inputs["accountId"]);
    }
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(String(id).length).toBeLessThanOrEqual(30);
  });
});

describe("pools", () => {
  test("sizes are totals over the zones, and nothing that the autoscaler moves is an input that can drift", () => {
    const { inputs, ignoreChanges } = one(pools, "NodePool shop-general");
    expect(inputs["autoscaling"]).toEqual({
      totalMinNodeCount: 2,
      totalMaxNodeCount: 10,
      locationPolicy: "BALANCED",
    });
    expect(inputs).not.toHaveProperty("nodeCount");
    expect(inputs).not.toHaveProperty("version");
    expect(ignoreChanges).toEqual(["initialNodeCount", "nodeCount", "version"]);
  });

  test("a fixed size that the zones do not divide is kept by the autoscaler, and started below the most", async () => {
    const graph = await provision({ ...small, pools: { general: { cpu: 2, memory: "8Gi", min: 2 } } });
    const { inputs } = one(graph, "NodePool shop-general");
    expect(inputs["autoscaling"]).toMatchObject({ totalMinNodeCount: 2, totalMaxNodeCount: 2 });
    expect(inputs["initialNodeCount"]).toBe(0);
  });

  test("a pool without nodes has no autoscaler, which GKE would refuse", async () => {
    const none = { cpu: 2, memory: "8Gi", min: 0, max: 0 };
    const graph = await provision({ ...small, pools: { ...small.pools, none } });
    expect(one(graph, "NodePool shop-none").inputs).not.toHaveProperty("autoscaling");
  });

  test.each([
    { what: "the machine", pool: { cpu: 8, memory: "32Gi" } },
    { what: "spot", pool: { cpu: 2, memory: "8Gi", spot: true } },
    { what: "the disk's size", pool: { cpu: 2, memory: "8Gi", disk: { size: "60Gi" } } },
    { what: "the disk's class", pool: { cpu: 2, memory: "8Gi", disk: { class: "fast" as const } } },
  ])("a change of $what names the pool anew, so the new one comes before the old one goes", async ({ pool }) => {
    const nameOf = async (general: typeof pool) =>
      one(await provision({ ...small, pools: { general } }), "NodePool shop-general").inputs["name"];
    const before = await nameOf(small.pools.general);
    expect(before).toMatch(/^general-[0-9a-f]{6}$/);
    expect(await nameOf(pool)).not.toBe(before);
  });

  test("labels, taints, tags and bounds change in place: the name stays", async () => {
    const nameOf = async (args: Parameters<typeof provision>[0]) =>
      one(await provision(args), "NodePool shop-general").inputs["name"];
    const general = {
      ...small.pools.general,
      max: 9,
      labels: { a: "b" },
      taints: [{ key: "a", effect: "PreferNoSchedule" as const }],
    };
    expect(await nameOf({ ...small, tags: { a: "b" }, pools: { general } })).toBe(await nameOf(small));
  });

  test("a pool follows the control plane to the next minor under a new name", async () => {
    const nameOf = async (kubernetesVersion: string) =>
      one(await provision({ ...small, kubernetesVersion }), "NodePool shop-general").inputs["name"];
    expect(await nameOf("1.36")).not.toBe(await nameOf("1.35"));
  });

  test("taints are in GKE's words, and every node says its pool", () => {
    expect(one(pools, "NodePool shop-batch").inputs["nodeConfig"]).toMatchObject({
      taints: [{ key: "batch", value: "yes", effect: "NO_SCHEDULE" }],
      labels: { "example.com/team": "shop", "isokube.dev/pool": "batch" },
      spot: true,
    });
    expect(one(pools, "NodePool shop-batch").inputs["nodeLocations"]).toEqual(["europe-west1-b"]);
  });

  test("an accelerator comes with its driver, and is replaced one node at a time", () => {
    const { inputs } = one(pools, "NodePool shop-vision");
    expect(inputs["nodeConfig"]).toMatchObject({
      machineType: "g2-standard-4",
      guestAccelerators: [
        { type: "nvidia-l4", count: 1, gpuDriverInstallationConfig: { gpuDriverVersion: "DEFAULT" } },
      ],
    });
    expect(inputs["upgradeSettings"]).toEqual({ strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 });
  });
});

describe("a cluster where only Arm nodes are open to every pod", () => {
  const general = { cpu: 2, memory: "8Gi", arch: "arm64" } as const;
  const toleration = { key: "kubernetes.io/arch", operator: "Equal", value: "arm64", effect: "NoSchedule" };

  test("has every pod tolerate the taint that GKE gives those nodes", async () => {
    const { cluster } = await provision({ ...small, pools: { general } });
    expect(cluster.workloadRules?.tolerations).toEqual([toleration]);
    expect(cluster.charts?.[0]?.values).toMatchObject({ deployment: { pod: { tolerations: [toleration] } } });
  });

  test("is one whose other nodes are tainted, too", async () => {
    const batch = { ...small.pools.general, taints: [{ key: "batch", effect: "NoSchedule" }] } as const;
    const { cluster } = await provision({ ...small, pools: { general, batch } });
    expect(cluster.workloadRules?.tolerations).toEqual([toleration]);
  });

  test("is another matter than one with nodes of both kinds: there only pods that ask for Arm go to them", async () => {
    const { cluster } = await provision({ ...small, pools: { ...small.pools, arm: general } });
    expect(cluster.workloadRules).toBeUndefined();
    expect(cluster.charts?.[0]?.values).toEqual({});
  });
});
