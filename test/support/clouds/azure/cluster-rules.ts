import { parseCidr } from "../../../../src/core/cidr.js";
import { at, blocks, flag, isGiven, isUnknown, text, texts } from "../blocks.js";
import { cidrPrefix, cidrsOverlap } from "../cidr.js";
import type { Asked, Block, Refusal } from "../model.js";
import {
  changedRefusals,
  eachBlock,
  oneOfRefusals,
  patternRefusals,
  refusal,
  refuseIf,
  versionRefusals,
} from "../refusals.js";
import { cryptoRoles, isGranted, networkRoles } from "./identity.js";
import { prefixOf } from "./network.js";
import { countRefusals, poolRefusals } from "./pool-rules.js";
import { clusterToken, identityToken, keyToken, networkToken, subnetToken, vaultToken } from "./tokens.js";

export function isAutomatic(inputs: Block): boolean {
  return text(inputs, "sku.name") === "Automatic";
}

/** Nodes follow pods: AKS Automatic, or node auto-provisioning on a Standard cluster. */
export function provisionsNodes(inputs: Block): boolean {
  return isAutomatic(inputs) || text(inputs, "nodeProvisioningProfile.mode") === "Auto";
}

const code = "InvalidParameter";
const poolName = /^[a-z][a-z0-9]{0,11}$/;

/** What is wrong whatever the rest of the world looks like. */
export function checkCluster({ inputs }: Asked): Refusal[] {
  return [
    ...patternRefusals(inputs, "resourceName", /^[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?$/, "InvalidResourceName"),
    ...patternRefusals(inputs, "dnsPrefix", /^[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/, "DnsPrefixInvalid"),
    ...patternRefusals(inputs, "nodeResourceGroup", /^[-\w.()]{0,79}[-\w()]$/, "InvalidNodeResourceGroup"),
    ...patternRefusals(inputs, "kubernetesVersion", /^1\.\d+(\.\d+)?$/, "K8sVersionNotSupported"),
    ...refuseIf(
      !isGiven(inputs, "dnsPrefix") && !isGiven(inputs, "fqdnSubdomain"),
      "InvalidParameter: dnsPrefix is required",
      "dnsPrefix",
    ),
    ...poolsRefusals(inputs),
    ...identityRefusals(inputs),
    ...accessRefusals(inputs),
    ...addressRefusals(inputs),
    ...provisioningRefusals(inputs),
    ...(isAutomatic(inputs) ? automaticRefusals(inputs) : []),
  ];
}

function poolsRefusals(inputs: Block): Refusal[] {
  const path = "agentPoolProfiles";
  const pools = blocks(inputs, path);
  if (isUnknown(at(inputs, path))) return [];
  return [
    ...refuseIf(
      !pools.some((pool) => text(pool, "mode") === "System"),
      "InvalidParameter: Must define at least one system pool.",
      path,
    ),
    ...eachBlock(inputs, path, (pool, own) => [
      ...[...poolRefusals(pool), ...countRefusals(pool)].map((each) => refusal(each.message, `${own}.${each.path}`)),
      ...patternRefusals(pool, "name", poolName, "InvalidAgentPoolName").map((each) =>
        refusal(each.message, `${own}.name`),
      ),
      ...refuseIf(
        !isAutomatic(inputs) && !isGiven(pool, "vmSize"),
        "InvalidParameter: Required parameter agentPoolProfile.vmSize is missing",
        `${own}.vmSize`,
      ),
      ...refuseIf(
        text(pool, "scaleSetPriority") === "Spot",
        "InvalidParameter: pools of a new cluster cannot be of spot machines",
        `${own}.scaleSetPriority`,
      ),
    ]),
  ];
}

function identityRefusals(inputs: Block): Refusal[] {
  const kind = text(inputs, "identity.type");
  const ids = texts(inputs, "identity.userAssignedIdentities");
  return [
    ...refuseIf(
      kind === undefined && !isGiven(inputs, "servicePrincipalProfile"),
      "InvalidParameter: either an identity or a service principal is required",
      "identity",
    ),
    ...refuseIf(
      kind === "UserAssigned" && at(inputs, "identity.userAssignedIdentities") === undefined,
      "InvalidParameter: identity.userAssignedIdentities must hold exactly one identity",
      "identity.userAssignedIdentities",
    ),
    ...refuseIf(
      ids.length > 1,
      "InvalidParameter: only one user assigned identity is supported",
      "identity.userAssignedIdentities",
    ),
  ];
}

function accessRefusals(inputs: Block): Refusal[] {
  const profile = "apiServerAccessProfile";
  const ranges = texts(inputs, `${profile}.authorizedIPRanges`);
  const isPrivate = flag(inputs, `${profile}.enablePrivateCluster`) === true;
  const path = `${profile}.authorizedIPRanges`;
  return [
    ...refuseIf(isPrivate && ranges.length > 0, "PrivateClusterNotSupported: it takes no authorized IP ranges", path),
    ...refuseIf(ranges.length > 200, `${code}: at most 200 authorized IP ranges, not ${ranges.length}`, path),
    ...ranges.flatMap((range, index) =>
      refuseIf(
        parseCidr(range)?.family !== 4 || range === "0.0.0.0/0",
        `InvalidAuthorizedIPRanges: '${range}' is no IPv4 range that can be authorized`,
        `${path}[${index}]`,
      ),
    ),
    ...refuseIf(
      !isPrivate && isGiven(inputs, `${profile}.privateDNSZone`),
      "InvalidParameter: privateDNSZone needs a private cluster",
      `${profile}.privateDNSZone`,
    ),
    ...refuseIf(
      flag(inputs, `${profile}.enableVnetIntegration`) === true && !isGiven(inputs, `${profile}.subnetId`),
      "InvalidParameter: API server VNet integration in a brought network needs a subnet",
      `${profile}.subnetId`,
    ),
    ...refuseIf(
      flag(inputs, "disableLocalAccounts") === true && flag(inputs, "aadProfile.managed") !== true,
      "DisableLocalAccountsNotAllowed: local accounts can be disabled with managed Microsoft Entra integration only",
      "disableLocalAccounts",
    ),
    ...refuseIf(
      flag(inputs, "securityProfile.workloadIdentity.enabled") === true &&
        flag(inputs, "oidcIssuerProfile.enabled") !== true,
      "WorkloadIdentityRequiresOIDC: workload identity needs the OIDC issuer",
      "securityProfile.workloadIdentity",
    ),
    ...refuseIf(
      flag(inputs, "securityProfile.azureKeyVaultKms.enabled") === true &&
        !isGiven(inputs, "securityProfile.azureKeyVaultKms.keyId"),
      "InvalidParameter: azureKeyVaultKms.keyId is required",
      "securityProfile.azureKeyVaultKms.keyId",
    ),
    ...patternRefusals(
      inputs,
      "securityProfile.azureKeyVaultKms.keyId",
      /^https:\/\/[^/]+\/keys\/[^/]+\/[^/]+$/,
      "InvalidKeyID",
    ),
  ];
}

function addressRefusals(inputs: Block): Refusal[] {
  const [pods, services] = [text(inputs, "networkProfile.podCidr"), text(inputs, "networkProfile.serviceCidr")];
  const dns = text(inputs, "networkProfile.dnsServiceIP");
  const range = services === undefined ? undefined : parseCidr(services);
  const address = dns === undefined ? undefined : parseCidr(`${dns}/32`);
  const cilium = text(inputs, "networkProfile.networkDataplane") === "cilium";
  return [
    ...["podCidr", "serviceCidr"].flatMap((name) => {
      const cidr = text(inputs, `networkProfile.${name}`);
      const prefix = cidr === undefined ? undefined : cidrPrefix(cidr);
      const path = `networkProfile.${name}`;
      return [
        ...refuseIf(cidr !== undefined && prefix === undefined, `Invalid${name}: '${cidr}' is no range`, path),
        ...refuseIf(
          name === "serviceCidr" && prefix !== undefined && prefix < 12,
          `ServiceCidrTooLarge: ${cidr} must be smaller than a /12`,
          path,
        ),
      ];
    }),
    ...refuseIf(
      pods !== undefined && services !== undefined && cidrsOverlap(pods, services),
      `ServiceCidrOverlapPodCidr: serviceCidr ${services} overlaps podCidr ${pods}`,
      "networkProfile.serviceCidr",
    ),
    ...refuseIf(
      range !== undefined &&
        address !== undefined &&
        (address.first <= range.first + 1n || address.last >= range.last || address.first < range.first),
      `InvalidDNSServiceIP: ${dns} must be in ${services} and not its first address`,
      "networkProfile.dnsServiceIP",
    ),
    ...refuseIf(
      cilium && text(inputs, "networkProfile.networkPlugin") !== "azure",
      "InvalidNetworkDataplane: cilium needs the network plugin azure",
      "networkProfile.networkDataplane",
    ),
    ...refuseIf(
      cilium && !["cilium", undefined].includes(text(inputs, "networkProfile.networkPolicy")),
      "InvalidNetworkPolicy: the dataplane cilium takes the network policy cilium only",
      "networkProfile.networkPolicy",
    ),
    ...refuseIf(
      text(inputs, "networkProfile.networkPolicy") === "cilium" && !cilium,
      "InvalidNetworkPolicy: the network policy cilium needs the dataplane cilium",
      "networkProfile.networkPolicy",
    ),
  ];
}

function provisioningRefusals(inputs: Block): Refusal[] {
  if (!provisionsNodes(inputs)) return [];
  return eachBlock(inputs, "agentPoolProfiles", (pool, path) =>
    refuseIf(
      flag(pool, "enableAutoScaling") === true,
      "NodeProvisioningNotSupported: pools cannot scale themselves where node auto-provisioning is enabled",
      `${path}.enableAutoScaling`,
    ),
  );
}

/** AKS Automatic decides these itself: another wish is refused. */
const decided: Readonly<Record<string, string | boolean>> = {
  "networkProfile.networkPlugin": "azure",
  "networkProfile.networkPluginMode": "overlay",
  "networkProfile.networkDataplane": "cilium",
  "nodeProvisioningProfile.mode": "Auto",
  disableLocalAccounts: true,
  enableRBAC: true,
  "aadProfile.enableAzureRBAC": true,
  "oidcIssuerProfile.enabled": true,
  "securityProfile.workloadIdentity.enabled": true,
  "apiServerAccessProfile.enableVnetIntegration": true,
};

function automaticRefusals(inputs: Block): Refusal[] {
  const channel = text(inputs, "autoUpgradeProfile.upgradeChannel");
  return [
    ...Object.entries(decided).flatMap(([path, wanted]) => {
      const value = at(inputs, path);
      const free = value === undefined || isUnknown(value) || value === wanted;
      return refuseIf(!free, `AutomaticClusterInvalidProperty: ${path} of AKS Automatic is ${wanted}`, path);
    }),
    ...oneOfRefusals(inputs, "sku.tier", ["Standard", "Premium"], "AutomaticClusterInvalidTier"),
    ...refuseIf(
      channel === "none" || channel === "node-image",
      "AutomaticClusterInvalidProperty: AKS Automatic needs an upgrade channel of Kubernetes",
      "autoUpgradeProfile.upgradeChannel",
    ),
    ...eachBlock(inputs, "agentPoolProfiles", (pool, path) =>
      refuseIf(
        at(pool, "availabilityZones") !== undefined && texts(pool, "availabilityZones").length !== 3,
        "AutomaticClusterInvalidZones: the system pool of AKS Automatic is in all three zones",
        `${path}.availabilityZones`,
      ),
    ),
  ];
}

const unchangeable = [
  "networkProfile.podCidr",
  "networkProfile.serviceCidr",
  "networkProfile.dnsServiceIP",
  "networkProfile.networkPlugin",
  "networkProfile.loadBalancerSku",
  "apiServerAccessProfile.subnetId",
  "enableRBAC",
];

/** What AKS refuses when it looks at the rest of the subscription. */
export function refuseCluster(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const name = text(inputs, "resourceName");
  const taken = world
    .all(clusterToken)
    .some(
      (each) => each.id !== old?.id && text(each.outputs, "nodeResourceGroup") === text(inputs, "nodeResourceGroup"),
    );
  const before = old === undefined ? undefined : text(old.outputs, "currentKubernetesVersion");
  const integrated = flag(inputs, "apiServerAccessProfile.enableVnetIntegration") === true;
  return [
    ...versionRefusals(asked, "kubernetesVersion", before, "K8sVersionNotSupported"),
    ...refuseIf(
      taken && isGiven(inputs, "nodeResourceGroup"),
      `ReservedResourceName: the node resource group of ${name} belongs to another cluster`,
      "nodeResourceGroup",
    ),
    ...changedRefusals(asked, unchangeable, "PropertyChangeNotAllowed"),
    ...(integrated
      ? []
      : changedRefusals(asked, ["apiServerAccessProfile.enablePrivateCluster"], "PropertyChangeNotAllowed")),
    ...networkRefusals(asked),
    ...keyRefusals(asked),
  ];
}

function networkRefusals(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const identity = world.find(texts(inputs, "identity.userAssignedIdentities")[0] ?? "", identityToken);
  const apiServer = text(inputs, "apiServerAccessProfile.subnetId");
  const wanted = [
    ...blocks(inputs, "agentPoolProfiles").map((pool, index) => ({
      path: `agentPoolProfiles[${index}].vnetSubnetID`,
      id: text(pool, "vnetSubnetID"),
    })),
    { path: "apiServerAccessProfile.subnetId", id: apiServer },
  ];
  const nodes = wanted[0]?.id;
  return [
    ...refuseIf(
      identity === undefined && isGiven(inputs, "identity.userAssignedIdentities"),
      "ResourceNotFound: the user assigned identity was not found",
      "identity.userAssignedIdentities",
    ),
    ...wanted.flatMap(({ path, id }) => {
      const subnet = id === undefined ? undefined : world.find(id, subnetToken);
      return [
        ...refuseIf(id !== undefined && subnet === undefined, `SubnetNotFound: ${id} was not found`, path),
        ...refuseIf(
          identity !== undefined && subnet !== undefined && !isGranted(identity, networkRoles, subnet.id, world),
          `CustomVnetPermissionMissing: ${identity?.id} may not join ${id}; it needs the role Network Contributor`,
          path,
        ),
        ...refuseIf(
          subnet !== undefined && id !== apiServer && blocks(subnet.inputs, "delegations").length > 0,
          `SubnetIsDelegated: ${id} is delegated and takes no nodes`,
          path,
        ),
        ...(subnet === undefined ? [] : overlapRefusals(asked, text(subnet.outputs, "simulatedNetwork") ?? "")),
      ];
    }),
    ...apiServerRefusals(asked, apiServer, nodes),
    ...outboundRefusals(asked, nodes),
  ];
}

function overlapRefusals({ inputs, world }: Asked, networkId: string): Refusal[] {
  const prefixes = texts(world.find(networkId, networkToken)?.inputs ?? {}, "addressSpace.addressPrefixes");
  return ["podCidr", "serviceCidr"].flatMap((name) => {
    const cidr = text(inputs, `networkProfile.${name}`) ?? "";
    const hit = prefixes.find((prefix) => cidrsOverlap(prefix, cidr));
    return refuseIf(
      hit !== undefined,
      `${name}OverlapExistingSubnetsCidr: ${cidr} conflicts with ${hit} of ${networkId}`,
      `networkProfile.${name}`,
    );
  });
}

function apiServerRefusals({ world }: Asked, id: string | undefined, nodes: string | undefined): Refusal[] {
  const subnet = id === undefined ? undefined : world.find(id, subnetToken);
  if (subnet === undefined) return [];
  const path = "apiServerAccessProfile.subnetId";
  const delegated = blocks(subnet.inputs, "delegations").some(
    (each) => text(each, "serviceName") === "Microsoft.ContainerService/managedClusters",
  );
  return [
    ...refuseIf(
      !delegated,
      `ApiServerSubnetNotDelegated: ${id} must be delegated to Microsoft.ContainerService/managedClusters`,
      path,
    ),
    ...refuseIf(
      (cidrPrefix(prefixOf(subnet.inputs)) ?? 32) > 28,
      `ApiServerSubnetTooSmall: ${id} must have at least a /28`,
      path,
    ),
    ...refuseIf(id === nodes, "ApiServerSubnetInUse: nodes and the API server need subnets of their own", path),
  ];
}

function outboundRefusals({ inputs, world }: Asked, nodes: string | undefined): Refusal[] {
  const subnet = nodes === undefined ? undefined : world.find(nodes, subnetToken);
  if (text(inputs, "networkProfile.outboundType") !== "userAssignedNATGateway" || subnet === undefined) return [];
  return refuseIf(
    !isGiven(subnet.inputs, "natGateway.id"),
    `InvalidOutboundType: ${nodes} has no NAT gateway, which outboundType userAssignedNATGateway needs`,
    "networkProfile.outboundType",
  );
}

function keyRefusals({ inputs, world }: Asked): Refusal[] {
  if (flag(inputs, "securityProfile.azureKeyVaultKms.enabled") !== true) return [];
  const path = "securityProfile.azureKeyVaultKms.keyId";
  const identity = world.find(texts(inputs, "identity.userAssignedIdentities")[0] ?? "", identityToken);
  const key = world.find(text(inputs, path) ?? "", keyToken);
  if (key === undefined) return [refusal(`KeyNotFound: the key ${text(inputs, path)} was not found`, path)];
  const vault = world.find(text(key.outputs, "simulatedVault") ?? "", vaultToken);
  const allowed = identity !== undefined && vault !== undefined && isGranted(identity, cryptoRoles, key.id, world);
  return [
    ...refuseIf(
      !allowed,
      `KeyVaultPermissionMissing: ${identity?.id} may not encrypt and decrypt with ${key.id}; it needs the role Key Vault Crypto User`,
      path,
    ),
    ...refuseIf(
      vault !== undefined && flag(vault.inputs, "properties.enablePurgeProtection") !== true,
      `KeyVaultPurgeProtectionDisabled: ${vault?.id} must have purge protection`,
      path,
    ),
  ];
}
