import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterGuard, type ClusterSpec, firstGeneration } from "../contract.js";
import { isLater } from "../leaf.js";
import { dnsServiceAddress } from "./address-plan.js";
import { type AzureContext, inGroup } from "./context.js";
import type { EncryptionKey } from "./encryption.js";
import type { ControlPlaneIdentity } from "./identity.js";
import { type AzureMode, endpointOf, modeOf, upgradeChannelOf } from "./modes.js";
import { digest } from "./naming.js";
import type { AzureNetwork } from "./network.js";
import { sdk } from "./sdk.js";
import { systemPoolProfile } from "./system-pool.js";

/** What the cluster is made with. */
export interface ControlPlaneParts {
  readonly network: AzureNetwork;
  readonly identity: ControlPlaneIdentity;
  readonly key: EncryptionKey | undefined;
  /** What must be there before it, and stay until it is gone. */
  readonly after: readonly pulumi.Resource[];
  readonly guard: ClusterGuard | undefined;
}

/** The managed cluster itself. */
export function createControlPlane(context: AzureContext, parts: ControlPlaneParts): containerservice.ManagedCluster {
  const { ManagedCluster } = sdk.containerservice();
  const { name, spec, parent } = context;
  const { network, identity, key, guard } = parts;
  const mode = modeOf(spec);
  return new ManagedCluster(
    name,
    {
      ...inGroup(context),
      dnsPrefix: name,
      nodeResourceGroup: nodeResourceGroup(context, identity, guard),
      sku: skuOf(spec, mode),
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      ...(spec.kubernetesVersion === undefined ? {} : { kubernetesVersion: spec.kubernetesVersion }),
      autoUpgradeProfile: { upgradeChannel: upgradeChannelOf(spec), nodeOSUpgradeChannel: "NodeImage" },
      agentPoolProfiles: [systemPoolProfile(spec, network)],
      nodeProvisioningProfile: { mode: mode === "pools" ? "Manual" : "Auto" },
      networkProfile: networkProfile(spec, network),
      apiServerAccessProfile: apiServerAccess(spec, network),
      enableRBAC: true,
      aadProfile: { managed: true, enableAzureRBAC: true },
      disableLocalAccounts: true,
      oidcIssuerProfile: { enabled: true },
      securityProfile: {
        workloadIdentity: { enabled: true },
        azureKeyVaultKms: encryption(spec, key),
      },
      storageProfile: { diskCSIDriver: { enabled: true }, snapshotController: { enabled: true } },
    },
    {
      parent,
      dependsOn: [...parts.after, ...(guard === undefined ? [] : [guard.resource])],
      // Azure lists every pool here and changes none of them through here: see system-pool.ts.
      ignoreChanges: ["agentPoolProfiles", ...(spec.kubernetesVersion === undefined ? ["kubernetesVersion"] : [])],
      ...(guard === undefined ? {} : { replacementTrigger: guard.generation }),
      // The lock keeps others from deleting it; in this stack the lock would simply go first.
      protect: spec.deletionProtection,
      // Azure itself gives up after an hour and a half.
      customTimeouts: { create: "90m", update: "90m", delete: "90m" },
    },
  );
}

function skuOf({ controlPlane }: ClusterSpec, mode: AzureMode) {
  if (mode === "automatic") return { name: "Automatic", tier: "Standard" };
  return { name: "Base", tier: controlPlane.highlyAvailable ? "Standard" : "Free" };
}

/**
 * AKS' own name for the nodes' group can be longer than Azure takes. This one is
 * new with every cluster, and with every value that makes a cluster another one,
 * some of which Azure would otherwise refuse to change only half-way through.
 */
function nodeResourceGroup(
  { name, spec }: AzureContext,
  identity: ControlPlaneIdentity,
  guard: ClusterGuard | undefined,
): pulumi.Output<string> {
  return pulumi
    .all([identity.principalId, pulumi.output(immutableValues(spec)), guard?.generation ?? firstGeneration])
    .apply(([principal, values, generation]) => {
      const made = generation === firstGeneration ? [principal, values] : [principal, values, generation];
      return `${name}-nodes-${digest(made, 8)}`;
    });
}

function networkProfile({ network }: ClusterSpec, { outboundType }: AzureNetwork) {
  return {
    networkPlugin: "azure",
    networkPluginMode: "overlay",
    networkDataplane: "cilium",
    networkPolicy: "cilium",
    loadBalancerSku: "standard",
    outboundType,
    podCidr: network.podCidr,
    serviceCidr: network.serviceCidr,
    dnsServiceIP: dnsAddress(network.serviceCidr),
  };
}

function dnsAddress(serviceCidr: pulumi.Input<string>): pulumi.Input<string> {
  const addressOf = (cidr: string): string => {
    const address = dnsServiceAddress(cidr);
    if (address === undefined) throw new Error(`network.serviceCidr ${cidr} has no address for the cluster's DNS`);
    return address;
  };
  return isLater<string>(serviceCidr) ? pulumi.output(serviceCidr).apply(addressOf) : addressOf(serviceCidr);
}

/** Everybody, as AKS says it: no list at all. */
const world = "0.0.0.0/0";

function apiServerAccess(spec: ClusterSpec, network: AzureNetwork) {
  const isPrivate = endpointOf(spec) === "private";
  const ranges = pulumi
    .all([...spec.controlPlane.allowedCidrs])
    .apply((listed) => (listed.includes(world) ? [] : listed));
  return {
    enablePrivateCluster: isPrivate,
    ...(isPrivate
      ? { privateDNSZone: "system", enablePrivateClusterPublicFQDN: false }
      : { authorizedIPRanges: ranges }),
    // In the network itself nodes reach it without leaving it, and it can become public or private at any time.
    ...(network.apiServerSubnetId === undefined
      ? {}
      : { enableVnetIntegration: true, subnetId: network.apiServerSubnetId }),
  };
}

function encryption({ controlPlane }: ClusterSpec, key: EncryptionKey | undefined) {
  // Said in so many words: leaving it out would not turn it off again.
  if (key === undefined) return { enabled: false };
  return { enabled: controlPlane.secretsEncryption, keyId: key.url, keyVaultNetworkAccess: "Public" };
}

/** See `ClusterProvider.immutable`. */
export function immutableValues(spec: ClusterSpec): Readonly<Record<string, pulumi.Input<unknown>>> {
  const { azure, compute, network } = spec;
  const { existing } = network;
  // Without a subnet of its own, the API server is private for good, or public for good.
  const endpoint =
    existing !== undefined && existing.subnets.length < 2
      ? { "controlPlane.endpoint": endpointOf(spec) === "private" ? "private" : "public" }
      : {};
  return {
    compute,
    ...(compute === "serverless" ? { "azure.serverless": modeOf(spec) } : {}),
    "azure.location": azure.location ?? "",
    "azure.resourceGroup": azure.resourceGroup ?? "",
    // Listed always: a cluster cannot move from a network of its own to another either.
    "network.cidr": existing === undefined ? network.cidr : "",
    "network.existing.id": existing?.id ?? "",
    "network.existing.subnets": pulumi.all([...(existing?.subnets ?? [])]).apply((ids) => ids.join(" ")),
    "network.podCidr": network.podCidr,
    "network.serviceCidr": network.serviceCidr,
    "network.zones": network.zones,
    ...endpoint,
  };
}
