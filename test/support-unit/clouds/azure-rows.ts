import type { Row } from "./rules-table.js";

export const tokens = {
  group: "azure-native:resources:ResourceGroup",
  deployment: "azure-native:resources:Deployment",
  network: "azure-native:network:VirtualNetwork",
  subnet: "azure-native:network:Subnet",
  gateway: "azure-native:network:NatGateway",
  address: "azure-native:network:PublicIPAddress",
  identity: "azure-native:managedidentity:UserAssignedIdentity",
  credential: "azure-native:managedidentity:FederatedIdentityCredential",
  assignment: "azure-native:authorization:RoleAssignment",
  lock: "azure-native:authorization:ManagementLockByScope",
  vault: "azure-native:keyvault:Vault",
  key: "azure-native:keyvault:Key",
  workspace: "azure-native:operationalinsights:Workspace",
  diagnostic: "azure-native:monitor:DiagnosticSetting",
  cluster: "azure-native:containerservice:ManagedCluster",
  pool: "azure-native:containerservice:AgentPool",
} as const;

const row = (token: string, says: RegExp, refused: Row["refused"], more: Partial<Row> = {}): Row => ({
  token,
  says,
  refused,
  ...more,
});
const { cluster, pool } = tokens;
const network = "networkProfile";
const access = "apiServerAccessProfile";
const system = "agentPoolProfiles[0]";
const automatic = {
  "sku.name": "Automatic",
  "nodeProvisioningProfile.mode": "Auto",
} as const;

const around: readonly Row[] = [
  row(tokens.group, /InvalidParameter/, { resourceGroupName: "ends with a dot." }),
  row(tokens.network, /ResourceGroupNotFound/, { resourceGroupName: "nowhere" }),
  row(tokens.network, /LocationNotAvailable/, { location: "atlantis" }),
  row(
    tokens.network,
    /InvalidAddressPrefixFormat/,
    { "addressSpace.addressPrefixes": ["10.0.0.0/30"] },
    {
      path: "addressSpace.addressPrefixes[0]",
    },
  ),
  row(
    tokens.network,
    /InUsePrefix/,
    { "addressSpace.addressPrefixes": ["10.9.0.0/16"] },
    {
      old: true,
      twin: { virtualNetworkName: "shop" },
      path: "addressSpace.addressPrefixes",
    },
  ),
  row(tokens.network, /reserved/, { tags: { "a<b": "" } }, { path: 'tags["a<b"]' }),
  row(tokens.subnet, /NetcfgInvalidSubnet/, { addressPrefix: "10.1.0.0/24" }),
  row(tokens.subnet, /NetcfgSubnetRangesOverlap/, { addressPrefix: "10.0.1.0/24" }),
  row(tokens.subnet, /InvalidCIDRNotation/, { addressPrefix: "10.0.128.0/30" }),
  row(
    tokens.subnet,
    /InvalidServiceName/,
    { delegations: [{ name: "a", serviceName: "Contoso/things" }] },
    {
      path: "delegations[0].serviceName",
    },
  ),
  row(tokens.subnet, /ResourceNotFound/, { virtualNetworkName: "nowhere" }),
  row(tokens.gateway, /NatGatewayInMultipleZones/, { zones: ["1", "2"] }, { twin: { zones: ["1"] } }),
  row(tokens.gateway, /between 4 and 120/, { idleTimeoutInMinutes: 200 }, { twin: { idleTimeoutInMinutes: 4 } }),
  row(tokens.address, /PublicIPAddressCannotBeDynamic/, { publicIPAllocationMethod: "Dynamic" }),
  row(tokens.address, /AvailabilityZoneNotSupported/, { zones: ["4"] }, { twin: { zones: ["3"] }, path: "zones[0]" }),
  row(tokens.assignment, /UnmatchedPrincipalType/, { principalType: "User" }),
  row(tokens.assignment, /PrincipalNotFound/, { principalType: undefined }),
  row(tokens.assignment, /InvalidRoleDefinitionId/, { roleDefinitionId: "Network Contributor" }),
  row(tokens.credential, /one audience/, { audiences: ["a", "b"] }),
  row(tokens.credential, /Conflict/, { subject: "system:serviceaccount:shop:web" }),
  row(tokens.credential, /Issuer/, { issuer: "http://issuer.example.com" }),
  row(tokens.lock, /InvalidLockLevel/, { level: "Never" }),
  row(tokens.vault, /VaultNameNotValid/, { vaultName: "two--dashes" }),
  row(tokens.vault, /VaultAlreadyExists/, { vaultName: "shop-keys" }),
  row(tokens.vault, /enablePurgeProtection/, { "properties.enablePurgeProtection": false }),
  row(
    tokens.vault,
    /softDeleteRetention/,
    { "properties.softDeleteRetentionInDays": 8 },
    {
      old: true,
      twin: { vaultName: "shop-keys" },
    },
  ),
  row(tokens.key, /2048, 3072 or 4096/, { "properties.keySize": 1024 }),
  row(tokens.workspace, /between 30 and 730/, { retentionInDays: 10 }),
  row(
    tokens.diagnostic,
    /Category 'audit'/,
    { logs: [{ category: "audit", enabled: true }] },
    {
      path: "logs[0].category",
    },
  ),
  row(tokens.diagnostic, /at least one of workspace/, { storageAccountId: null }, { path: "" }),
  row(tokens.deployment, /ParentResourceNotFound/, { "properties.template.resources[0].name": "nowhere/system" }),
  row(tokens.deployment, /PropertyChangeNotAllowed/, {
    "properties.template.resources[0].properties.vmSize": "Standard_D8ds_v5",
  }),
];

const clusters: readonly Row[] = [
  row(cluster, /InvalidResourceName/, { resourceName: "-shop" }),
  row(cluster, /DnsPrefixInvalid/, { dnsPrefix: "a".repeat(55) }, { twin: { dnsPrefix: "a".repeat(54) } }),
  row(
    cluster,
    /InvalidNodeResourceGroup/,
    { nodeResourceGroup: "a".repeat(81) },
    {
      twin: { nodeResourceGroup: "a".repeat(80) },
    },
  ),
  row(cluster, /ReservedResourceName/, { nodeResourceGroup: "shop-nodes" }),
  row(cluster, /K8sVersionNotSupported/, { kubernetesVersion: "1.29" }),
  row(
    cluster,
    /downgrading/,
    { kubernetesVersion: "1.34" },
    {
      old: true,
      twin: { resourceName: "shop", nodeResourceGroup: "shop-nodes", kubernetesVersion: "1.36" },
    },
  ),
  row(cluster, /system pool/, { [`${system}.mode`]: "User" }, { path: "agentPoolProfiles" }),
  row(
    cluster,
    /InvalidAgentPoolName/,
    { [`${system}.name`]: "thirteenchars" },
    {
      twin: { [`${system}.name`]: "twelveletter" },
    },
  ),
  row(cluster, /VMSizeNotSupported/, { [`${system}.vmSize`]: "Standard_Z4_v9" }),
  row(
    cluster,
    /SystemPoolSkuTooLow/,
    { [`${system}.vmSize`]: "Standard_B1s_v2" },
    {
      twin: { [`${system}.vmSize`]: "Standard_B2s_v2" },
    },
  ),
  row(cluster, /spot/, { [`${system}.scaleSetPriority`]: "Spot" }),
  row(
    cluster,
    /minCount .* greater/,
    { [`${system}.minCount`]: 5 },
    {
      twin: { [`${system}.enableAutoScaling`]: true, [`${system}.minCount`]: 3, [`${system}.maxCount`]: 4 },
    },
  ),
  row(
    cluster,
    /authorized IP ranges/,
    { [`${access}.enablePrivateCluster`]: true },
    {
      path: `${access}.authorizedIPRanges`,
    },
  ),
  row(
    cluster,
    /InvalidAuthorizedIPRanges/,
    { [`${access}.authorizedIPRanges`]: ["0.0.0.0/0"] },
    {
      path: `${access}.authorizedIPRanges[0]`,
    },
  ),
  row(cluster, /needs a private cluster/, { [`${access}.privateDNSZone`]: "system" }),
  row(
    cluster,
    /PropertyChangeNotAllowed/,
    { [`${network}.podCidr`]: "10.200.0.0/16" },
    {
      old: true,
      twin: { resourceName: "shop", nodeResourceGroup: "shop-nodes" },
    },
  ),
  row(cluster, /podCidrOverlap/, { [`${network}.podCidr`]: "10.0.0.0/14" }),
  row(cluster, /ServiceCidrOverlapPodCidr/, {
    [`${network}.serviceCidr`]: "10.244.128.0/20",
    [`${network}.dnsServiceIP`]: "10.244.128.10",
  }),
  row(cluster, /ServiceCidrTooLarge/, { [`${network}.serviceCidr`]: "10.0.0.0/11" }),
  row(cluster, /InvalidDNSServiceIP/, { [`${network}.dnsServiceIP`]: "10.96.0.1" }),
  row(cluster, /InvalidDNSServiceIP/, { [`${network}.dnsServiceIP`]: "10.97.0.10" }),
  row(cluster, /InvalidNetworkPolicy/, { [`${network}.networkPolicy`]: "calico" }),
  row(
    cluster,
    /InvalidNetworkDataplane/,
    { [`${network}.networkPlugin`]: "kubenet" },
    {
      path: `${network}.networkDataplane`,
    },
  ),
  row(cluster, /DisableLocalAccountsNotAllowed/, { "aadProfile.managed": false }, { path: "disableLocalAccounts" }),
  row(
    cluster,
    /WorkloadIdentityRequiresOIDC/,
    { "oidcIssuerProfile.enabled": false },
    {
      path: "securityProfile.workloadIdentity",
    },
  ),
  row(cluster, /KeyNotFound/, { "securityProfile.azureKeyVaultKms.keyId": "https://x.vault.azure.net/keys/a/b" }),
  row(cluster, /InvalidKeyID/, { "securityProfile.azureKeyVaultKms.keyId": "https://x.vault.azure.net/keys/a" }),
  row(cluster, /identity was not found/, { "identity.userAssignedIdentities": ["/nobody"] }),
  row(cluster, /SubnetNotFound/, { [`${system}.vnetSubnetID`]: "/nowhere" }),
  row(cluster, /SubnetNotFound/, { [`${access}.subnetId`]: "/nowhere" }),
  row(cluster, /AutomaticClusterInvalidTier/, { "sku.tier": "Free" }, { twin: automatic }),
  row(
    cluster,
    /AutomaticClusterInvalidProperty/,
    {
      [`${network}.networkPluginMode`]: undefined,
      [`${network}.networkDataplane`]: "azure",
      [`${network}.networkPolicy`]: "azure",
    },
    {
      twin: automatic,
      path: `${network}.networkDataplane`,
    },
  ),
  row(cluster, /AutomaticClusterInvalidZones/, { [`${system}.availabilityZones`]: ["1"] }, { twin: automatic }),
  row(
    cluster,
    /NodeProvisioningNotSupported/,
    { [`${system}.enableAutoScaling`]: true },
    {
      twin: { "nodeProvisioningProfile.mode": "Auto", [`${system}.minCount`]: 3, [`${system}.maxCount`]: 5 },
    },
  ),
];

const pools: readonly Row[] = [
  row(pool, /InvalidAgentPoolName/, { agentPoolName: "Upper" }),
  row(pool, /already/, { agentPoolName: "system" }),
  row(pool, /ParentResourceNotFound/, { resourceName: "nowhere" }),
  row(pool, /greater/, { minCount: 11 }),
  row(pool, /not between/, { count: 11 }),
  row(pool, /must be given/, { minCount: undefined }),
  row(pool, /AutoScalingNotEnabled/, { enableAutoScaling: false }, { path: "minCount" }),
  row(
    pool,
    /system pool cannot/,
    { mode: "System" },
    {
      twin: { scaleSetPriority: "Spot" },
      path: "scaleSetPriority",
    },
  ),
  row(
    pool,
    /SpotPoolMaxSurge/,
    { scaleSetPriority: "Spot" },
    {
      twin: { upgradeSettings: { maxSurge: "33%" } },
      path: "upgradeSettings.maxSurge",
    },
  ),
  row(pool, /spotMaxPrice/, { spotMaxPrice: 0 }, { twin: { scaleSetPriority: "Spot", spotMaxPrice: -1 } }),
  row(pool, /EphemeralOSDisk/, { osDiskType: "Ephemeral" }, { twin: { osDiskType: "Managed" } }),
  row(pool, /InvalidOSDiskSize/, { osDiskSizeGB: 20 }, { twin: { osDiskSizeGB: 30 } }),
  row(pool, /InvalidMaxPods/, { maxPods: 300 }, { twin: { maxPods: 250 } }),
  row(pool, /gpuProfile needs/, { gpuProfile: { driver: "Install" } }),
  row(
    pool,
    /InvalidTaints/,
    { nodeTaints: ["gpu=yes:Never"] },
    {
      twin: { nodeTaints: ["gpu=yes:NoSchedule"] },
      path: "nodeTaints[0]",
    },
  ),
  row(
    pool,
    /InvalidNodeLabels/,
    { nodeLabels: { "kubernetes.io/role": "a" } },
    {
      twin: { nodeLabels: { "example.com/role": "a" } },
      path: 'nodeLabels["kubernetes.io/role"]',
    },
  ),
  row(pool, /NodePoolMcVersionIncompatible/, { orchestratorVersion: "1.36" }),
  row(pool, /PropertyChangeNotAllowed/, { vmSize: "Standard_D8s_v5" }, { old: true }),
  row(pool, /between 1 and 1000/, { maxCount: 1001 }),
  row(pool, /SubnetNotFound/, { vnetSubnetID: "/nowhere" }),
];

/** What Azure refuses; each row's twin, the good inputs with `twin` over them, is taken. */
export const azureRows: readonly Row[] = [...around, ...clusters, ...pools];
