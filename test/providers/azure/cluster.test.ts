import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { azureProvider } from "../../../src/providers/azure/index.js";
import { readIssued } from "../../../src/providers/azure/kubeconfig.js";
import { agentPoolName } from "../../../src/providers/azure/naming.js";
import { calls, type GraphNode, graphOf, known, specOf, startRecording, tenant } from "./graph.js";
import { brought, created, oneSubnet, pools } from "./specs.js";

beforeAll(startRecording);

const minimal: ClusterArgs = { target: "azure", pools: { general: { cpu: 4, memory: "16Gi", min: 2, max: 5 } } };

type Inputs = Record<string, unknown>;

function node(graph: readonly GraphNode[], resource: string): GraphNode & { readonly inputs: Inputs } {
  const found = graph.find((one) => one.resource === resource);
  if (found === undefined) throw new Error(`no ${resource} among ${graph.map((one) => one.resource).join(", ")}`);
  return { ...found, inputs: found.inputs as Inputs };
}

const clusterOf = (graph: readonly GraphNode[]) => node(graph, "containerservice:ManagedCluster shop");
const poolOf = (graph: readonly GraphNode[], name = "general") =>
  node(graph, `containerservice:AgentPool shop-${name}`);
const names = (graph: readonly GraphNode[]) => graph.map(({ resource }) => resource);

describe("the kubeconfig", () => {
  test("signs in through kubelogin, holds no credentials and is secret", async () => {
    const { cluster } = await graphOf(minimal);
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    const text = await known(cluster.kubeconfig);
    const { users, clusters } = JSON.parse(text);
    expect(users[0].user).toEqual({
      exec: expect.objectContaining({ command: "kubelogin", interactiveMode: "Never" }),
    });
    expect(users[0].user.exec.args).toEqual([
      "get-token",
      "--login",
      "azurecli",
      "--server-id",
      "6dae42f8-4368-4678-94ff-3960e28e3630",
      "--tenant-id",
      tenant,
    ]);
    expect(clusters[0].cluster).toEqual({
      server: "https://shop-abc.hcp.westeurope.azmk8s.io:443",
      "certificate-authority-data": Buffer.from("an authority").toString("base64"),
    });
    expect(text).not.toMatch(/devicecode|token:|password|client-key/);
  });

  test("is made from what AKS tells users, never from an administrator's", async () => {
    await graphOf(minimal);
    const asked = calls.filter(({ token }) => token.includes("Credentials"));
    expect(asked).toEqual([
      {
        token: "azure-native:containerservice:listManagedClusterUserCredentials",
        args: { format: "exec", resourceGroupName: "shop-group", resourceName: "shop" },
      },
    ]);
  });

  test("signs in as was chosen", async () => {
    const { cluster } = await graphOf({ ...minimal, azure: { login: "workloadidentity" } });
    expect(await known(cluster.kubeconfig)).toContain('"workloadidentity"');
  });

  test("tells its address, which is no secret", async () => {
    const { cluster } = await graphOf(minimal);
    expect(await pulumi.isSecret(cluster.endpoint)).toBe(false);
    expect(await known(cluster.endpoint)).toBe("https://shop-abc.hcp.westeurope.azmk8s.io:443");
  });

  test("cannot be made from a text without an address", () => {
    expect(() => readIssued(Buffer.from("{}").toString("base64"))).toThrow("without an address");
  });
});

describe("the API server", () => {
  const accessOf = async (args: Partial<ClusterArgs>) =>
    clusterOf((await graphOf({ ...minimal, ...args })).graph).inputs["apiServerAccessProfile"];

  test("is private where nothing says who may reach it", async () => {
    expect(await accessOf({})).toMatchObject({ enablePrivateCluster: true, enablePrivateClusterPublicFQDN: false });
    expect(await accessOf({})).not.toHaveProperty("authorizedIPRanges");
  });

  test("is reached from the listed ranges, and nodes reach it inside the network", async () => {
    const allowedCidrs = ["203.0.113.0/24", pulumi.output("198.51.100.7/32")];
    expect(await accessOf({ controlPlane: { allowedCidrs } })).toEqual({
      enablePrivateCluster: false,
      authorizedIPRanges: ["203.0.113.0/24", "198.51.100.7/32"],
      enableVnetIntegration: true,
      subnetId: "/network:Subnet/shop-api-server",
    });
  });

  test("is open to everybody only when everybody is written", async () => {
    expect(await accessOf({ controlPlane: { allowedCidrs: ["0.0.0.0/0"] } })).toMatchObject({ authorizedIPRanges: [] });
  });

  test("turns private in place where it has a subnet, and only with another cluster where it has none", () => {
    const immutable = (args: Partial<ClusterArgs>) =>
      Object.keys(azureProvider.immutable("shop", specOf({ ...minimal, ...args })));
    expect(immutable({})).not.toContain("controlPlane.endpoint");
    expect(immutable({ network: oneSubnet })).toContain("controlPlane.endpoint");
  });
});

describe("pools", () => {
  test("leave the number of nodes to the autoscaler, and to the user where there is none", async () => {
    const { graph } = await graphOf({ ...created, pools });
    expect(poolOf(graph).options?.["ignoreChanges"]).toEqual(["count"]);
    expect(poolOf(graph).inputs).toMatchObject({ enableAutoScaling: true, minCount: 2, maxCount: 10 });
    expect(poolOf(graph, "arm").options?.["ignoreChanges"]).toBeUndefined();
    expect(poolOf(graph, "arm").inputs).toMatchObject({ enableAutoScaling: false, count: 3 });
    expect(poolOf(graph, "arm").inputs).not.toHaveProperty("minCount");
  });

  test("with sizes known only later are autoscaled", async () => {
    const general = { cpu: 4, memory: "16Gi", min: pulumi.output(1), max: 3, disk: { size: pulumi.output("64Gi") } };
    const { graph } = await graphOf({ target: "azure", pools: { general } });
    expect(poolOf(graph).inputs).toMatchObject({ enableAutoScaling: true, minCount: 1, osDiskSizeGB: 64 });
    expect(poolOf(graph).inputs["agentPoolName"]).toMatch(/^genera[0-9a-f]{6}$/);
  });

  test("of spot nodes carry what AKS puts on them, so that it never shows as drift", async () => {
    const { inputs } = poolOf((await graphOf({ ...created, pools })).graph, "spare");
    expect(inputs).toMatchObject({
      scaleSetPriority: "Spot",
      scaleSetEvictionPolicy: "Delete",
      spotMaxPrice: -1,
      nodeTaints: ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
      nodeLabels: { "kubernetes.azure.com/scalesetpriority": "spot", "isokube.dev/pool": "spare" },
      availabilityZones: ["2"],
    });
    expect(inputs).not.toHaveProperty("upgradeSettings");
  });

  test("write taints as AKS does, with and without a value", async () => {
    const { inputs } = poolOf((await graphOf({ ...created, pools })).graph, "gpu");
    expect(inputs["nodeTaints"]).toEqual(["nvidia.com/gpu=present:NoSchedule", "dedicated:NoExecute"]);
  });

  const nameAfter = async (change: object): Promise<unknown> => {
    const general = { cpu: 4, memory: "16Gi", min: 2, max: 5, ...change };
    return poolOf((await graphOf({ target: "azure", pools: { general } })).graph).inputs["agentPoolName"];
  };

  test.each([
    ["size", { cpu: 8 }],
    ["architecture", { arch: "arm64" }],
    ["zones", { zones: [1] }],
    ["disk size", { disk: { size: "80Gi" } }],
    ["disk class", { disk: { class: "fast" } }],
  ])("come anew beside the old one when their %s changes", async (_, change) => {
    expect(await nameAfter(change)).not.toBe(await nameAfter({}));
  });

  test.each([
    ["bounds", { min: 3, max: 9 }],
    ["labels", { labels: { team: "shop" } }],
    ["taints", { taints: [{ key: "dedicated", effect: "NoSchedule" }] }],
  ])("stay when their %s change", async (_, change) => {
    expect(await nameAfter(change)).toBe(await nameAfter({}));
  });

  test.each(["general", "a", "0-1", "web-front-end-pool", "9lives"])("named %s have a name that AKS takes", (name) => {
    expect(agentPoolName(name, ["Standard_D4s_v6"])).toMatch(/^[a-z][a-z0-9]{0,11}$/);
  });

  test("of like names never share one", () => {
    expect(agentPoolName("frontend-a", [])).not.toBe(agentPoolName("frontend-b", []));
  });
});

describe("the version", () => {
  test("is a minor on the cluster, then on the system pool, then on the others; patches are AKS' own", async () => {
    const { graph } = await graphOf({ ...minimal, kubernetesVersion: "1.36" });
    expect(clusterOf(graph).inputs).toMatchObject({
      kubernetesVersion: "1.36",
      autoUpgradeProfile: { upgradeChannel: "patch", nodeOSUpgradeChannel: "NodeImage" },
    });
    const systemPool = node(graph, "resources:Deployment shop-system-pool");
    expect(systemPool.after).toContain("containerservice:ManagedCluster shop");
    expect(JSON.stringify(systemPool.inputs)).toContain('"orchestratorVersion":"1.36"');
    expect(poolOf(graph).after).toContain("resources:Deployment shop-system-pool");
    expect(poolOf(graph).inputs).toMatchObject({ orchestratorVersion: "1.36" });
  });

  test.each([
    ["rapid", "rapid"],
    ["regular", "stable"],
    ["stable", "stable"],
  ] as const)("follows %s as AKS' %s, and never shows as drift", async (releaseChannel, upgradeChannel) => {
    const { graph, cluster } = await graphOf({ ...minimal, releaseChannel });
    expect(clusterOf(graph).inputs).toMatchObject({ autoUpgradeProfile: { upgradeChannel } });
    expect(clusterOf(graph).inputs).not.toHaveProperty("kubernetesVersion");
    expect(clusterOf(graph).options?.["ignoreChanges"]).toContain("kubernetesVersion");
    expect(poolOf(graph).options).toEqual({ ignoreChanges: ["count", "orchestratorVersion"] });
    expect(names(graph)).not.toContain("resources:Deployment shop-system-pool");
    const row = (await known(cluster.report)).find(({ property }) => property === "releaseChannel");
    expect(row?.deviation !== undefined).toBe(releaseChannel === "regular");
  });
});

describe("deletion protection", () => {
  test("is a lock that is made last, and a cluster that this stack will not delete either", async () => {
    const { graph } = await graphOf({ ...created, pools });
    const lock = node(graph, "authorization:ManagementLockByScope shop-lock");
    expect(lock.inputs).toMatchObject({ level: "CanNotDelete", scope: "/containerservice:ManagedCluster/shop" });
    const ofCluster = names(graph).filter((name) => /AgentPool|Diagnostic|Deployment|shop-admin/.test(name));
    expect(lock.after).toEqual(expect.arrayContaining(ofCluster));
    expect(clusterOf(graph).options).toMatchObject({ protect: true });
  });

  test("names the pools that the lock holds too, for the guard, and marks none of them: one that leaves the program could not be told any more", async () => {
    const spec = specOf({ ...created, pools });
    const { graph } = await graphOf({ ...created, pools });
    expect(poolOf(graph).options).not.toHaveProperty("protect");
    expect(Object.values(azureProvider.held("shop", spec))).toContain(poolOf(graph).inputs["agentPoolName"]);
    expect(Object.keys(azureProvider.held("shop", specOf(minimal)))).toEqual(["pools.general"]);
    expect(azureProvider.held("shop", specOf({ target: "azure", compute: "serverless" }))).toEqual({});
  });

  test("leaves nothing behind when it is off", async () => {
    const { graph } = await graphOf(minimal);
    expect(names(graph).filter((name) => name.includes("Lock"))).toEqual([]);
    expect(clusterOf(graph).options).not.toHaveProperty("protect");
  });
});

describe("administrators", () => {
  test("are whoever made the cluster, for good", async () => {
    const { graph } = await graphOf(minimal);
    const grant = node(graph, "authorization:RoleAssignment shop-creator");
    expect(grant.options).toEqual({ ignoreChanges: ["principalId"] });
    // Otherwise the SDK would call everybody a user, and Azure refuse a group or an application.
    expect(grant.inputs).not.toHaveProperty("principalType");
  });

  test("keep their grants when another one leaves the list", async () => {
    const [anna, ben] = ["6f3c2b1a-0000-4000-8000-000000000001", "6f3c2b1a-0000-4000-8000-000000000002"];
    const grants = async (admins: string[]) =>
      names((await graphOf({ ...minimal, access: { admins } })).graph).filter((name) => name.includes("shop-admin"));
    expect(await grants([anna, ben])).toEqual(expect.arrayContaining(await grants([ben])));
  });
});

describe("Secrets", () => {
  test("are encrypted with a key that nobody can do away with, once the control plane may use it", async () => {
    const { graph } = await graphOf({ ...created, pools });
    expect(node(graph, "keyvault:Vault shop-vault").inputs).toMatchObject({
      vaultName: expect.stringMatching(/^[a-z][a-z0-9]{2,23}$/),
      properties: { enablePurgeProtection: true, enableRbacAuthorization: true },
    });
    expect(clusterOf(graph).after).toContain("authorization:RoleAssignment shop-key-access");
    expect(clusterOf(graph).inputs["securityProfile"]).toMatchObject({
      azureKeyVaultKms: { enabled: true, keyId: "https://kv.vault.azure.net/keys/shop-secrets/1" },
    });
  });

  test("are encrypted with the key that was brought along, in its current version", async () => {
    const { graph } = await graphOf({ ...brought, pools });
    expect(names(graph).filter((name) => name.startsWith("keyvault:"))).toEqual([]);
    const call = calls.find(({ token }) => token === "azure-native:keyvault:getKey");
    expect(call?.args).toEqual({ resourceGroupName: "hub", vaultName: "own", keyName: "cluster" });
  });

  test("are left to Azure's own key in so many words, so that encryption can be turned off again", async () => {
    const { graph } = await graphOf(minimal);
    expect(clusterOf(graph).inputs["securityProfile"]).toMatchObject({ azureKeyVaultKms: { enabled: false } });
  });
});

describe("another cluster", () => {
  const immutable = (args: Partial<ClusterArgs>) => azureProvider.immutable("shop", specOf({ ...minimal, ...args }));
  const nodeGroup = async (args: Partial<ClusterArgs>) =>
    clusterOf((await graphOf({ ...minimal, ...args })).graph).inputs["nodeResourceGroup"];

  test.each<[string, Partial<ClusterArgs>]>([
    ["network.cidr", { network: { cidr: "10.8.0.0/16" } }],
    ["network.podCidr", { network: { podCidr: "10.128.0.0/16" } }],
    ["network.serviceCidr", { network: { serviceCidr: "10.97.0.0/16" } }],
    ["network.zones", { network: { zones: 2 } }],
    ["azure.location", { azure: { location: "northeurope" } }],
    ["azure.resourceGroup", { azure: { resourceGroup: "platform" } }],
  ])("is what a change of %s takes, and its group of nodes is another one too", async (path, change) => {
    expect(immutable(change)[path]).not.toEqual(immutable({})[path]);
    expect(await nodeGroup(change)).not.toBe(await nodeGroup({}));
  });

  test("is not what a change of anything else takes", async () => {
    const { target, access, ...rest } = created;
    const { location: _, ...azure } = rest.azure;
    expect(await nodeGroup({ ...rest, azure, access, kubernetesVersion: "1.36" })).toBe(await nodeGroup({}));
    expect(target).toBe("azure");
  });

  test("is known by an id that is new with every cluster", async () => {
    const { cluster } = await graphOf(minimal);
    expect(await known(cluster.identity)).toBe("/containerservice:ManagedCluster/shop");
  });
});

describe("storage classes", () => {
  test("follow a pod over zones, and do without them where there are none", async () => {
    const { cluster } = await graphOf(minimal);
    expect(cluster.storageClasses?.standard.parameters).toEqual({ skuName: "StandardSSD_ZRS" });
    const { cluster: zoneless, graph } = await graphOf({ ...minimal, network: { zones: 1 } });
    expect(zoneless.storageClasses?.fast.parameters).toEqual({ skuName: "Premium_LRS" });
    expect(poolOf(graph).inputs).not.toHaveProperty("availabilityZones");
  });
});

describe("the report", () => {
  test("tells sizes, and how spot nodes differ", async () => {
    const { cluster } = await graphOf({ ...created, pools });
    const rows = Object.fromEntries((await known(cluster.report)).map((row) => [row.property, row]));
    expect(rows["pools.arm.cpu"]).toMatchObject({
      resource: "azure-native:containerservice:AgentPool shop-arm",
      field: "vmSize",
      realised: "Standard_D4pds_v5 (4 CPU, 16 GiB, arm64)",
    });
    expect(rows["pools.spare.spot"]?.deviation).toContain("only pods that tolerate");
    expect(rows["deletionProtection"]).toMatchObject({ level: "emulated", realised: "CanNotDelete" });
    expect(rows["controlPlane.highlyAvailable"]).toMatchObject({ field: "sku.tier", realised: "Standard" });
  });
});

describe("a workload's identity", () => {
  test("trusts the service account's tokens of this cluster, and has the asked roles", async () => {
    const { graph, granted } = await identityGraph([
      { role: "/providers/Microsoft.Authorization/roleDefinitions/r", scope: "/subscriptions/s/storage" },
    ]);
    expect(node(graph, "managedidentity:FederatedIdentityCredential web-identity").inputs).toMatchObject({
      audiences: ["api://AzureADTokenExchange"],
      issuer: "https://issuer/",
      subject: "system:serviceaccount:shop:web",
      resourceGroupName: "platform",
    });
    expect(node(graph, "authorization:RoleAssignment web-grant-0").inputs).toMatchObject({
      principalType: "ServicePrincipal",
      scope: "/subscriptions/s/storage",
    });
    expect(granted?.podLabels).toEqual({ "azure.workload.identity/use": "true" });
    expect(granted?.serviceAccountAnnotations).toHaveProperty("azure.workload.identity/client-id");
  });

  test("is refused without a word on what, before anything is made", async () => {
    await expect(identityGraph([{ role: "r" }])).rejects.toThrow("identity.grants[0].scope");
  });
});

type Grants = Parameters<typeof azureProvider.grantIdentity>[0]["grants"];

async function identityGraph(grants: Grants) {
  let granted: ReturnType<typeof azureProvider.grantIdentity> | undefined;
  const { graph } = await graphOf(minimal, (parent) => {
    granted = azureProvider.grantIdentity({
      name: "web",
      parent,
      cluster: { issuer: "https://issuer/", resourceGroup: "platform", location: "westeurope" },
      namespace: "shop",
      serviceAccount: "web",
      grants,
      tags: {},
    });
  });
  return { graph, granted };
}
