import { blocks, text, texts } from "../blocks.js";
import type { ResourceRules } from "../model.js";
import { arn, common, missingRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";
import { clusterToken } from "./eks-cluster.js";
import { subnetRefusals } from "./eks-nodes.js";
import { roleToken } from "./iam.js";
import { subnetToken, wayOut } from "./network.js";
import { trusts } from "./policies.js";

export const fargateToken = "aws:eks/fargateProfile:FargateProfile";

const fargateProfile: ResourceRules = tagged({
  replaceOn: ["clusterName", "fargateProfileName", "podExecutionRoleArn", "selectors", "subnetIds"],
  autoName: { property: "fargateProfileName", maximum: 63 },
  compareAs: { subnetIds: "set", selectors: "set" },
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "fargateProfileName", /^[0-9A-Za-z][A-Za-z0-9\-_]*$/, 63),
    ...(blocks(inputs, "selectors").length > 5
      ? [refusal("Too many selector blocks: no more than 5 are allowed", "selectors")]
      : []),
  ],
  refuse: (asked) => {
    const { inputs, world } = asked;
    const role = world.find(text(inputs, "podExecutionRoleArn") ?? "", roleToken);
    const open = texts(inputs, "subnetIds")
      .flatMap((id) => world.find(id, subnetToken) ?? [])
      .filter((each) => wayOut(world, each) === "internet");
    return [
      ...missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException"),
      ...missingRefusals(asked, "podExecutionRoleArn", roleToken, "InvalidParameterException"),
      ...subnetRefusals(asked, "subnetIds"),
      ...(role !== undefined && !trusts(role, "eks-fargate-pods.amazonaws.com", "sts:AssumeRole")
        ? [
            refusal(
              "InvalidParameterException: Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal",
              "podExecutionRoleArn",
            ),
          ]
        : []),
      ...open.map(({ id }) =>
        refusal(
          `InvalidParameterException: Subnet ${id} provided in Fargate Profile is not a private subnet`,
          "subnetIds",
        ),
      ),
    ];
  },
  create: (asked) => {
    const name = text(asked.inputs, "fargateProfileName") ?? "";
    const cluster = text(asked.inputs, "clusterName") ?? "";
    const profile = arn(asked.settings, "eks", `fargateprofile/${cluster}/${name}/${asked.world.hex(12)}`);
    return {
      id: `${cluster}:${name}`,
      outputs: { ...common(asked), fargateProfileName: name, arn: profile, status: "ACTIVE" },
    };
  },
  update: updated,
  uses: (inputs) => [
    text(inputs, "clusterName") ?? "",
    text(inputs, "podExecutionRoleArn") ?? "",
    ...texts(inputs, "subnetIds"),
  ],
  handles: ["arn"],
  pool: (profile, world) => {
    const cluster = text(profile.inputs, "clusterName") ?? "";
    const [first] = world.all(fargateToken).filter(({ inputs }) => text(inputs, "clusterName") === cluster);
    const [subnet = ""] = texts(profile.inputs, "subnetIds");
    const none = first !== undefined && first.id !== profile.id;
    return {
      cluster,
      pool: {
        name: none ? `fargate-of-${profile.id.split(":")[1]?.toLowerCase()}` : "fargate",
        // Fargate makes a node for every pod; two that take any stand for them.
        count: none ? 0 : 2,
        cpu: "16",
        memory: "120Gi",
        arch: "amd64",
        labels: { "eks.amazonaws.com/compute-type": "fargate", "node.kubernetes.io/instance-type": "fargate" },
        taints: [],
        zones: [text(world.find(subnet, subnetToken)?.outputs ?? {}, "availabilityZone") ?? ""],
      },
    };
  },
});

export const fargateRules: Readonly<Record<string, ResourceRules>> = { [fargateToken]: fargateProfile };
