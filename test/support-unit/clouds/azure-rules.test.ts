import { describe, expect, test } from "vitest";
import { azureRules } from "../../support/clouds/azure/index.js";
import { text } from "../../support/clouds/blocks.js";
import { azureRows, tokens } from "./azure-rows.js";
import { describeRefusals, emptyShop, found, type Shop } from "./rules-table.js";

const subscription = "00000000-0000-4000-8000-000000000001";
const configuration = {
  location: "westeurope",
  subscriptionId: subscription,
  tenantId: "00000000-0000-4000-8000-000000000002",
};

const role = (guid: string): string =>
  `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;

/** A cluster with all that it needs; of each type the inputs of one more that would be taken. */
function shop(): Shop {
  const all = emptyShop(azureRules, configuration);
  const { bench, inputs, make } = all;
  const inGroup = { resourceGroupName: "shop", location: "westeurope" };
  make(tokens.group, inGroup, { resourceGroupName: "other" });
  const network = make(
    tokens.network,
    { ...inGroup, virtualNetworkName: "shop", addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
    { virtualNetworkName: "other" },
  );
  const address = make(
    tokens.address,
    { ...inGroup, publicIpAddressName: "a", sku: { name: "Standard" }, publicIPAllocationMethod: "Static" },
    { publicIpAddressName: "b" },
  );
  const gateway = make(
    tokens.gateway,
    { ...inGroup, natGatewayName: "a", sku: { name: "Standard" }, publicIpAddresses: [{ id: address.id }] },
    { natGatewayName: "b", publicIpAddresses: [] },
  );
  const inNetwork = { resourceGroupName: "shop", virtualNetworkName: "shop" };
  const apiServer = bench.make(tokens.subnet, {
    ...inNetwork,
    subnetName: "aks",
    addressPrefix: "10.0.255.240/28",
    delegations: [{ name: "aks", serviceName: "Microsoft.ContainerService/managedClusters" }],
  });
  const nodes = make(
    tokens.subnet,
    { ...inNetwork, subnetName: "nodes", addressPrefix: "10.0.0.0/17", natGateway: { id: gateway.id } },
    { subnetName: "more", addressPrefix: "10.0.128.0/24" },
  );
  const identity = make(tokens.identity, { ...inGroup, resourceName: "shop" }, { resourceName: "other" });
  const principalId = text(identity.outputs, "principalId") ?? "";
  const grant = { principalId, principalType: "ServicePrincipal" };
  make(
    tokens.assignment,
    { ...grant, scope: network.id, roleDefinitionId: role("4d97b98b-1d4f-4787-a291-c67834d212e7") },
    { scope: `/subscriptions/${subscription}/resourceGroups/other` },
  );
  const vault = make(
    tokens.vault,
    {
      ...inGroup,
      vaultName: "shop-keys",
      properties: { tenantId: configuration.tenantId, enablePurgeProtection: true, softDeleteRetentionInDays: 7 },
    },
    { vaultName: "other-keys" },
  );
  const key = make(
    tokens.key,
    {
      resourceGroupName: "shop",
      vaultName: "shop-keys",
      keyName: "secrets",
      properties: { kty: "RSA", keySize: 3072 },
    },
    { keyName: "other" },
  );
  bench.make(tokens.assignment, {
    ...grant,
    scope: vault.id,
    roleDefinitionId: role("12338af0-0e69-4776-bea7-57ae8d297424"),
  });
  const cluster = make(
    tokens.cluster,
    {
      ...inGroup,
      resourceName: "shop",
      dnsPrefix: "shop",
      nodeResourceGroup: "shop-nodes",
      sku: { name: "Base", tier: "Standard" },
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      kubernetesVersion: "1.35",
      agentPoolProfiles: [
        { name: "system", mode: "System", vmSize: "Standard_D4ds_v5", count: 3, vnetSubnetID: nodes.id },
      ],
      networkProfile: {
        networkPlugin: "azure",
        networkPluginMode: "overlay",
        networkDataplane: "cilium",
        networkPolicy: "cilium",
        outboundType: "userAssignedNATGateway",
        podCidr: "10.244.0.0/16",
        serviceCidr: "10.96.0.0/16",
        dnsServiceIP: "10.96.0.10",
      },
      apiServerAccessProfile: {
        enablePrivateCluster: false,
        authorizedIPRanges: ["203.0.113.0/24"],
        enableVnetIntegration: true,
        subnetId: apiServer.id,
      },
      enableRBAC: true,
      aadProfile: { managed: true, enableAzureRBAC: true },
      disableLocalAccounts: true,
      oidcIssuerProfile: { enabled: true },
      securityProfile: {
        workloadIdentity: { enabled: true },
        azureKeyVaultKms: { enabled: true, keyId: text(key.outputs, "keyUriWithVersion") ?? "" },
      },
    },
    { resourceName: "other", nodeResourceGroup: "other-nodes" },
  );
  make(
    tokens.pool,
    {
      resourceGroupName: "shop",
      resourceName: "shop",
      agentPoolName: "general",
      mode: "User",
      vmSize: "Standard_D4s_v5",
      count: 2,
      enableAutoScaling: true,
      minCount: 2,
      maxCount: 10,
      orchestratorVersion: "1.35",
      vnetSubnetID: nodes.id,
    },
    { agentPoolName: "more" },
  );
  const workspace = make(
    tokens.workspace,
    { ...inGroup, workspaceName: "shop-audit", retentionInDays: 90 },
    { workspaceName: "other-audit" },
  );
  make(
    tokens.diagnostic,
    {
      resourceUri: cluster.id,
      name: "audit",
      workspaceId: workspace.id,
      logs: [{ category: "kube-audit", enabled: true }],
    },
    { name: "more", workspaceId: null, storageAccountId: "/subscriptions/s/storage" },
  );
  make(
    tokens.credential,
    {
      resourceGroupName: "shop",
      resourceName: "shop",
      federatedIdentityCredentialResourceName: "web",
      issuer: "https://issuer.example.com/",
      subject: "system:serviceaccount:shop:web",
      audiences: ["api://AzureADTokenExchange"],
    },
    { federatedIdentityCredentialResourceName: "api", subject: "system:serviceaccount:shop:api" },
  );
  inputs.set(tokens.lock, { scope: cluster.id, level: "CanNotDelete", lockName: "keep" });
  inputs.set(tokens.deployment, {
    resourceGroupName: "shop",
    deploymentName: "system",
    properties: {
      mode: "Incremental",
      template: {
        resources: [
          {
            type: "Microsoft.ContainerService/managedClusters/agentPools",
            apiVersion: "2025-09-01",
            name: "shop/system",
            properties: { mode: "System", vmSize: "Standard_D4ds_v5", count: 3, orchestratorVersion: "1.35" },
          },
        ],
      },
    },
  });
  return all;
}

describeRefusals("Azure", azureRows, shop());

describe("simulated Azure", () => {
  test("deletes nothing that is in use, and all of it in the right order", () => {
    const all = shop();
    for (const token of [
      tokens.group,
      tokens.network,
      tokens.subnet,
      tokens.gateway,
      tokens.address,
      tokens.identity,
    ]) {
      expect(all.bench.remove(found(all, token)), token).toMatch(/in use|InUse|assigned|still|allocated/);
    }
    expect(all.bench.remove(found(all, tokens.cluster))).toContain("agentPools/general");
    expect(all.bench.remove(found(all, tokens.pool))).toBeUndefined();
    expect(all.bench.remove(found(all, tokens.diagnostic))).toBeUndefined();
    expect(all.bench.remove(found(all, tokens.cluster))).toBeUndefined();
    expect(all.bench.remove(found(all, tokens.subnet))).toBeUndefined();
  });

  test("keeps a cluster under a lock, and lets it go without", () => {
    const all = shop();
    const cluster = found(all, tokens.cluster);
    const lock = all.bench.make(tokens.lock, all.inputs.get(tokens.lock) ?? {});
    expect(all.bench.remove(found(all, tokens.pool))).toContain("ScopeLocked");
    expect(all.bench.remove(cluster)).toContain("ScopeLocked");
    expect(all.bench.remove(lock)).toBeUndefined();
    expect(all.bench.remove(found(all, tokens.pool))).toBeUndefined();
  });

  test("keeps a cluster whose identity has lost the network: its load balancers could not go", () => {
    const all = shop();
    for (const token of [tokens.pool, tokens.diagnostic, tokens.assignment]) all.bench.remove(found(all, token));
    expect(all.bench.remove(found(all, tokens.cluster))).toContain("LinkedAuthorizationFailed");
  });

  test("says of a cluster what AKS says", () => {
    const { outputs, id } = found(shop(), tokens.cluster);
    expect(id).toBe(
      `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/shop`,
    );
    expect(outputs["fqdn"]).toMatch(/^shop-[0-9a-f]{8}\.hcp\.westeurope\.azmk8s\.io$/);
    expect(outputs["oidcIssuerProfile"]).toMatchObject({
      issuerURL: expect.stringMatching(/^https:\/\/westeurope\.oic\.prod-aks\.azure\.com\/[0-9a-f-]+\/[0-9a-f-]+\/$/),
    });
    expect([outputs["kubernetesVersion"], outputs["currentKubernetesVersion"]]).toEqual(["1.35", "1.35.2"]);
  });

  test("raises a cluster by one minor, and keeps its issuer and address", () => {
    const all = shop();
    const before = found(all, tokens.cluster);
    const after = all.bench.change(before, { ...before.inputs, kubernetesVersion: "1.36" });
    expect(after.outputs["currentKubernetesVersion"]).toBe("1.36.0");
    expect(after.outputs["oidcIssuerProfile"]).toEqual(before.outputs["oidcIssuerProfile"]);
    expect(after.outputs["fqdn"]).toBe(before.outputs["fqdn"]);
  });

  test("issues kubeconfigs that hold no credentials and ask a person for a device code", () => {
    const all = shop();
    const name = "azure-native:containerservice:listManagedClusterUserCredentials";
    const args = { resourceGroupName: "shop", resourceName: "shop", format: "exec" };
    expect(all.bench.invoke(name, args)).toMatchObject({ message: expect.stringContaining("not ready") });
    all.bench.put({
      ...found(all, tokens.cluster),
      access: { endpoint: "https://127.0.0.1:6443", certificateAuthorityData: "Y2E=" },
    });
    const result = all.bench.invoke(name, args);
    const [file] = "kubeconfigs" in result && Array.isArray(result["kubeconfigs"]) ? result["kubeconfigs"] : [];
    const text = Buffer.from(String(file?.value), "base64").toString();
    expect(text).toContain("server: https://127.0.0.1:6443");
    expect(text).toContain("devicecode");
    expect(text).not.toMatch(/client-key-data|client-certificate-data|token:/);
  });
});
