import { blocks, flag, isGiven, number, text, textMap, texts } from "../blocks.js";
import type { Asked, Block, PoolOfCluster, Refusal, ResourceRules } from "../model.js";
import {
  boundsRefusals,
  eachBlock,
  minorOf,
  minorsAfter,
  oneOfRefusals,
  orderRefusals,
  refusal,
  refuseIf,
} from "../refusals.js";
import type { SimulatedResource, World } from "../world.js";
import { labelRefusals, named, nameRefusals, projectOf, regionOf, zonesOf } from "./common.js";
import { machineType } from "./machine-types.js";
import { accountToken, clusterToken, poolToken } from "./tokens.js";

const code = "googleapi: Error 400";
const effects: Readonly<Record<string, string>> = {
  NO_SCHEDULE: "NoSchedule",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
  NO_EXECUTE: "NoExecute",
};

/** What is wrong with a pool's nodes by themselves. */
export function nodeConfigRefusals(inputs: Block, within = "nodeConfig"): Refusal[] {
  const name = text(inputs, `${within}.machineType`);
  const machine = name === undefined ? undefined : machineType(name);
  const path = (property: string): string => `${within}.${property}`;
  return [
    ...refuseIf(
      name !== undefined && machine === undefined,
      `${code}: Invalid value for field 'machineType': '${name}' does not exist., badRequest`,
      path("machineType"),
    ),
    ...diskRefusals(inputs, within),
    ...acceleratorRefusals(inputs, within),
    ...refuseIf(
      flag(inputs, path("spot")) === true && flag(inputs, path("preemptible")) === true,
      `${code}: nodes are either spot or preemptible`,
      path("spot"),
    ),
    ...refuseIf(
      machine?.arch === "arm64" &&
        flag(inputs, path("shieldedInstanceConfig.enableSecureBoot")) === true &&
        name?.startsWith("t2a") === true,
      `${code}: Secure Boot is not supported on ${name}`,
      path("shieldedInstanceConfig.enableSecureBoot"),
    ),
    ...oneOfRefusals(
      inputs,
      path("imageType"),
      ["COS_CONTAINERD", "UBUNTU_CONTAINERD", "WINDOWS_LTSC_CONTAINERD"],
      code,
    ),
    ...oneOfRefusals(inputs, path("workloadMetadataConfig.mode"), ["GKE_METADATA", "GCE_METADATA"], code),
    ...eachBlock(inputs, path("taints"), (taint, own) =>
      oneOfRefusals(taint, "effect", Object.keys(effects), code).map(({ message }) =>
        refusal(message, `${own}.effect`),
      ),
    ),
    ...Object.keys(textMap(inputs, path("labels"))).flatMap((key) =>
      refuseIf(
        /^(([\w.-]+\.)?kubernetes\.io|([\w.-]+\.)?k8s\.io|cloud\.google\.com)\//.test(key),
        `${code}: Node_pool labels must not use reserved prefixes: ${key}., badRequest`,
        `${path("labels")}["${key}"]`,
      ),
    ),
    ...labelRefusals(inputs, path("resourceLabels")),
  ];
}

function diskRefusals(inputs: Block, within: string): Refusal[] {
  const name = text(inputs, `${within}.machineType`);
  const machine = name === undefined ? undefined : machineType(name);
  const boot = isGiven(inputs, `${within}.bootDisk`);
  const type = text(inputs, `${within}.bootDisk.diskType`) ?? text(inputs, `${within}.diskType`);
  const isHyperdisk = type?.startsWith("hyperdisk") === true;
  const path = boot ? `${within}.bootDisk.diskType` : `${within}.diskType`;
  return [
    ...oneOfRefusals(inputs, path, ["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"], code),
    ...boundsRefusals(inputs, `${within}.diskSizeGb`, 10, 65536, code),
    ...boundsRefusals(inputs, `${within}.bootDisk.sizeGb`, 10, 65536, code),
    ...refuseIf(
      boot && (isGiven(inputs, `${within}.diskType`) || isGiven(inputs, `${within}.diskSizeGb`)),
      `${code}: bootDisk goes with neither diskType nor diskSizeGb`,
      `${within}.bootDisk`,
    ),
    ...refuseIf(
      type !== undefined && machine !== undefined && machine.hyperdiskOnly !== isHyperdisk,
      `${code}: ${type} disk type cannot be used by ${name} machine type., badRequest`,
      path,
    ),
    ...refuseIf(
      !isHyperdisk && isGiven(inputs, `${within}.bootDisk.provisionedIops`),
      `${code}: provisioned IOPS go with Hyperdisk`,
      `${within}.bootDisk.provisionedIops`,
    ),
  ];
}

function acceleratorRefusals(inputs: Block, within: string): Refusal[] {
  const name = text(inputs, `${within}.machineType`);
  const machine = name === undefined ? undefined : machineType(name);
  if (machine === undefined) return [];
  return eachBlock(inputs, `${within}.guestAccelerators`, (each, path) => {
    const type = text(each, "type");
    const wrong =
      !machine.takesGpu || (machine.builtInGpu !== undefined && type !== undefined && type !== machine.builtInGpu);
    return refuseIf(wrong, `${code}: ${type} cannot be attached to ${name} machines., badRequest`, path);
  });
}

function checkPool({ inputs }: Asked): Refusal[] {
  const perZone = isGiven(inputs, "autoscaling.minNodeCount") || isGiven(inputs, "autoscaling.maxNodeCount");
  const total = isGiven(inputs, "autoscaling.totalMinNodeCount") || isGiven(inputs, "autoscaling.totalMaxNodeCount");
  const [surge, unavailable] = [
    number(inputs, "upgradeSettings.maxSurge"),
    number(inputs, "upgradeSettings.maxUnavailable"),
  ];
  return [
    ...nameRefusals(inputs, "name", /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/),
    ...refuseIf(perZone && total, `${code}: counts per zone and total counts cannot be given together`, "autoscaling"),
    ...orderRefusals(inputs, "autoscaling.totalMinNodeCount", "autoscaling.totalMaxNodeCount", code),
    ...orderRefusals(inputs, "autoscaling.minNodeCount", "autoscaling.maxNodeCount", code),
    ...boundsRefusals(inputs, "autoscaling.totalMinNodeCount", 0, 15_000, code),
    ...boundsRefusals(inputs, "autoscaling.totalMaxNodeCount", 1, 15_000, code),
    ...boundsRefusals(inputs, "autoscaling.maxNodeCount", 1, 1000, code),
    ...boundsRefusals(inputs, "initialNodeCount", 0, 1000, code),
    ...boundsRefusals(inputs, "maxPodsPerNode", 8, 256, code),
    ...oneOfRefusals(inputs, "autoscaling.locationPolicy", ["BALANCED", "ANY"], code),
    ...refuseIf(
      surge !== undefined && unavailable !== undefined && (surge + unavailable < 1 || surge + unavailable > 20),
      `${code}: maxSurge and maxUnavailable together must be from 1 to 20`,
      "upgradeSettings",
    ),
    ...nodeConfigRefusals(inputs),
  ];
}

function locationOf({ inputs, settings }: Asked): string {
  return text(inputs, "location") ?? settings.region;
}

function clusterOf(asked: Asked): SimulatedResource | undefined {
  const reference = text(asked.inputs, "cluster") ?? "";
  const id = reference.startsWith("projects/")
    ? reference
    : `projects/${projectOf(asked)}/locations/${locationOf(asked)}/clusters/${reference}`;
  return asked.world.find(id, clusterToken);
}

function zonesIn({ inputs }: Pick<Asked, "inputs">, cluster: SimulatedResource): readonly string[] {
  const own = texts(inputs, "nodeLocations");
  return own.length > 0 ? own : texts(cluster.outputs, "nodeLocations");
}

function refusePool(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const cluster = clusterOf(asked);
  if (cluster === undefined) {
    return [refusal(`googleapi: Error 404: Not found: cluster ${text(inputs, "cluster")}., notFound`, "cluster")];
  }
  if (flag(cluster.inputs, "enableAutopilot") === true) {
    return [refusal(`${code}: Autopilot clusters do not support node pools of their own., badRequest`, "cluster")];
  }
  const zones = zonesIn(asked, cluster);
  const region = regionOf(locationOf(asked)) ?? "";
  const account = text(inputs, "nodeConfig.serviceAccount");
  return [
    ...texts(inputs, "nodeLocations").flatMap((zone, index) =>
      refuseIf(
        !zonesOf(region).includes(zone),
        `${code}: Location "${zone}" is not a zone of ${region}., badRequest`,
        `nodeLocations[${index}]`,
      ),
    ),
    // Afterwards bounds are the autoscaler's, whatever the pool began with.
    ...(asked.old === undefined ? initialRefusals(inputs, zones.length) : []),
    ...refuseIf(
      account !== undefined && account !== "default" && world.find(account, accountToken) === undefined,
      `${code}: Service account "${account}" does not exist., badRequest`,
      "nodeConfig.serviceAccount",
    ),
    ...refuseIf(
      text(inputs, "nodeConfig.workloadMetadataConfig.mode") === "GKE_METADATA" &&
        !isGiven(cluster.outputs, "workloadIdentityConfig.workloadPool"),
      `${code}: GKE_METADATA needs Workload Identity on the cluster., badRequest`,
      "nodeConfig.workloadMetadataConfig.mode",
    ),
    ...skewRefusals(inputs, cluster),
  ];
}

function initialRefusals(inputs: Block, zones: number): Refusal[] {
  const initial = number(inputs, "initialNodeCount") ?? 0;
  const most = number(inputs, "autoscaling.totalMaxNodeCount");
  const perZone = number(inputs, "autoscaling.maxNodeCount");
  return [
    ...refuseIf(
      most !== undefined && initial * zones > most,
      `${code}: initial_node_count of ${initial} in ${zones} zones is more than total_max_node_count ${most}., badRequest`,
      "initialNodeCount",
    ),
    ...refuseIf(
      perZone !== undefined && initial > perZone,
      `${code}: initial_node_count ${initial} is more than max_node_count ${perZone}., badRequest`,
      "initialNodeCount",
    ),
  ];
}

function skewRefusals(inputs: Block, cluster: SimulatedResource): Refusal[] {
  const [own, control] = [text(inputs, "version"), text(cluster.outputs, "masterVersion") ?? ""];
  if (own === undefined) return [];
  const ahead = minorsAfter(control, own);
  return refuseIf(
    ahead > 0 || ahead < -2,
    `${code}: Node version "${own}" must be at most 2 minors before the master version "${control}" and not after it., badRequest`,
    "version",
  );
}

/** How many nodes there are in a zone, as GKE tells it. */
function perZoneOf(inputs: Block, zones: number): number {
  const initial = number(inputs, "nodeCount") ?? number(inputs, "initialNodeCount") ?? 0;
  return Math.max(initial, Math.ceil((number(inputs, "autoscaling.totalMinNodeCount") ?? 0) / Math.max(zones, 1)));
}

function nodesOf({ inputs, outputs }: SimulatedResource, world: World): PoolOfCluster | undefined {
  const reference = text(outputs, "simulatedCluster") ?? "";
  const cluster = world.find(reference, clusterToken);
  if (cluster === undefined) return undefined;
  const type = text(inputs, "nodeConfig.machineType") ?? "e2-medium";
  const machine = machineType(type);
  const name = text(outputs, "name") ?? "";
  const zones = zonesIn({ inputs }, cluster);
  return {
    cluster: reference,
    pool: {
      name,
      count: (number(outputs, "nodeCount") ?? 0) * zones.length,
      cpu: String(machine?.cpu ?? 2),
      memory: `${machine?.memoryGib ?? 4}Gi`,
      arch: machine?.arch ?? "amd64",
      labels: {
        ...textMap(inputs, "nodeConfig.labels"),
        "cloud.google.com/gke-nodepool": name,
        ...(flag(inputs, "nodeConfig.spot") === true ? { "cloud.google.com/gke-spot": "true" } : {}),
        "node.kubernetes.io/instance-type": type,
      },
      taints: blocks(inputs, "nodeConfig.taints").map((taint) => ({
        key: text(taint, "key") ?? "",
        value: text(taint, "value") ?? "",
        effect: effects[text(taint, "effect") ?? ""] ?? "NoSchedule",
      })),
      zones,
    },
  };
}

function completed(asked: Asked): Block {
  const { inputs, old } = asked;
  const cluster = clusterOf(asked);
  const zones = cluster === undefined ? [] : zonesIn(asked, cluster);
  const control = text(cluster?.outputs ?? {}, "masterVersion") ?? "";
  const [before, wanted] = [text(old?.outputs ?? {}, "version"), text(inputs, "version")];
  const kept = before !== undefined && (wanted === undefined || minorOf(wanted) === minorOf(before));
  const now = number(old?.outputs ?? {}, "nodeCount");
  return {
    project: projectOf(asked),
    location: locationOf(asked),
    nodeLocations: [...zones],
    version: kept ? before : (wanted ?? control),
    nodeCount: Math.max(now ?? 0, perZoneOf(inputs, zones.length)),
    maxPodsPerNode: number(inputs, "maxPodsPerNode") ?? 110,
    simulatedCluster: cluster?.id ?? "",
  };
}

const nodePool: ResourceRules = named(
  {
    replaceOn: [
      "cluster",
      "location",
      "namePrefix",
      "initialNodeCount",
      "maxPodsPerNode",
      "placementPolicy",
      ...["spot", "preemptible", "serviceAccount", "oauthScopes", "metadata", "shieldedInstanceConfig"].map(
        (property) => `nodeConfig.${property}`,
      ),
      "nodeConfig.guestAccelerators",
      "nodeConfig.localSsdCount",
    ],
    compareAs: { nodeLocations: "set", "nodeConfig.oauthScopes": "set" },
    check: checkPool,
    refuse: refusePool,
    create: (asked) => {
      const name = text(asked.inputs, "name") ?? "";
      const rest = completed(asked);
      const group = `https://www.googleapis.com/compute/v1/projects/${text(rest, "project")}`;
      const groups = texts(rest, "nodeLocations").map(
        (zone) => `${group}/zones/${zone}/instanceGroups/gke-${name}-${asked.world.hex(8)}-grp`,
      );
      return {
        id: `${text(rest, "simulatedCluster")}/nodePools/${name}`,
        outputs: {
          name,
          namePrefix: "",
          operation: "",
          instanceGroupUrls: groups,
          managedInstanceGroupUrls: groups.map((url) => url.replace("instanceGroups", "instanceGroupManagers")),
          ...rest,
        },
      };
    },
    update: (asked) => ({ ...asked.old.outputs, ...asked.inputs, ...completed(asked) }),
    uses: (inputs, outputs) => [
      text(outputs, "simulatedCluster") ?? "",
      text(inputs, "nodeConfig.serviceAccount") ?? "",
    ],
    inUse: ({ id }) => `${code}: ${id} is in use`,
    pool: nodesOf,
  },
  40,
);

export const poolRules: Readonly<Record<string, ResourceRules>> = { [poolToken]: nodePool };
