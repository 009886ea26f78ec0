import type * as container from "@pulumi/gcp/container/index.js";
import * as pulumi from "@pulumi/pulumi";
import { poolLabel } from "../../core/labels.js";
import { parseQuantity } from "../../core/quantity.js";
import type { ClusterSpec, PoolSpec, TaintSpec } from "../contract.js";
import { isLater, known, mapLeaf } from "../leaf.js";
import type { MachineChoice } from "../sizes.js";
import { cloudPlatform } from "./control-plane.js";
import type { NodeIdentity } from "./identity.js";
import { labelsOf } from "./labels.js";
import { acceleratorOf, type DiskKind, diskKind, machineFor } from "./machine-types.js";
import { fingerprint, nameBase } from "./names.js";
import type { Place } from "./place.js";
import { initialPerZone, startingSize } from "./pool-size.js";
import type { GcpSdk } from "./sdk.js";

/** A pool, and what its nodes are. */
interface PoolPlan {
  readonly pool: PoolSpec;
  readonly choice: MachineChoice;
  readonly disk: DiskKind;
}

/** What each pool's nodes are. Pools that the checks refuse are left out. */
export function planPools(spec: ClusterSpec): PoolPlan[] {
  return spec.pools.flatMap((pool) => {
    const result = machineFor(pool, spec.gcp.machineTypes);
    if (!("choice" in result)) return [];
    const { choice } = result;
    return [{ pool, choice, disk: diskKind(choice.type.name, pool.disk.class) }];
  });
}

/** True when ordinary pods cannot run on the pool: it is tainted. */
export function keepsPodsOut({ taints }: PoolSpec): boolean {
  return taints.some(({ effect }) => known(effect) !== undefined && known(effect) !== "PreferNoSchedule");
}

/** One resource a pool. */
export function createNodePools(
  sdk: GcpSdk,
  name: string,
  spec: ClusterSpec,
  place: Place,
  cluster: container.Cluster,
  nodes: NodeIdentity,
  parent: pulumi.Resource,
): container.NodePool[] {
  const sizeOf = startingSize(sdk, cluster, parent);
  return planPools(spec).map((plan) => {
    const { pool, choice } = plan;
    const size = sizeOf(pool);
    const zones = zonesOf(pool, place);
    return new sdk.container.NodePool(
      `${nameBase(name)}-${pool.name}`,
      {
        name: poolName(plan, spec.kubernetesVersion),
        project: place.project,
        location: cluster.location,
        cluster: cluster.name,
        nodeLocations: zones,
        ...sizeArgs(pool, zones.length),
        management: { autoRepair: true, autoUpgrade: true },
        upgradeSettings: upgradeSettings(plan),
        nodeConfig: {
          machineType: choice.type.name,
          imageType: "COS_CONTAINERD",
          spot: pool.spot,
          ...diskArgs(plan),
          ...acceleratorArgs(plan),
          labels: { ...pool.labels, [poolLabel]: pool.name },
          ...(pool.taints.length === 0 ? {} : { taints: pool.taints.map(toTaint) }),
          resourceLabels: labelsOf(spec),
          serviceAccount: nodes.email,
          oauthScopes: [cloudPlatform],
          metadata: { "disable-legacy-endpoints": "true" },
          // Not every Arm machine starts with Secure Boot.
          shieldedInstanceConfig: {
            enableSecureBoot: choice.type.arch === "amd64",
            enableIntegrityMonitoring: true,
          },
          // Pods ask GKE's metadata server who they are, never the node's own.
          workloadMetadataConfig: { mode: "GKE_METADATA" },
        },
      },
      {
        parent,
        dependsOn: [...nodes.roles],
        ...size,
        // The autoscaler's and the patches' affair.
        ignoreChanges: [...size.ignoreChanges, "nodeCount", "version"],
      },
    );
  });
}

/**
 * A name that changes with what cannot change in place, so that the new pool is
 * there before the old one goes. The minor is part of it: a pool follows the
 * control plane to the next minor by being replaced, because its version also
 * moves with every patch, and would be drift as an input.
 */
export function poolName(
  { pool, choice, disk }: PoolPlan,
  kubernetesVersion: pulumi.Input<string> | undefined,
): pulumi.Input<string> {
  const immutable = { machine: choice.type.name, accelerator: acceleratorOf(choice.type, pool), spot: pool.spot, disk };
  const nameOf = (diskSizeGb: number, minor: string) =>
    `${pool.name}-${fingerprint({ ...immutable, diskSizeGb, minor }, 6)}`;
  const size = mapLeaf(pool.disk.size, gigabytes);
  const minor = kubernetesVersion ?? "";
  if (isLater<number>(size) || isLater<string>(minor)) {
    return pulumi.all([size, minor]).apply(([diskSizeGb, version]) => nameOf(diskSizeGb, version));
  }
  return nameOf(size, minor);
}

function zonesOf({ zones }: PoolSpec, place: Place): pulumi.Output<string>[] {
  if (zones.length === 0) return [...place.zones];
  return zones.flatMap((number) => place.zones[number - 1] ?? []);
}

/**
 * Totals over all zones: GKE's plain counts are per zone. A fixed size is a range
 * of one, because counts per zone cannot say two nodes in three zones.
 */
function sizeArgs(pool: PoolSpec, zones: number): Pick<container.NodePoolArgs, "autoscaling" | "initialNodeCount"> {
  return {
    initialNodeCount: pulumi.all([pool.min, pool.max]).apply(([min, max]) => initialPerZone(min, max, zones)),
    // GKE refuses an autoscaler whose most is none.
    ...(pool.max === 0
      ? {}
      : {
          autoscaling: {
            totalMinNodeCount: pool.min,
            totalMaxNodeCount: pool.max,
            // Spare capacity is where it is.
            locationPolicy: pool.spot ? "ANY" : "BALANCED",
          },
        }),
  };
}

/** One node more while nodes are replaced; where machines are scarce, one node less. */
function upgradeSettings(plan: PoolPlan) {
  const isScarce = acceleratorOf(plan.choice.type, plan.pool) !== undefined;
  return { strategy: "SURGE", maxSurge: isScarce ? 0 : 1, maxUnavailable: isScarce ? 1 : 0 };
}

function diskArgs({ pool, disk }: PoolPlan) {
  const sizeGb = mapLeaf(pool.disk.size, gigabytes);
  const { diskType, performance } = disk;
  if (performance === undefined) return { diskType, diskSizeGb: sizeGb };
  return { bootDisk: { diskType, sizeGb, ...performance } };
}

const gibibyte = 1024n ** 3n * 1_000_000_000n;

/** In whole gibibytes, rounded up: what Google Cloud calls GB. */
export function gigabytes(size: string): number {
  const amount = parseQuantity(size);
  if (amount === undefined) throw new pulumi.RunError(`${size} is no size of a disk. Fix: write it like 50Gi.`);
  return Number((amount + gibibyte - 1n) / gibibyte);
}

function acceleratorArgs({ choice, pool }: PoolPlan) {
  const accelerator = acceleratorOf(choice.type, pool);
  if (accelerator === undefined) return {};
  return {
    guestAccelerators: [{ ...accelerator, gpuDriverInstallationConfig: { gpuDriverVersion: "DEFAULT" } }],
  };
}

const effects: Readonly<Record<string, string>> = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
};

function toTaint({ key, value, effect }: TaintSpec) {
  return { key, value: value ?? "", effect: mapLeaf(effect, (word) => effects[word] ?? word) };
}
