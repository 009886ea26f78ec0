import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import type { AzureContext } from "./context.js";
import { modeOf } from "./modes.js";
import type { AzureNetwork } from "./network.js";
import { podsOfNode, surge } from "./node-pools.js";
import { aksApiVersion, sdk } from "./sdk.js";
import { networkZones } from "./zones.js";

/** The pool that AKS' own pods run on. A cluster cannot be made without it, nor be rid of it later. */
export const systemPoolName = "system";

/**
 * Four cores are what Microsoft asks for a system pool; the local disk holds
 * the operating system. A pool's size cannot change in place: another one here
 * would have to come under another name.
 */
export const systemVmSize = "Standard_D4ds_v5";
const systemDiskGib = 128;

/** Keeps workloads off it. */
export const systemTaint = "CriticalAddonsOnly=true:NoSchedule";

/** How many nodes the system pool has at least and at most. */
export function systemBounds({ controlPlane, network }: ClusterSpec): { readonly min: number; readonly max: number } {
  const min = controlPlane.highlyAvailable ? Math.max(2, network.zones) : 1;
  return { min, max: min + 2 };
}

/** The system pool as AKS wants it inside the cluster when that is made. */
export function systemPoolProfile(spec: ClusterSpec, network: AzureNetwork) {
  if (modeOf(spec) === "automatic") {
    // AKS Automatic chooses the size and insists on every zone.
    const availabilityZones = networkZones(spec);
    return { name: systemPoolName, mode: "System", count: 3, vnetSubnetID: network.nodeSubnetId, availabilityZones };
  }
  return { name: systemPoolName, ...systemPoolProperties(spec, network) };
}

function systemPoolProperties(spec: ClusterSpec, network: AzureNetwork) {
  const availabilityZones = networkZones(spec);
  // Nodes are added by provisioning then; the autoscaler of pools cannot run beside it.
  const scales = modeOf(spec) === "pools";
  const { min, max } = systemBounds(spec);
  return {
    mode: "System",
    type: "VirtualMachineScaleSets",
    osType: "Linux",
    osSKU: "Ubuntu",
    vmSize: systemVmSize,
    osDiskType: "Ephemeral",
    osDiskSizeGB: systemDiskGib,
    maxPods: podsOfNode,
    vnetSubnetID: network.nodeSubnetId,
    ...(availabilityZones.length === 0 ? {} : { availabilityZones }),
    enableAutoScaling: scales,
    ...(scales ? { count: min, minCount: min, maxCount: max } : { count: Math.max(2, min) }),
    nodeTaints: [systemTaint],
    upgradeSettings: { maxSurge: surge },
  };
}

/**
 * Brings the system pool along when the version is raised or its bounds change.
 *
 * Azure takes no change of a pool through its cluster, and Pulumi no resource
 * for a pool that its cluster has made. A template of one pool is Azure's own
 * way to change it, and does nothing when nothing changed. A release channel
 * upgrades the pool itself, and so does AKS Automatic.
 */
export function followWithSystemPool(
  context: AzureContext,
  network: AzureNetwork,
  cluster: containerservice.ManagedCluster,
): pulumi.Resource[] {
  const { name, spec, group, parent, tags } = context;
  if (spec.kubernetesVersion === undefined || modeOf(spec) === "automatic") return [];
  const { Deployment } = sdk.resources();
  return [
    new Deployment(
      `${name}-system-pool`,
      {
        resourceGroupName: group.name,
        tags,
        properties: {
          mode: "Incremental",
          template: {
            $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            contentVersion: "1.0.0.0",
            resources: [
              {
                type: "Microsoft.ContainerService/managedClusters/agentPools",
                apiVersion: aksApiVersion,
                name: pulumi.interpolate`${cluster.name}/${systemPoolName}`,
                properties: { ...systemPoolProperties(spec, network), orchestratorVersion: spec.kubernetesVersion },
              },
            ],
          },
        },
      },
      { parent, dependsOn: [cluster] },
    ),
  ];
}
