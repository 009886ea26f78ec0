import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import * as pulumi from "@pulumi/pulumi";
import { poolLabel } from "../../core/labels.js";
import { joinPath } from "../../core/shape.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { isLater, known } from "../leaf.js";
import type { AzureContext } from "./context.js";
import { diskGib, machineOf } from "./machine-types.js";
import { modeOf } from "./modes.js";
import { agentPoolName } from "./naming.js";
import type { AzureNetwork } from "./network.js";
import { autoscaledSize } from "./pool-size.js";
import { sdk } from "./sdk.js";
import { poolZones } from "./zones.js";

/** What AKS itself sets on spot nodes, so it must be asked for, or it would look like drift. */
export const spotMark = { key: "kubernetes.azure.com/scalesetpriority", value: "spot" } as const;

/** How many more nodes an upgrade takes while it runs. */
export const surge = "33%";

/** Pods of one node: what Kubernetes itself recommends at most. */
export const podsOfNode = 110;

/** Agent pools beside the system's own, one for each of the user's. */
export function createNodePools(
  context: AzureContext,
  network: AzureNetwork,
  cluster: containerservice.ManagedCluster,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { AgentPool } = sdk.containerservice();
  const { name, spec, group, parent, tags } = context;
  const sizeOf = autoscaledSize(context, cluster);
  return spec.pools.map((pool) => {
    const size = autoscales(pool) ? sizeOf(pool) : { ignoreChanges: [] };
    return new AgentPool(
      `${name}-${pool.name}`,
      {
        ...agentPoolArgs(spec, pool),
        resourceGroupName: group.name,
        resourceName: cluster.name,
        vnetSubnetID: network.nodeSubnetId,
        tags,
      },
      {
        parent,
        dependsOn: [...after],
        ...size,
        // A release channel changes the version itself.
        ignoreChanges: [
          ...size.ignoreChanges,
          ...(spec.kubernetesVersion === undefined ? ["orchestratorVersion"] : []),
        ],
      },
    );
  });
}

/** See `ClusterProvider.held`: a lock on a cluster holds its agent pools too, and Azure has no lock that does not. */
export function poolsUnderLock(spec: ClusterSpec): Readonly<Record<string, pulumi.Input<string>>> {
  if (modeOf(spec) !== "pools") return {};
  return Object.fromEntries(
    spec.pools.map((pool) => [joinPath("pools", pool.name), agentPoolArgs(spec, pool).agentPoolName]),
  );
}

/** A pool's own part of its arguments. Pure. */
export function agentPoolArgs(spec: ClusterSpec, pool: PoolSpec) {
  const vmSize = vmSizeOf(spec, pool);
  const availabilityZones = poolZones(spec, pool);
  const osDiskType = osDiskTypeOf(pool);
  const osDiskSizeGB = diskSizeOf(pool);
  const immutable = [vmSize, availabilityZones, osDiskType, pool.spot, podsOfNode];
  return {
    agentPoolName: isLater<number>(osDiskSizeGB)
      ? pulumi.output(osDiskSizeGB).apply((size) => agentPoolName(pool.name, [...immutable, size]))
      : agentPoolName(pool.name, [...immutable, osDiskSizeGB]),
    mode: "User",
    type: "VirtualMachineScaleSets",
    osType: "Linux",
    osSKU: "Ubuntu",
    vmSize,
    osDiskType,
    osDiskSizeGB,
    maxPods: podsOfNode,
    ...(availabilityZones.length === 0 ? {} : { availabilityZones }),
    ...(spec.kubernetesVersion === undefined ? {} : { orchestratorVersion: spec.kubernetesVersion }),
    count: pool.min,
    enableAutoScaling: autoscales(pool),
    ...(autoscales(pool) ? { minCount: pool.min, maxCount: pool.max } : {}),
    nodeLabels: { ...pool.labels, [poolLabel]: pool.name, ...(pool.spot ? { [spotMark.key]: spotMark.value } : {}) },
    nodeTaints: taintsOf(pool),
    ...(pool.spot
      ? // No node can be added for an upgrade where none may be left to have.
        { scaleSetPriority: "Spot", scaleSetEvictionPolicy: "Delete", spotMaxPrice: -1 }
      : { scaleSetPriority: "Regular", upgradeSettings: { maxSurge: surge, drainTimeoutInMinutes: 30 } }),
    ...(pool.gpu === undefined ? {} : { gpuProfile: { driver: "Install" } }),
    enableNodePublicIP: false,
  };
}

/** Whether the number of nodes is the autoscaler's; where the bounds are known only later, it is. */
export function autoscales({ min, max }: PoolSpec): boolean {
  const [least, most] = [known(min), known(max)];
  return least === undefined || most === undefined || least !== most;
}

function vmSizeOf(spec: ClusterSpec, pool: PoolSpec): string {
  const machine = machineOf(spec, pool);
  if ("problems" in machine) throw new Error(`the checks let pool ${pool.name} pass without a size`);
  return machine.choice.type.name;
}

/** The machine's own disk is the fast one; the other is a managed one, kept when the machine is moved. */
export function osDiskTypeOf({ disk }: PoolSpec): "Ephemeral" | "Managed" {
  return disk.class === "fast" ? "Ephemeral" : "Managed";
}

function diskSizeOf({ disk }: PoolSpec): pulumi.Input<number> {
  const gib = (size: string): number => {
    const found = diskGib(size);
    if (found === undefined) throw new Error(`${JSON.stringify(size)} is not a Kubernetes quantity`);
    return found;
  };
  return isLater<string>(disk.size) ? pulumi.output(disk.size).apply(gib) : gib(disk.size);
}

/** As AKS writes them: `key=value:Effect`. */
export function taintsOf(pool: PoolSpec): pulumi.Input<string>[] {
  const own = pool.taints.map(({ key, value, effect }): pulumi.Input<string> => {
    const parts = [key, value ?? "", effect];
    const join = ([k, v, e]: readonly string[]) => (v === "" ? `${k}:${e}` : `${k}=${v}:${e}`);
    return parts.some((part) => isLater<string>(part))
      ? pulumi.all(parts).apply(join)
      : join(parts.filter((part) => typeof part === "string"));
  });
  return pool.spot ? [...own, `${spotMark.key}=${spotMark.value}:NoSchedule`] : own;
}
