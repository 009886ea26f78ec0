import { at, flag, isGiven, number, text, textMap, texts } from "../blocks.js";
import type { Block, Refusal, SimulatedPool } from "../model.js";
import {
  boundsRefusals,
  eachOneOfRefusals,
  oneOfRefusals,
  orderRefusals,
  patternRefusals,
  refuseIf,
} from "../refusals.js";
import { vmSize } from "./vm-sizes.js";

/** What AKS says of a pool's properties, on its own or within its cluster. */

const taintPattern = /^([\w./-]+)(?:=([\w.-]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;
const code = "InvalidParameter";

/** What is wrong with a pool by itself. Values that are not known yet are passed over. */
export function poolRefusals(pool: Block): Refusal[] {
  return [...sizeRefusals(pool), ...machineRefusals(pool), ...spotRefusals(pool), ...labelRefusals(pool)];
}

function sizeRefusals(pool: Block): Refusal[] {
  const scales = flag(pool, "enableAutoScaling") === true;
  const isSystem = text(pool, "mode") === "System";
  const bounded = isGiven(pool, "minCount") || isGiven(pool, "maxCount");
  return [
    ...boundsRefusals(pool, "count", isSystem ? 1 : 0, 1000, code),
    ...boundsRefusals(pool, "minCount", isSystem ? 1 : 0, 1000, code),
    ...boundsRefusals(pool, "maxCount", 1, 1000, code),
    ...orderRefusals(pool, "minCount", "maxCount", code),
    ...refuseIf(
      scales && !(isGiven(pool, "minCount") && isGiven(pool, "maxCount")),
      `${code}: minCount and maxCount must be given when auto scaling is enabled`,
      "minCount",
    ),
    ...refuseIf(
      !scales && at(pool, "enableAutoScaling") !== undefined && bounded && flag(pool, "enableAutoScaling") === false,
      "AutoScalingNotEnabled: minCount and maxCount need enableAutoScaling",
      "minCount",
    ),
    ...boundsRefusals(pool, "maxPods", isSystem ? 30 : 10, 250, "InvalidMaxPods"),
  ];
}

/** What AKS itself says of a size: an autoscaled pool starts, and is changed, with a size within its bounds. */
export function countRefusals(pool: Block): Refusal[] {
  const [min, max, count] = [number(pool, "minCount"), number(pool, "maxCount"), number(pool, "count")];
  const isOutside = count !== undefined && min !== undefined && max !== undefined && (count < min || count > max);
  return refuseIf(
    flag(pool, "enableAutoScaling") === true && isOutside,
    `${code}: count ${count} is not between minCount ${min} and maxCount ${max}`,
    "count",
  );
}

function machineRefusals(pool: Block): Refusal[] {
  const name = text(pool, "vmSize");
  const machine = name === undefined ? undefined : vmSize(name);
  const disk = number(pool, "osDiskSizeGB");
  const ephemeral = text(pool, "osDiskType") === "Ephemeral";
  const smallSystem =
    machine !== undefined && text(pool, "mode") === "System" && (machine.cpu < 2 || machine.memoryGib < 4);
  return [
    ...refuseIf(
      name !== undefined && machine === undefined,
      `VMSizeNotSupported: the VM size of ${name} is not allowed in your subscription in this location`,
      "vmSize",
    ),
    ...refuseIf(smallSystem, "SystemPoolSkuTooLow: a system pool needs 2 cores and 4 GiB of memory", "vmSize"),
    ...refuseIf(
      disk !== undefined && disk !== 0 && (disk < 30 || disk > 2048),
      `InvalidOSDiskSize: osDiskSizeGB must be between 30 and 2048, not ${disk}`,
      "osDiskSizeGB",
    ),
    ...refuseIf(
      ephemeral && machine !== undefined && machine.localDiskGib < (disk ?? 128),
      `EphemeralOSDiskNotSupported: ${name} has no local disk of ${disk ?? 128} GiB for an ephemeral OS disk`,
      "osDiskType",
    ),
    ...refuseIf(
      isGiven(pool, "gpuProfile") && machine !== undefined && !machine.gpu,
      `${code}: gpuProfile needs a size with an accelerator, and ${name} has none`,
      "gpuProfile",
    ),
    ...eachOneOfRefusals(pool, "availabilityZones", ["1", "2", "3"], "AvailabilityZoneNotSupported"),
    ...refuseIf(
      isGiven(pool, "availabilityZones") && text(pool, "type") === "AvailabilitySet",
      "AvailabilityZoneUnsupported: availability zones need virtual machine scale sets",
      "type",
    ),
  ];
}

function spotRefusals(pool: Block): Refusal[] {
  const isSpot = text(pool, "scaleSetPriority") === "Spot";
  const price = number(pool, "spotMaxPrice");
  return [
    ...refuseIf(
      isSpot && text(pool, "mode") === "System",
      "InvalidScaleSetPriority: a system pool cannot be of spot machines",
      "scaleSetPriority",
    ),
    ...refuseIf(
      !isSpot && isGiven(pool, "scaleSetEvictionPolicy") && at(pool, "scaleSetPriority") !== undefined,
      `${code}: scaleSetEvictionPolicy can only be set when scaleSetPriority is Spot`,
      "scaleSetEvictionPolicy",
    ),
    ...refuseIf(
      price !== undefined && price !== -1 && price <= 0,
      `${code}: spotMaxPrice must be -1 or greater than 0, not ${price}`,
      "spotMaxPrice",
    ),
    ...refuseIf(
      isSpot && isGiven(pool, "upgradeSettings.maxSurge"),
      "SpotPoolMaxSurgeNotAllowed: spot pools can't set max surge",
      "upgradeSettings.maxSurge",
    ),
    ...patternRefusals(pool, "upgradeSettings.maxSurge", /^(\d+|\d{1,3}%)$/, "InvalidMaxSurge"),
  ];
}

function labelRefusals(pool: Block): Refusal[] {
  const reserved = /^(([\w.-]+\.)?kubernetes\.io|kubernetes\.azure\.com)\//;
  const own = "kubernetes.azure.com/scalesetpriority";
  return [
    ...Object.entries(textMap(pool, "nodeLabels")).flatMap(([key, value]) => [
      ...refuseIf(
        reserved.test(key) && key !== own,
        `InvalidNodeLabels: the prefix of ${key} is reserved for the system`,
        `nodeLabels["${key}"]`,
      ),
      ...refuseIf(
        !/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value),
        `InvalidNodeLabels: "${value}" is no value of a label`,
        `nodeLabels["${key}"]`,
      ),
    ]),
    ...texts(pool, "nodeTaints").flatMap((taint, index) =>
      refuseIf(!taintPattern.test(taint), `InvalidTaints: "${taint}" is no key=value:effect`, `nodeTaints[${index}]`),
    ),
    ...oneOfRefusals(pool, "osType", ["Linux", "Windows"], code),
  ];
}

/** What cannot change about a pool in place. */
export const immutablePoolProperties = [
  "vmSize",
  "osDiskType",
  "osDiskSizeGB",
  "osType",
  "maxPods",
  "type",
  "availabilityZones",
  "scaleSetPriority",
  "scaleSetEvictionPolicy",
  "spotMaxPrice",
  "vnetSubnetID",
  "enableNodePublicIP",
  "gpuProfile",
];

/** The nodes of a pool, with what AKS sets on them. */
export function nodesOf(pool: Block, name: string, location: string): SimulatedPool {
  const size = text(pool, "vmSize") ?? "Standard_D4ds_v5";
  const machine = vmSize(size);
  const zones = texts(pool, "availabilityZones");
  return {
    name,
    count: number(pool, "count") ?? 1,
    cpu: String(machine?.cpu ?? 4),
    memory: `${machine?.memoryGib ?? 16}Gi`,
    arch: machine?.arch ?? "amd64",
    labels: {
      ...textMap(pool, "nodeLabels"),
      agentpool: name,
      "kubernetes.azure.com/agentpool": name,
      "kubernetes.azure.com/mode": (text(pool, "mode") ?? "User").toLowerCase(),
      "node.kubernetes.io/instance-type": size,
    },
    taints: texts(pool, "nodeTaints").flatMap((taint) => {
      const [, key, value, effect] = taintPattern.exec(taint) ?? [];
      if (key === undefined || effect === undefined) return [];
      return [value === undefined ? { key, effect } : { key, value, effect }];
    }),
    zones: zones.length === 0 ? ["0"] : zones.map((zone) => `${location}-${zone}`),
  };
}
