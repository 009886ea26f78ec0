import * as pulumi from "@pulumi/pulumi";
import { poolLabel } from "../../core/labels.js";
import { type CapabilityTable, emulated } from "../capabilities.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { isLater } from "../leaf.js";
import { azurePools, azureServerless } from "../matrix-azure.js";
import type { ReportDraft } from "../report.js";
import { type ClusterPlaces, clusterRows, type Place, type PoolPlaces } from "../report-places.js";
import { auditCategories, auditLogDays } from "./addons.js";
import { planAddresses } from "./address-plan.js";
import { diskGib, machineOf } from "./machine-types.js";
import { endpointOf, modeOf, upgradeChannelOf } from "./modes.js";
import { autoscales, osDiskTypeOf, taintsOf } from "./node-pools.js";
import { networkZones, poolZones } from "./zones.js";

/** What a cluster of this spec can be asked for. */
export function tableOf({ compute }: ClusterSpec): CapabilityTable {
  return compute === "serverless" ? azureServerless : azurePools;
}

/** What was asked of AKS and what comes of it. */
export function describeAzure(name: string, spec: ClusterSpec): ReportDraft[] {
  const role = `azure-native:authorization:RoleAssignment ${name}`;
  const zones = zonesText(networkZones(spec));
  return clusterRows(spec, tableOf(spec), {
    resource: `azure-native:containerservice:ManagedCluster ${name}`,
    kubernetesVersion: "kubernetesVersion",
    releaseChannel: channel(spec),
    compute: { field: "sku.name", realised: skuText(spec) },
    pool: (pool) => poolPlaces(name, spec, pool),
    ...controlPlanePlaces(name, spec),
    cidr: {
      resource: `azure-native:network:Subnet ${name}-nodes`,
      field: "addressPrefix",
      realised: nodeRange(spec.network.cidr),
    },
    podCidr: "networkProfile.podCidr",
    serviceCidr: "networkProfile.serviceCidr",
    zones: { field: "agentPoolProfiles[0].availabilityZones", realised: zones },
    existingNetwork: { resource: `${role}-nodes-access`, field: "scope" },
    existingSubnets: { field: "agentPoolProfiles[0].vnetSubnetID", realised: spec.network.existing?.subnets[0] },
    admins: { resource: `${role}-admin-…`, field: "principalId" },
    deletionProtection: spec.deletionProtection
      ? {
          resource: `azure-native:authorization:ManagementLockByScope ${name}-lock`,
          field: "level",
          realised: "CanNotDelete",
        }
      : "protect",
    tags: "tags",
  });
}

type ControlPlanePlaces = Pick<
  ClusterPlaces,
  "highlyAvailable" | "endpoint" | "allowedCidrs" | "auditLogs" | "secretsEncryption" | "encryptionKey"
>;

function controlPlanePlaces(name: string, spec: ClusterSpec): ControlPlanePlaces {
  const { highlyAvailable, auditLogs, secretsEncryption } = spec.controlPlane;
  const logs = `${auditCategories.join(" and ")}, kept ${auditLogDays} days`;
  return {
    highlyAvailable: {
      field: "sku.tier",
      realised: highlyAvailable || modeOf(spec) === "automatic" ? "Standard" : "Free",
    },
    endpoint: { field: "apiServerAccessProfile.enablePrivateCluster", realised: endpointOf(spec) },
    allowedCidrs: "apiServerAccessProfile.authorizedIPRanges",
    auditLogs:
      auditLogs === false
        ? ""
        : { resource: `azure-native:monitor:DiagnosticSetting ${name}-audit`, field: "logs", realised: logs },
    secretsEncryption: {
      field: "securityProfile.azureKeyVaultKms.enabled",
      realised: secretsEncryption === false ? "false: Azure's own key encrypts the disks" : secretsEncryption,
    },
    encryptionKey: "securityProfile.azureKeyVaultKms.keyId",
  };
}

/** AKS has two channels that raise the minor; `stable` is the slower one. */
function channel(spec: ClusterSpec): Place {
  const place = { field: "autoUpgradeProfile.upgradeChannel", realised: upgradeChannelOf(spec) };
  if (spec.releaseChannel !== "regular") return place;
  return {
    ...place,
    support: emulated("AKS' channel `stable`, one minor behind the newest, as there is none between it and `rapid`"),
  };
}

function skuText(spec: ClusterSpec): string {
  switch (modeOf(spec)) {
    case "pools":
      return "Base, with agent pools";
    case "automatic":
      return "Automatic";
    case "nodeAutoProvisioning":
      return "Base, with node auto-provisioning";
  }
}

function poolPlaces(name: string, spec: ClusterSpec, pool: PoolSpec): PoolPlaces {
  const machine = machineOf(spec, pool);
  const scales = autoscales(pool);
  const vmSize = "vmSize";
  return {
    resource: `azure-native:containerservice:AgentPool ${name}-${pool.name}`,
    machine: "choice" in machine ? machine.choice : undefined,
    cpu: vmSize,
    memory: vmSize,
    arch: vmSize,
    gpu: vmSize,
    min: scales ? "minCount" : "count",
    max: scales ? "maxCount" : "count",
    spot: { field: "scaleSetPriority", realised: "Spot" },
    labels: { field: "nodeLabels", realised: { ...pool.labels, [poolLabel]: pool.name } },
    taints: { field: "nodeTaints", realised: taintsOf(pool) },
    zones: { field: "availabilityZones", realised: zonesText(poolZones(spec, pool)) },
    diskSize: { field: "osDiskSizeGB", realised: later(pool.disk.size, diskGib) },
    diskClass: { field: "osDiskType", realised: osDiskTypeOf(pool) },
  };
}

const zonesText = (zones: readonly string[]): string => (zones.length === 0 ? "placed by Azure" : zones.join(", "));

const nodeRange = (cidr: pulumi.Input<string>) => later(cidr, (text) => planAddresses(text)?.nodes);

function later<T>(leaf: pulumi.Input<string>, read: (text: string) => T): pulumi.Input<T> {
  return isLater<string>(leaf) ? pulumi.output(leaf).apply(read) : read(leaf);
}
