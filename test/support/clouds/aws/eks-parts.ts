import { at, blocks, flag, text, texts } from "../blocks.js";
import type { Asked, Refusal, ResourceRules } from "../model.js";
import type { SimulatedResource, World } from "../world.js";
import { arn, common, missingRefusals, oneOfRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";
import { clusterToken, isAutoMode } from "./eks-cluster.js";
import { fargateToken } from "./eks-fargate.js";
import { nodeGroupToken } from "./eks-nodes.js";
import { roleToken } from "./iam.js";
import { trusts } from "./policies.js";

const addonToken = "aws:eks/addon:Addon";
const entryToken = "aws:eks/accessEntry:AccessEntry";
const accessToken = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const identityToken = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

/** Add-ons by name; true for those whose pods need a node other than by DaemonSet. */
const addonNeedsNodes: Readonly<Record<string, boolean>> = {
  "vpc-cni": false,
  "kube-proxy": false,
  "eks-pod-identity-agent": false,
  "eks-node-monitoring-agent": false,
  coredns: true,
  "aws-ebs-csi-driver": true,
  "aws-efs-csi-driver": true,
  "snapshot-controller": true,
  "metrics-server": true,
  "cert-manager": true,
  "external-dns": true,
};

/** The version that EKS installs when none is asked for. */
export function addonVersion(name: string, minor: string): string | undefined {
  return name in addonNeedsNodes ? `v1.${minor.split(".")[1]}.0-eksbuild.1` : undefined;
}

const clusterOf = ({ inputs, world }: Asked): SimulatedResource | undefined =>
  world.find(text(inputs, "clusterName") ?? "", clusterToken);

/** Nodes of any kind. */
function hasNodes(cluster: SimulatedResource, world: World): boolean {
  const own = [...world.all(nodeGroupToken), ...world.all(fargateToken)];
  return isAutoMode(cluster.inputs) || own.some(({ inputs }) => text(inputs, "clusterName") === cluster.id);
}

function refuseAddon(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const cluster = clusterOf(asked);
  if (cluster === undefined) return missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException");
  const name = text(inputs, "addonName") ?? "";
  if (old === undefined && world.find(`${cluster.id}:${name}`, addonToken) !== undefined) {
    return [refusal(`ResourceInUseException: Addon already exists: ${name}`, "addonName")];
  }
  if (!(name in addonNeedsNodes)) {
    return [refusal(`InvalidParameterException: Addon ${name} specified is not supported`, "addonName")];
  }
  const degraded = old === undefined && addonNeedsNodes[name] === true && !hasNodes(cluster, world);
  const version = text(inputs, "addonVersion");
  const fits = version === undefined || /^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(version);
  return [
    ...(fits
      ? []
      : [refusal(`InvalidParameterException: Addon version ${version} specified is not supported`, "addonVersion")]),
    ...(degraded
      ? [
          refusal(
            `waiting for EKS Add-On (${cluster.id}:${name}) create: timeout while waiting for state to become 'ACTIVE' (last state: 'DEGRADED'): InsufficientNumberOfReplicas: there are no nodes`,
          ),
        ]
      : []),
    ...blocks(inputs, "podIdentityAssociations").flatMap(({ roleArn }, index) =>
      podRoleRefusals(world, typeof roleArn === "string" ? roleArn : "", `podIdentityAssociations[${index}].roleArn`),
    ),
    ...missingRefusals(asked, "serviceAccountRoleArn", roleToken, "InvalidParameterException"),
  ];
}

function podRoleRefusals(world: World, roleArn: string, path: string): Refusal[] {
  const role = world.find(roleArn, roleToken);
  if (role === undefined) return [refusal(`InvalidParameterException: Role ${roleArn} does not exist`, path)];
  if (trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")) return [];
  return [
    refusal(
      `InvalidParameterException: Trust policy of role ${role.id} is invalid: pods.eks.amazonaws.com must be allowed sts:AssumeRole and sts:TagSession`,
      path,
    ),
  ];
}

const addon: ResourceRules = tagged({
  replaceOn: ["addonName", "clusterName"],
  compareAs: { configurationValues: "json" },
  check: ({ inputs }) => [
    ...oneOfRefusals(inputs, "resolveConflictsOnCreate", ["NONE", "OVERWRITE"]),
    ...oneOfRefusals(inputs, "resolveConflictsOnUpdate", ["NONE", "OVERWRITE", "PRESERVE"]),
    ...jsonRefusals(text(inputs, "configurationValues"), "configurationValues"),
  ],
  refuse: refuseAddon,
  create: (asked) => {
    const [cluster, name] = [clusterOf(asked), text(asked.inputs, "addonName") ?? ""];
    const minor = text(cluster?.outputs ?? {}, "version") ?? "";
    return {
      id: `${cluster?.id}:${name}`,
      outputs: {
        ...common(asked),
        addonVersion: text(asked.inputs, "addonVersion") ?? addonVersion(name, minor) ?? "",
        arn: arn(asked.settings, "eks", `addon/${cluster?.id}/${name}/${asked.world.hex(12)}`),
        configurationValues: text(asked.inputs, "configurationValues") ?? "",
        createdAt: asked.world.now,
        modifiedAt: asked.world.now,
      },
    };
  },
  update: (asked) => ({ ...updated(asked), modifiedAt: asked.world.now }),
  blocksDeletion: false,
});

function jsonRefusals(document: string | undefined, path: string): Refusal[] {
  if (document === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(document);
    return typeof parsed === "object" && parsed !== null ? [] : [refusal(`"${path}" is not a JSON object`, path)];
  } catch {
    return [refusal(`"${path}" contains invalid JSON`, path)];
  }
}

const principal = /^arn:aws[\w-]*:iam::\d{12}:(role|user)\/.+$/;

const accessEntry: ResourceRules = tagged({
  replaceOn: ["clusterName", "principalArn", "type"],
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "principalArn", principal, 2048),
    ...oneOfRefusals(inputs, "type", ["STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"]),
    ...texts(inputs, "kubernetesGroups").flatMap((group, index) =>
      group.startsWith("system:")
        ? [refusal(`${group}: groups cannot start with system:`, `kubernetesGroups[${index}]`)]
        : [],
    ),
  ],
  refuse: (asked) => {
    const cluster = clusterOf(asked);
    if (cluster === undefined) return missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException");
    const mode = text(cluster.outputs, "accessConfig.authenticationMode");
    const id = `${cluster.id}:${text(asked.inputs, "principalArn")}`;
    const creator = `arn:aws:iam::${asked.settings.account}:user/simulated`;
    const hasCreator = flag(cluster.outputs, "accessConfig.bootstrapClusterCreatorAdminPermissions") === true;
    return [
      ...(hasCreator && text(asked.inputs, "principalArn") === creator
        ? [refusal(`ResourceInUseException: ${creator} made the cluster and has an access entry`, "principalArn")]
        : []),
      ...(mode === "CONFIG_MAP"
        ? [refusal("InvalidRequestException: The cluster's authentication mode must be set to API")]
        : []),
      ...(asked.old === undefined && asked.world.find(id, entryToken) !== undefined
        ? [
            refusal(
              `ResourceInUseException: The specified access entry resource is already in use on this cluster: ${id}`,
            ),
          ]
        : []),
    ];
  },
  create: (asked) => {
    const [cluster, principalArn] = [clusterOf(asked), text(asked.inputs, "principalArn") ?? ""];
    return {
      id: `${cluster?.id}:${principalArn}`,
      outputs: {
        ...common(asked),
        accessEntryArn: arn(asked.settings, "eks", `access-entry/${cluster?.id}/${asked.world.hex(12)}`),
        createdAt: asked.world.now,
        modifiedAt: asked.world.now,
        kubernetesGroups: at(asked.inputs, "kubernetesGroups") ?? [],
        userName: text(asked.inputs, "userName") ?? principalArn,
      },
    };
  },
  update: updated,
  blocksDeletion: false,
});

const accessPolicies =
  /^arn:aws[\w-]*:eks::aws:cluster-access-policy\/AmazonEKS(ClusterAdmin|Admin|Edit|View|AdminView|SecretReader|AutoNode)Policy$/;

const accessPolicyAssociation: ResourceRules = {
  replaceOn: ["accessScope", "clusterName", "policyArn", "principalArn"],
  check: ({ inputs }) => [
    ...oneOfRefusals(inputs, "accessScope.type", ["cluster", "namespace"]),
    ...(text(inputs, "accessScope.type") === "cluster" && texts(inputs, "accessScope.namespaces").length > 0
      ? [refusal("namespaces only go with the scope namespace", "accessScope.namespaces")]
      : []),
  ],
  refuse: (asked) => {
    const cluster = clusterOf(asked);
    if (cluster === undefined) return missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException");
    const entry = `${cluster.id}:${text(asked.inputs, "principalArn")}`;
    return [
      ...patternRefusals(asked.inputs, "policyArn", accessPolicies, 2048),
      ...(asked.world.find(entry, entryToken) === undefined
        ? [
            refusal(
              "ResourceNotFoundException: The specified principalArn could not be found: it has no access entry",
              "principalArn",
            ),
          ]
        : []),
    ];
  },
  create: (asked) => ({
    id: `${text(asked.inputs, "clusterName")}#${text(asked.inputs, "principalArn")}#${text(asked.inputs, "policyArn")}`,
    outputs: { region: asked.settings.region, associatedAt: asked.world.now, modifiedAt: asked.world.now },
  }),
  blocksDeletion: false,
};

const podIdentityAssociation: ResourceRules = tagged({
  replaceOn: ["clusterName", "namespace", "serviceAccount"],
  refuse: (asked) => {
    const { inputs, world, old } = asked;
    const same = world
      .all(identityToken)
      .some(
        (each) =>
          each.id !== old?.id &&
          ["clusterName", "namespace", "serviceAccount"].every(
            (path) => text(each.inputs, path) === text(inputs, path),
          ),
      );
    return [
      ...missingRefusals(asked, "clusterName", clusterToken, "ResourceNotFoundException"),
      ...podRoleRefusals(world, text(inputs, "roleArn") ?? "", "roleArn"),
      ...(same ? [refusal("ResourceInUseException: Association already exists for this service account")] : []),
    ];
  },
  create: (asked) => {
    const cluster = text(asked.inputs, "clusterName");
    const associationId = `a-${asked.world.hex(17)}`;
    return {
      id: associationId,
      outputs: {
        ...common(asked),
        associationId,
        associationArn: arn(asked.settings, "eks", `podidentityassociation/${cluster}/${associationId}`),
        disableSessionTags: false,
        externalId: "",
      },
    };
  },
  update: updated,
  uses: (inputs) => [text(inputs, "roleArn") ?? ""],
});

export const partRules: Readonly<Record<string, ResourceRules>> = {
  [addonToken]: addon,
  [entryToken]: accessEntry,
  [accessToken]: accessPolicyAssociation,
  [identityToken]: podIdentityAssociation,
};
