import { at, block, blocks, flag, isBlock, number, text, texts } from "../blocks.js";
import { cidrPrefix } from "../cidr.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import {
  changedRefusals,
  eachBlock,
  minorOf,
  minorsAfter,
  patternRefusals,
  refusal,
  refuseIf,
  versionRefusals,
} from "../refusals.js";
import type { SimulatedResource } from "../world.js";
import { provisionsNodes } from "./cluster-rules.js";
import { autoNamed, azure, groupId, idIn } from "./common.js";
import { prefixOf } from "./network.js";
import { countRefusals, immutablePoolProperties, nodesOf, poolRefusals } from "./pool-rules.js";
import { clusterToken, deploymentToken, poolToken, subnetToken } from "./tokens.js";

const mostPools = 100;
const poolName = /^[a-z][a-z0-9]{0,11}$/;

function clusterId({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  return idIn({ inputs, settings }, `Microsoft.ContainerService/managedClusters/${text(inputs, "resourceName")}`);
}

function refusePool(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const cluster = world.find(clusterId(asked), clusterToken);
  if (cluster === undefined) {
    return [refusal(`ParentResourceNotFound: ${clusterId(asked)} was not found`, "resourceName")];
  }
  const before = old === undefined ? undefined : text(old.outputs, "currentOrchestratorVersion");
  const names = blocks(cluster.inputs, "agentPoolProfiles").map((pool) => text(pool, "name"));
  const siblings = siblingsOf(asked, cluster);
  return [
    ...refuseIf(
      names.includes(text(inputs, "agentPoolName")),
      `Conflict: the cluster has a pool ${text(inputs, "agentPoolName")} already`,
      "agentPoolName",
    ),
    ...refuseIf(siblings.length + names.length >= mostPools, `OperationNotAllowed: at most ${mostPools} agent pools`),
    ...changedRefusals(asked, immutablePoolProperties, "PropertyChangeNotAllowed"),
    ...countRefusals(inputs),
    ...versionRefusals(asked, "orchestratorVersion", before, "K8sVersionNotSupported"),
    ...skewRefusals(inputs, cluster),
    ...refuseIf(
      provisionsNodes(cluster.inputs) && flag(inputs, "enableAutoScaling") === true,
      "NodeProvisioningNotSupported: pools cannot scale themselves where node auto-provisioning is enabled",
      "enableAutoScaling",
    ),
    ...subnetRefusals(asked, cluster, siblings),
  ];
}

function siblingsOf({ world, old }: Asked, cluster: SimulatedResource): readonly SimulatedResource[] {
  return world
    .all(poolToken)
    .filter((each) => each.id !== old?.id && text(each.outputs, "simulatedCluster") === cluster.id);
}

function skewRefusals(inputs: Block, cluster: SimulatedResource): Refusal[] {
  const [pool, control] = [
    text(inputs, "orchestratorVersion"),
    text(cluster.outputs, "currentKubernetesVersion") ?? "",
  ];
  if (pool === undefined) return [];
  const ahead = minorsAfter(control, pool);
  return refuseIf(
    ahead > 0 || ahead < -3,
    `NodePoolMcVersionIncompatible: Node pool version ${pool} and control plane version ${minorOf(control)} are incompatible.`,
    "orchestratorVersion",
  );
}

/** With an overlay only nodes have addresses of the subnet; Azure keeps five. */
function subnetRefusals(
  { inputs, world }: Asked,
  cluster: SimulatedResource,
  siblings: readonly SimulatedResource[],
): Refusal[] {
  const id = text(inputs, "vnetSubnetID");
  if (id === undefined) return [];
  const subnet = world.find(id, subnetToken);
  if (subnet === undefined) return [refusal(`SubnetNotFound: ${id} was not found`, "vnetSubnetID")];
  const pools = [inputs, ...blocks(cluster.inputs, "agentPoolProfiles"), ...siblings.map((each) => each.inputs)].filter(
    (pool) => text(pool, "vnetSubnetID") === id,
  );
  const nodes = pools.reduce((sum, pool) => sum + (number(pool, "maxCount") ?? number(pool, "count") ?? 0), 0);
  const addresses = 2 ** (32 - (cidrPrefix(prefixOf(subnet.inputs)) ?? 32)) - 5;
  const network = text(blocks(cluster.inputs, "agentPoolProfiles")[0] ?? {}, "vnetSubnetID")?.split("/subnets/")[0];
  return [
    ...refuseIf(
      nodes > addresses,
      `InsufficientSubnetSize: ${id} has ${addresses} addresses, and the pools in it may have ${nodes} nodes`,
      "vnetSubnetID",
    ),
    ...refuseIf(
      network !== undefined && id.split("/subnets/")[0] !== network,
      "InvalidParameter: all pools of a cluster must be in one virtual network",
      "vnetSubnetID",
    ),
  ];
}

function completed(asked: Asked): Block {
  const { inputs, world, old } = asked;
  const cluster = world.find(clusterId(asked), clusterToken);
  const control = text(cluster?.outputs ?? {}, "currentKubernetesVersion") ?? "";
  const wanted = text(inputs, "orchestratorVersion");
  const before = old === undefined ? undefined : text(old.outputs, "currentOrchestratorVersion");
  const kept = before !== undefined && (wanted === undefined || minorOf(wanted) === minorOf(before));
  return {
    currentOrchestratorVersion: kept ? before : (world.fullVersion(minorOf(wanted ?? control)) ?? control),
    orchestratorVersion: wanted ?? minorOf(control),
    nodeImageVersion: "AKSUbuntu-2204gen2containerd-202610.01.0",
    powerState: { code: "Running" },
    count: number(inputs, "count") ?? number(inputs, "minCount") ?? 1,
    osDiskSizeGB: number(inputs, "osDiskSizeGB") ?? 128,
    mode: text(inputs, "mode") ?? "User",
  };
}

const agentPool: ResourceRules = azure({
  replaceOn: ["agentPoolName", "resourceName"],
  putsWhole: true,
  autoName: autoNamed("agentPoolName", 12),
  compareAs: { nodeTaints: "set", availabilityZones: "set" },
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "agentPoolName", poolName, "InvalidAgentPoolName"),
    ...poolRefusals(inputs),
  ],
  refuse: refusePool,
  create: (asked) => {
    const name = text(asked.inputs, "agentPoolName") ?? "";
    const cluster = clusterId(asked);
    return {
      id: `${cluster}/agentPools/${name}`,
      outputs: {
        name,
        type: "VirtualMachineScaleSets",
        eTag: asked.world.hex(8),
        ...completed(asked),
        simulatedCluster: cluster,
      },
    };
  },
  update: (asked) => ({ ...asked.old.outputs, ...asked.inputs, ...completed(asked) }),
  uses: (inputs, outputs) => [text(outputs, "simulatedCluster") ?? "", text(inputs, "vnetSubnetID") ?? ""],
  pool: ({ outputs, region }) => ({
    cluster: text(outputs, "simulatedCluster") ?? "",
    pool: nodesOf(outputs, text(outputs, "name") ?? "", region),
  }),
});

const poolType = "Microsoft.ContainerService/managedClusters/agentPools";

/** Templates change a pool that its cluster has made, and nothing else here. */
const deployment: ResourceRules = azure({
  replaceOn: ["deploymentName"],
  autoName: autoNamed("deploymentName", 64),
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "deploymentName", /^[-\w.()]{1,64}$/, "InvalidDeploymentName"),
    ...eachBlock(inputs, "properties.template.resources", (each, path) => [
      ...refuseIf(
        text(each, "type") !== undefined && text(each, "type") !== poolType,
        `InvalidTemplate: the simulation deploys ${poolType} only, not ${text(each, "type")}`,
        `${path}.type`,
      ),
      ...patternRefusals(each, "apiVersion", /^\d{4}-\d\d-\d\d(-preview)?$/, "InvalidTemplate"),
      ...poolRefusals(block(each, "properties") ?? {}),
      ...countRefusals(block(each, "properties") ?? {}),
    ]),
  ],
  refuse: (asked) =>
    eachBlock(asked.inputs, "properties.template.resources", (each, path) => templateRefusals(asked, each, path)),
  create: (asked) => {
    const { inputs, settings, world } = asked;
    const name = text(inputs, "deploymentName") ?? "";
    const group = groupId(settings, text(inputs, "resourceGroupName") ?? "");
    return {
      id: `${group}/providers/Microsoft.Resources/deployments/${name}`,
      outputs: {
        name,
        type: "Microsoft.Resources/deployments",
        properties: {
          mode: text(inputs, "properties.mode") ?? "Incremental",
          provisioningState: "Succeeded",
          timestamp: world.now,
          duration: "PT1M",
          correlationId: world.hex(32),
        },
      },
    };
  },
  update: ({ old }) => old.outputs,
});

function templateRefusals({ inputs, settings, world }: Asked, each: Block, path: string): Refusal[] {
  const [clusterName, name] = (text(each, "name") ?? "").split("/");
  const group = groupId(settings, text(inputs, "resourceGroupName") ?? "");
  const id = `${group}/providers/Microsoft.ContainerService/managedClusters/${clusterName}`;
  const cluster = world.find(id, clusterToken);
  if (cluster === undefined) return [refusal(`ParentResourceNotFound: ${id} was not found`, `${path}.name`)];
  const pool = blocks(cluster.inputs, "agentPoolProfiles").find((one) => text(one, "name") === name);
  if (pool === undefined) {
    return [refusal(`InvalidTemplateDeployment: ${id} has made no pool ${name} itself`, `${path}.name`)];
  }
  const properties = at(each, "properties");
  if (!isBlock(properties)) return [];
  const given = immutablePoolProperties.filter((property) => properties[property] !== undefined);
  return [
    ...given.flatMap((property) =>
      refuseIf(
        JSON.stringify(pool[property]) !== JSON.stringify(properties[property]),
        `PropertyChangeNotAllowed: changing property '${property}' of pool ${name} is not allowed`,
        `${path}.properties.${property}`,
      ),
    ),
    ...skewRefusals(properties, cluster),
    ...refuseIf(
      texts(properties, "nodeTaints").join() !== texts(pool, "nodeTaints").join() &&
        text(pool, "mode") === "System" &&
        !texts(properties, "nodeTaints").includes("CriticalAddonsOnly=true:NoSchedule"),
      "InvalidTaints: a system pool takes no hard taint but CriticalAddonsOnly",
      `${path}.properties.nodeTaints`,
    ),
  ];
}

export const poolRules: Readonly<Record<string, ResourceRules>> = {
  [poolToken]: agentPool,
  [deploymentToken]: deployment,
};
