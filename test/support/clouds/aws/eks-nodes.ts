import { at, blocks, isGiven, number, text, textMap, texts } from "../blocks.js";
import type { Asked, Block, PoolOfCluster, Refusal, ResourceRules } from "../model.js";
import type { SimulatedResource, World } from "../world.js";
import { arn, common, missingRefusals, oneOfRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";
import { clusterToken, isAutoMode, minorNumber } from "./eks-cluster.js";
import { roleToken } from "./iam.js";
import { instanceType } from "./instance-types.js";
import { templateToken } from "./launch-template.js";
import { subnetToken, wayOut } from "./network.js";
import { attachedPolicies, trusts } from "./policies.js";

const addonToken = "aws:eks/addon:Addon";
export const nodeGroupToken = "aws:eks/nodeGroup:NodeGroup";

const amiTypes = [
  "AL2023_x86_64_STANDARD",
  "AL2023_ARM_64_STANDARD",
  "AL2023_x86_64_NVIDIA",
  "AL2023_ARM_64_NVIDIA",
  "BOTTLEROCKET_x86_64",
  "BOTTLEROCKET_ARM_64",
  "BOTTLEROCKET_x86_64_NVIDIA",
  "BOTTLEROCKET_ARM_64_NVIDIA",
  "CUSTOM",
];
const effects: Readonly<Record<string, string>> = {
  NO_SCHEDULE: "NoSchedule",
  NO_EXECUTE: "NoExecute",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

function checkNodeGroup({ inputs }: Asked): Refusal[] {
  return [
    ...patternRefusals(inputs, "nodeGroupName", /^[0-9A-Za-z][A-Za-z0-9\-_]*$/, 63),
    ...oneOfRefusals(inputs, "amiType", amiTypes),
    ...oneOfRefusals(inputs, "capacityType", ["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]),
    ...blocks(inputs, "taints").flatMap((_, index) =>
      oneOfRefusals(inputs, `taints[${index}].effect`, Object.keys(effects)),
    ),
    ...belowRefusals(inputs, "scalingConfig.minSize", 0),
    ...belowRefusals(inputs, "scalingConfig.maxSize", 1),
    ...belowRefusals(inputs, "scalingConfig.desiredSize", 0),
    ...(isGiven(inputs, "updateConfig.maxUnavailable") && isGiven(inputs, "updateConfig.maxUnavailablePercentage")
      ? [refusal("only one of maxUnavailable and maxUnavailablePercentage can be specified", "updateConfig")]
      : []),
  ];
}

function belowRefusals(inputs: Block, path: string, least: number): Refusal[] {
  const value = number(inputs, path);
  return value !== undefined && value < least
    ? [refusal(`expected ${path} to be at least (${least}), got ${value}`, path)]
    : [];
}

function refuseNodeGroup(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const cluster = world.find(text(inputs, "clusterName") ?? "", clusterToken);
  if (cluster === undefined) return missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException");
  const id = `${cluster.id}:${text(inputs, "nodeGroupName")}`;
  if (old === undefined && world.find(id, nodeGroupToken) !== undefined) {
    return [refusal(`ResourceInUseException: NodeGroup already exists with name ${id}`, "nodeGroupName")];
  }
  return [
    ...sizeRefusals(inputs),
    ...machineRefusals(inputs),
    ...labelRefusals(inputs),
    ...skewRefusals(inputs, cluster),
    ...templateRefusals(asked),
    ...nodeRoleRefusals(asked),
    ...(old === undefined ? joinRefusals(asked, cluster) : []),
  ];
}

function sizeRefusals(inputs: Block): Refusal[] {
  const size = (name: string): number => number(inputs, `scalingConfig.${name}`) ?? 0;
  const [min, max, desired] = [size("minSize"), size("maxSize"), size("desiredSize")];
  const said = (message: string): Refusal[] => [refusal(`InvalidParameterException: ${message}`, "scalingConfig")];
  if (min > max) return said(`Minimum capacity ${min} can't be greater than maximum size ${max}`);
  if (desired < min) return said(`Minimum capacity ${min} can't be greater than desired size ${desired}`);
  return desired > max ? said(`desired capacity ${desired} can't be greater than max size ${max}`) : [];
}

function machineRefusals(inputs: Block): Refusal[] {
  const names = texts(inputs, "instanceTypes");
  const arm = text(inputs, "amiType")?.includes("ARM_64") === true;
  return names.flatMap((name, index) => {
    const path = `instanceTypes[${index}]`;
    const machine = instanceType(name);
    if (machine === undefined)
      return [refusal(`InvalidParameterException: [${name}] is not a valid instance type`, path)];
    return isGiven(inputs, "amiType") && (machine.arch === "arm64") !== arm
      ? [
          refusal(
            `InvalidParameterException: [${name}] is not a valid instance type for requested amiType ${text(inputs, "amiType")}`,
            path,
          ),
        ]
      : [];
  });
}

function labelRefusals(inputs: Block): Refusal[] {
  const labels = Object.entries(textMap(inputs, "labels"));
  const reserved = /^(([\w.-]+\.)?kubernetes\.io|([\w.-]+\.)?k8s\.io|eks\.amazonaws\.com)\//;
  return [
    ...labels.flatMap(([key, value]) => [
      ...(reserved.test(key)
        ? [refusal("InvalidParameterException: Label cannot contain reserved prefixes", `labels["${key}"]`)]
        : []),
      ...(value.length > 63
        ? [refusal("InvalidParameterException: label values have at most 63 characters", `labels["${key}"]`)]
        : []),
    ]),
    ...(blocks(inputs, "taints").length > 50
      ? [refusal("InvalidParameterException: at most 50 taints", "taints")]
      : []),
  ];
}

function skewRefusals(inputs: Block, cluster: SimulatedResource): Refusal[] {
  const [minor, control] = [text(inputs, "version"), text(cluster.outputs, "version") ?? ""];
  if (minor === undefined || minorNumber(minor) <= minorNumber(control)) return [];
  return [
    refusal(
      `InvalidParameterException: Nodegroup version ${minor} must not be newer than the cluster's ${control}`,
      "version",
    ),
  ];
}

function templateRefusals(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const path = "launchTemplate.id";
  const template = world.find(text(inputs, path) ?? "", templateToken);
  if (template === undefined) return missingRefusals(asked, path, templateToken, "InvalidParameterException");
  const latest = number(template.outputs, "latestVersion") ?? 1;
  const version = text(inputs, "launchTemplate.version") ?? "";
  return [
    ...(isGiven(inputs, "diskSize")
      ? [refusal("InvalidParameterException: Disk size must be specified within the launch template.", "diskSize")]
      : []),
    ...(isGiven(template.inputs, "instanceType") && isGiven(inputs, "instanceTypes")
      ? [refusal("InvalidParameterException: instance types are in the launch template already", "instanceTypes")]
      : []),
    ...(version === "$Latest" || version === "$Default" || (Number(version) >= 1 && Number(version) <= latest)
      ? []
      : [
          refusal(
            `InvalidParameterException: launch template version ${version} does not exist`,
            "launchTemplate.version",
          ),
        ]),
  ];
}

function nodeRoleRefusals(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const role = world.find(text(inputs, "nodeRoleArn") ?? "", roleToken);
  if (role === undefined) return missingRefusals(asked, "nodeRoleArn", roleToken, "InvalidParameterException");
  if (trusts(role, "ec2.amazonaws.com", "sts:AssumeRole")) return [];
  return [
    refusal(
      `InvalidParameterException: Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of ${role.id}`,
      "nodeRoleArn",
    ),
  ];
}

/** Nodes that cannot join leave a node group in CREATE_FAILED after 20 minutes. */
function joinRefusals(asked: Asked, cluster: SimulatedResource): Refusal[] {
  const { inputs, world } = asked;
  const failed = (why: string): Refusal =>
    refusal(
      `unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. NodeCreationFailure: Instances failed to join the kubernetes cluster: ${why}`,
    );
  const role = world.find(text(inputs, "nodeRoleArn") ?? "", roleToken);
  const attached: ReadonlySet<string> = role === undefined ? new Set() : attachedPolicies(role, world);
  const worker = attached.has("AmazonEKSWorkerNodePolicy") || attached.has("AmazonEKSWorkerNodeMinimalPolicy");
  const images =
    attached.has("AmazonEC2ContainerRegistryReadOnly") || attached.has("AmazonEC2ContainerRegistryPullOnly");
  const bare = at(cluster.inputs, "bootstrapSelfManagedAddons") === false && !isAutoMode(cluster.inputs);
  const addons = addonsOf(cluster, world);
  return [
    ...subnetRefusals(asked, "subnetIds"),
    ...(worker && images ? [] : [failed(`${role?.id} lacks the policies of worker nodes or of the image registry`)]),
    ...(bare && !addons.has("vpc-cni") ? [failed("the add-on vpc-cni is not there: nodes stay NotReady")] : []),
    ...(bare && !addons.has("kube-proxy") ? [failed("the add-on kube-proxy is not there")] : []),
    ...(addons.has("vpc-cni") && !attached.has("AmazonEKS_CNI_Policy") && !addonHasRole(cluster, world, "vpc-cni")
      ? [failed("vpc-cni may not assign addresses: AmazonEKS_CNI_Policy is attached to neither node role nor add-on")]
      : []),
    ...texts(inputs, "subnetIds")
      .flatMap((id) => world.find(id, subnetToken) ?? [])
      .filter((subnet) => wayOut(world, subnet) === "none")
      .map((subnet) => failed(`nodes in ${subnet.id} reach neither images nor the internet`)),
  ];
}

/** Subnets that are not there. */
export function subnetRefusals({ inputs, world }: Asked, path: string): Refusal[] {
  return texts(inputs, path).flatMap((id, index) =>
    world.find(id, subnetToken) === undefined
      ? [refusal(`InvalidParameterException: The subnet ID '${id}' does not exist`, `${path}[${index}]`)]
      : [],
  );
}

function addonsOf(cluster: SimulatedResource, world: World): ReadonlySet<string> {
  const own = world.all(addonToken).filter(({ inputs }) => text(inputs, "clusterName") === cluster.id);
  return new Set(own.map(({ inputs }) => text(inputs, "addonName") ?? ""));
}

function addonHasRole(cluster: SimulatedResource, world: World, name: string): boolean {
  const addon = world.find(`${cluster.id}:${name}`, addonToken);
  return (
    addon !== undefined &&
    (isGiven(addon.inputs, "serviceAccountRoleArn") || blocks(addon.inputs, "podIdentityAssociations").length > 0)
  );
}

function nodesOf({ inputs, outputs }: SimulatedResource, world: World): PoolOfCluster | undefined {
  const [type = "m7i.xlarge"] = texts(inputs, "instanceTypes");
  const machine = instanceType(type);
  if (machine === undefined) return undefined;
  const zones = texts(inputs, "subnetIds").flatMap(
    (id) => text(world.find(id, subnetToken)?.outputs ?? {}, "availabilityZone") ?? [],
  );
  const group = text(outputs, "nodeGroupName") ?? "";
  return {
    cluster: text(inputs, "clusterName") ?? "",
    pool: {
      name: group.toLowerCase().replaceAll("_", "-"),
      count: number(inputs, "scalingConfig.desiredSize") ?? 0,
      cpu: String(machine.cpu),
      memory: machine.memory,
      arch: machine.arch,
      labels: {
        ...textMap(inputs, "labels"),
        "eks.amazonaws.com/nodegroup": group,
        "eks.amazonaws.com/capacityType": text(inputs, "capacityType") ?? "ON_DEMAND",
        "node.kubernetes.io/instance-type": type,
      },
      taints: blocks(inputs, "taints").map((taint) => {
        const [key, effect] = [text(taint, "key") ?? "", effects[text(taint, "effect") ?? ""] ?? "NoSchedule"];
        const value = text(taint, "value");
        return value === undefined ? { key, effect } : { key, value, effect };
      }),
      zones,
    },
  };
}

const nodeGroup: ResourceRules = tagged({
  replaceOn: [
    "amiType",
    "capacityType",
    "clusterName",
    "diskSize",
    "instanceTypes",
    "nodeGroupName",
    "nodeGroupNamePrefix",
    "nodeRoleArn",
    "remoteAccess",
    "subnetIds",
    "launchTemplate.id",
    "launchTemplate.name",
  ],
  autoName: { property: "nodeGroupName", maximum: 63 },
  compareAs: { subnetIds: "set", taints: "set" },
  check: checkNodeGroup,
  refuse: refuseNodeGroup,
  create: (asked) => {
    const { inputs, world } = asked;
    const name = text(inputs, "nodeGroupName") ?? "";
    const cluster = text(inputs, "clusterName") ?? "";
    const minor = text(inputs, "version") ?? text(world.find(cluster, clusterToken)?.outputs ?? {}, "version") ?? "";
    return {
      id: `${cluster}:${name}`,
      outputs: {
        ...common(asked),
        nodeGroupName: name,
        arn: arn(asked.settings, "eks", `nodegroup/${cluster}/${name}/${world.hex(12)}`),
        amiType: text(inputs, "amiType") ?? "AL2023_x86_64_STANDARD",
        capacityType: text(inputs, "capacityType") ?? "ON_DEMAND",
        diskSize: isGiven(inputs, "launchTemplate") ? 0 : 20,
        releaseVersion: `${world.fullVersion(minor)}-20260101`,
        resources: [{ autoscalingGroups: [{ name: `eks-${name}-${world.hex(12)}` }], remoteAccessSecurityGroupId: "" }],
        status: "ACTIVE",
        version: minor,
      },
    };
  },
  update: (asked) => {
    const minor = text(asked.inputs, "version") ?? text(asked.old.outputs, "version") ?? "";
    const changed = minor === text(asked.old.outputs, "version");
    return {
      ...updated(asked),
      version: minor,
      ...(changed ? {} : { releaseVersion: `${asked.world.fullVersion(minor)}-20260101` }),
    };
  },
  uses: (inputs) => [
    ...["clusterName", "nodeRoleArn", "launchTemplate.id"].map((path) => text(inputs, path) ?? ""),
    ...texts(inputs, "subnetIds"),
  ],
  handles: ["arn"],
  pool: nodesOf,
});

export const nodeRules: Readonly<Record<string, ResourceRules>> = { [nodeGroupToken]: nodeGroup };
