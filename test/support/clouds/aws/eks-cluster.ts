import { at, block, flag, isGiven, isUnknown, text, texts } from "../blocks.js";
import { cidrPrefix, cidrsOverlap } from "../cidr.js";
import type { Asked, Block, ClusterBehind, Refusal, ResourceRules } from "../model.js";
import type { SimulatedResource, World } from "../world.js";
import { arn, common, missingRefusals, oneOfRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";
import { roleToken } from "./iam.js";
import { keyToken } from "./keys-and-logs.js";
import { subnetToken, vpcToken } from "./network.js";
import { attachedPolicies, trusts } from "./policies.js";

export const clusterToken = "aws:eks/cluster:Cluster";

const switches = [
  "computeConfig.enabled",
  "kubernetesNetworkConfig.elasticLoadBalancing.enabled",
  "storageConfig.blockStorage.enabled",
];
const autoModePolicies = [
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];
const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

export function isAutoMode(inputs: Block): boolean {
  return flag(inputs, "computeConfig.enabled") === true;
}

/** What the provider refuses before it calls EKS. */
function checkCluster({ inputs }: Asked): Refusal[] {
  const unknown = switches.some((path) => isUnknown(at(inputs, path)));
  const on = switches.filter((path) => flag(inputs, path) === true);
  const halfSwitched = !unknown && on.length > 0 && on.length < switches.length;
  const bootstraps = at(inputs, "bootstrapSelfManagedAddons") ?? true;
  return [
    ...patternRefusals(inputs, "name", /^[0-9A-Za-z][A-Za-z0-9\-_]*$/, 100),
    ...patternRefusals(inputs, "version", /^\d+\.\d+$/, 10),
    ...(halfSwitched
      ? [refusal(`${switches.join(", ")} must all be set to either true or false, and only ${on.join(", ")} is true`)]
      : []),
    ...(on.length === switches.length && bootstraps === true
      ? [refusal("bootstrapSelfManagedAddons must be false with EKS Auto Mode", "bootstrapSelfManagedAddons")]
      : []),
    ...oneOfRefusals(inputs, "accessConfig.authenticationMode", ["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"]),
    ...oneOfRefusals(inputs, "upgradePolicy.supportType", ["EXTENDED", "STANDARD"]),
    ...oneOfRefusals(inputs, "kubernetesNetworkConfig.ipFamily", ["ipv4", "ipv6"]),
    ...texts(inputs, "enabledClusterLogTypes").flatMap((type, index) =>
      logTypes.includes(type)
        ? []
        : [refusal(`expected one of ${logTypes.join(", ")}, got ${type}`, `enabledClusterLogTypes[${index}]`)],
    ),
    ...texts(inputs, "encryptionConfig.resources").flatMap((each, index) =>
      each === "secrets" ? [] : [refusal(`expected secrets, got ${each}`, `encryptionConfig.resources[${index}]`)],
    ),
    ...serviceRangeRefusals(inputs),
  ];
}

function serviceRangeRefusals(inputs: Block): Refusal[] {
  const path = "kubernetesNetworkConfig.serviceIpv4Cidr";
  const cidr = text(inputs, path);
  if (cidr === undefined) return [];
  const prefix = cidrPrefix(cidr);
  if (prefix === undefined || prefix < 12 || prefix > 24) {
    return [refusal(`${cidr} must be a block between /24 and /12`, path)];
  }
  const isPrivate = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some((wide) => cidrsOverlap(wide, cidr));
  return isPrivate ? [] : [refusal(`${cidr} must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`, path)];
}

/** What EKS refuses. */
function refuseCluster(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const name = text(inputs, "name") ?? "";
  if (old === undefined && world.find(name, clusterToken) !== undefined) {
    return [refusal(`ResourceInUseException: Cluster already exists with name: ${name}`, "name")];
  }
  return [
    ...versionRefusals(asked),
    ...networkRefusals(asked),
    ...roleRefusals(asked),
    ...endpointRefusals(inputs),
    ...missingRefusals(asked, "encryptionConfig.provider.keyArn", keyToken, "InvalidParameterException"),
    ...(isAutoMode(inputs) ? autoModeRefusals(asked) : []),
    ...modeRefusals(asked),
  ];
}

function versionRefusals({ inputs, world, old }: Asked): Refusal[] {
  const minor = text(inputs, "version");
  if (minor === undefined) return [];
  if (!world.offeredMinors.includes(minor)) {
    return [refusal(`InvalidParameterException: unsupported Kubernetes version ${minor}`, "version")];
  }
  const before = old === undefined ? undefined : text(old.outputs, "version");
  if (before === undefined || before === minor) return [];
  const step = minorNumber(minor) - minorNumber(before);
  return step === 1
    ? []
    : [
        refusal(
          `InvalidParameterException: Unsupported Kubernetes minor version update from ${before} to ${minor}`,
          "version",
        ),
      ];
}

export function minorNumber(minor: string): number {
  return Number(minor.split(".")[1]);
}

function subnetsOf(inputs: Block, world: World): readonly SimulatedResource[] {
  return texts(inputs, "vpcConfig.subnetIds").flatMap((id) => world.find(id, subnetToken) ?? []);
}

function networkRefusals({ inputs, world }: Asked): Refusal[] {
  const ids = texts(inputs, "vpcConfig.subnetIds");
  const subnets = subnetsOf(inputs, world);
  const path = "vpcConfig.subnetIds";
  if (subnets.length < ids.length) {
    return [refusal("InvalidParameterException: The subnet ID does not exist (InvalidSubnetID.NotFound)", path)];
  }
  const networks = new Set(subnets.map(({ inputs: own }) => text(own, "vpcId")));
  const zones = new Set(subnets.map(({ outputs }) => text(outputs, "availabilityZone")));
  const services = text(inputs, "kubernetesNetworkConfig.serviceIpv4Cidr");
  const vpc = world.find([...networks][0] ?? "", vpcToken);
  return [
    ...(networks.size > 1 ? [refusal("InvalidParameterException: Subnets are in more than one VPC", path)] : []),
    ...(zones.size < 2
      ? [refusal("InvalidParameterException: Subnets specified must be in at least two different AZs", path)]
      : []),
    ...(services !== undefined && cidrsOverlap(services, text(vpc?.inputs ?? {}, "cidrBlock") ?? "")
      ? [
          refusal(
            `InvalidParameterException: ${services} overlaps the block of ${vpc?.id}`,
            "kubernetesNetworkConfig.serviceIpv4Cidr",
          ),
        ]
      : []),
  ];
}

function roleRefusals(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const role = world.find(text(inputs, "roleArn") ?? "", roleToken);
  if (role === undefined) return missingRefusals(asked, "roleArn", roleToken, "InvalidParameterException");
  const actions = isAutoMode(inputs) ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"];
  if (!trusts(role, "eks.amazonaws.com", ...actions)) {
    return [
      refusal(
        `InvalidParameterException: the trust policy of ${role.id} must let eks.amazonaws.com do ${actions.join(" and ")}`,
        "roleArn",
      ),
    ];
  }
  const attached = attachedPolicies(role, world);
  const missing = ["AmazonEKSClusterPolicy", ...(isAutoMode(inputs) ? autoModePolicies : [])].filter(
    (policy) => !attached.has(policy),
  );
  return missing.length === 0
    ? []
    : [refusal(`InvalidRequestException: ${role.id} lacks the policies ${missing.join(", ")}`, "roleArn")];
}

function endpointRefusals(inputs: Block): Refusal[] {
  const isPublic = flag(inputs, "vpcConfig.endpointPublicAccess") ?? true;
  const isPrivate = flag(inputs, "vpcConfig.endpointPrivateAccess") ?? false;
  if (!isPublic && !isPrivate) {
    return [refusal("InvalidParameterException: Private and public endpoint access cannot both be false", "vpcConfig")];
  }
  const path = "vpcConfig.publicAccessCidrs";
  if (!isPublic && texts(inputs, path).length > 0) {
    return [refusal("InvalidParameterException: CIDRs need the public endpoint", path)];
  }
  return texts(inputs, path).flatMap((cidr, index) =>
    cidrPrefix(cidr) === undefined
      ? [refusal(`InvalidParameterException: The following CIDRs are invalid: ${cidr}`, `${path}[${index}]`)]
      : [],
  );
}

function autoModeRefusals(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const pools = texts(inputs, "computeConfig.nodePools");
  const path = "computeConfig.nodeRoleArn";
  const role = world.find(text(inputs, path) ?? "", roleToken);
  const wrong = pools.filter((pool) => pool !== "general-purpose" && pool !== "system");
  return [
    ...missingRefusals(asked, path, roleToken, "InvalidParameterException"),
    ...(pools.length > 0 !== isGiven(inputs, path)
      ? [refusal("InvalidParameterException: nodePools and nodeRoleArn go together", "computeConfig")]
      : []),
    ...(wrong.length === 0
      ? []
      : [refusal(`InvalidParameterException: unknown node pools ${wrong.join(", ")}`, "computeConfig.nodePools")]),
    ...(role !== undefined && !trusts(role, "ec2.amazonaws.com", "sts:AssumeRole")
      ? [refusal(`InvalidParameterException: ${role.id} must trust ec2.amazonaws.com`, path)]
      : []),
    ...((text(inputs, "accessConfig.authenticationMode") ?? "CONFIG_MAP") === "CONFIG_MAP"
      ? [refusal("InvalidParameterException: EKS Auto Mode needs authentication mode API", "accessConfig")]
      : []),
  ];
}

/** Entries cannot be given up again. */
function modeRefusals({ inputs, old }: Asked): Refusal[] {
  const path = "accessConfig.authenticationMode";
  const order = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
  const [before, now] = [old === undefined ? undefined : text(old.inputs, path), text(inputs, path)];
  if (before === undefined || now === undefined || order.indexOf(now) >= order.indexOf(before)) return [];
  return [refusal(`InvalidParameterException: Unsupported authentication mode update from ${before} to ${now}`, path)];
}

/** Nested blocks as EKS completes them. */
function completed({ inputs, world, settings }: Asked, securityGroup: string): Block {
  const [subnet] = subnetsOf(inputs, world);
  const isPublic = flag(inputs, "vpcConfig.endpointPublicAccess") ?? true;
  return {
    vpcConfig: {
      endpointPrivateAccess: false,
      endpointPublicAccess: true,
      publicAccessCidrs: isPublic ? ["0.0.0.0/0"] : [],
      ...block(inputs, "vpcConfig"),
      clusterSecurityGroupId: securityGroup,
      vpcId: text(subnet?.inputs ?? {}, "vpcId") ?? "",
    },
    accessConfig: {
      authenticationMode: "CONFIG_MAP",
      bootstrapClusterCreatorAdminPermissions: true,
      ...block(inputs, "accessConfig"),
    },
    kubernetesNetworkConfig: {
      ipFamily: "ipv4",
      serviceIpv4Cidr: "172.20.0.0/16",
      serviceIpv6Cidr: "",
      elasticLoadBalancing: { enabled: false },
      ...block(inputs, "kubernetesNetworkConfig"),
    },
    computeConfig: { enabled: false, nodePools: [], nodeRoleArn: "", ...block(inputs, "computeConfig") },
    storageConfig: { blockStorage: { enabled: false }, ...block(inputs, "storageConfig") },
    upgradePolicy: { supportType: "EXTENDED", ...block(inputs, "upgradePolicy") },
    region: settings.region,
    version: text(inputs, "version") ?? world.offeredMinors[0] ?? "",
  };
}

function behind({ inputs, outputs }: SimulatedResource): ClusterBehind {
  const auto = isAutoMode(inputs);
  const zone = text(outputs, "simulatedZone") ?? "";
  return {
    minor: text(outputs, "version") ?? "",
    serviceCidr: text(outputs, "kubernetesNetworkConfig.serviceIpv4Cidr") ?? "172.20.0.0/16",
    auditLogs: texts(inputs, "enabledClusterLogTypes").includes("audit"),
    secretsEncryption: isGiven(inputs, "encryptionConfig"),
    pools: auto
      ? [
          {
            name: "auto-mode",
            count: 2,
            cpu: "4",
            memory: "8Gi",
            arch: "amd64",
            labels: {
              "eks.amazonaws.com/compute-type": "auto",
              "karpenter.sh/nodepool": "general-purpose",
              "karpenter.sh/capacity-type": "on-demand",
              "node.kubernetes.io/instance-type": "c6a.xlarge",
            },
            taints: [],
            zones: [zone],
          },
        ]
      : [],
  };
}

const cluster: ResourceRules = tagged({
  replaceOn: [
    "name",
    "roleArn",
    "bootstrapSelfManagedAddons",
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    "kubernetesNetworkConfig.ipFamily",
    "kubernetesNetworkConfig.serviceIpv4Cidr",
    "outpostConfig",
  ],
  // Encryption can be switched on, and then neither off nor to another key.
  replaceWhen: (before) => (isGiven(before, "encryptionConfig") ? ["encryptionConfig"] : []),
  autoName: { property: "name", maximum: 100 },
  compareAs: { enabledClusterLogTypes: "set", "vpcConfig.subnetIds": "set", "vpcConfig.publicAccessCidrs": "set" },
  check: checkCluster,
  refuse: refuseCluster,
  create: (asked) => {
    const name = text(asked.inputs, "name") ?? "";
    const [subnet] = subnetsOf(asked.inputs, asked.world);
    const securityGroup = `sg-${asked.world.hex(17)}`;
    const issuer = `https://oidc.eks.${asked.settings.region}.amazonaws.com/id/${asked.world.hex(32).toUpperCase()}`;
    return {
      id: name,
      outputs: {
        ...common(asked),
        ...completed(asked, securityGroup),
        name,
        arn: arn(asked.settings, "eks", `cluster/${name}`),
        createdAt: asked.world.now,
        identities: [{ oidcs: [{ issuer }] }],
        platformVersion: "eks.1",
        status: "ACTIVE",
        deletionProtection: flag(asked.inputs, "deletionProtection") ?? false,
        simulatedZone: text(subnet?.outputs ?? {}, "availabilityZone") ?? "",
      },
    };
  },
  update: (asked) => ({
    ...updated(asked),
    ...completed(asked, text(asked.old.outputs, "vpcConfig.clusterSecurityGroupId") ?? ""),
    version: text(asked.inputs, "version") ?? text(asked.old.outputs, "version") ?? "",
  }),
  uses: (inputs) => [
    ...texts(inputs, "vpcConfig.subnetIds"),
    ...["roleArn", "computeConfig.nodeRoleArn", "encryptionConfig.provider.keyArn"].map(
      (path) => text(inputs, path) ?? "",
    ),
  ],
  handles: ["arn"],
  inUse: ({ id }, users) => {
    const kinds = [...new Set(users.map(({ token }) => token.split(":").at(-1)))].join(", ");
    return `ResourceInUseException: Cluster has ${kinds} attached: ${id}`;
  },
  refuseDeletion: ({ id, inputs }) =>
    flag(inputs, "deletionProtection") === true
      ? `InvalidRequestException: Cluster ${id} has deletion protection enabled`
      : undefined,
  cluster: {
    spec: behind,
    reached: (_, { endpoint, certificateAuthorityData }) => ({
      endpoint,
      certificateAuthority: { data: certificateAuthorityData },
    }),
    networks: ({ outputs }) => [text(outputs, "vpcConfig.vpcId") ?? "", ...texts(outputs, "vpcConfig.subnetIds")],
  },
});

export const clusterRules: Readonly<Record<string, ResourceRules>> = { [clusterToken]: cluster };
