import * as pulumi from "@pulumi/pulumi";
import type { ClusterGuard, ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";
import { type AwsCompute, computeOf } from "./compute-mode.js";
import { createRole, managedPolicy, type Role } from "./identity.js";
import type { Making } from "./making.js";
import { fingerprint } from "./names.js";
import type { Network } from "./network.js";
import { keepsNoLogGroup, trustOf, usesKey } from "./policies.js";
import type { Aws } from "./sdk.js";

export type EksCluster = InstanceType<Aws["eks"]["Cluster"]>;

/** The control plane, and what goes with it. */
export interface ControlPlane {
  readonly cluster: EksCluster;
  /** Who may do what inside: before anything is deployed, and until all of it is gone. */
  readonly access: readonly pulumi.Resource[];
}

/** What Auto Mode does in the account, it does as the cluster. */
const autoModePolicies = [
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];

/** Who did what, and who was let in. */
export const auditLogTypes = ["audit", "authenticator"];
/** Days, one of those that CloudWatch offers. */
const logRetentionDays = 90;
/** Days, the fewest that KMS takes: Secrets of a deleted cluster are gone anyway. */
const keyDeletionDays = 7;

/** The EKS cluster with its role, its log group, its key and its administrators. */
export function createControlPlane(making: Making, network: Network, guard: ClusterGuard | undefined): ControlPlane {
  const { aws, name, ownName, spec, parent, tags } = making;
  const compute = computeOf(spec);
  const key = createKey(making);
  const role = createClusterRole(making, compute, key?.arn);
  const nodeRole = compute === "autoMode" ? createAutoModeNodeRole(making) : undefined;
  const logGroup = createLogGroup(making);
  const cluster = new aws.eks.Cluster(
    name,
    {
      name: ownName,
      roleArn: role.role.arn,
      ...(spec.kubernetesVersion === undefined ? {} : { version: spec.kubernetesVersion }),
      // The other choice upgrades a pinned minor by itself a year earlier, and a cluster cannot go back.
      upgradePolicy: { supportType: "EXTENDED" },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      vpcConfig: { subnetIds: [...network.privateSubnets], ...endpointOf(spec) },
      ...computeFields(compute, spec, nodeRole?.role.arn),
      enabledClusterLogTypes: pulumi
        .output(spec.controlPlane.auditLogs)
        .apply((asked): string[] => (asked ? auditLogTypes : [])),
      ...(key === undefined ? {} : { encryptionConfig: key.encryption }),
      deletionProtection: spec.deletionProtection,
      tags: tags.common,
    },
    {
      parent,
      ...(guard === undefined ? {} : { replacementTrigger: guard.generation }),
      dependsOn: [
        ...(guard === undefined ? [] : [guard.resource]),
        ...role.policies,
        ...(nodeRole?.policies ?? []),
        // Auto Mode's nodes are there as long as the cluster is, and need a way out as long.
        ...(nodeRole === undefined ? [] : network.egress),
        ...(logGroup === undefined ? [] : [logGroup]),
        ...(key?.resources ?? []),
      ],
    },
  );
  return { cluster, access: createAdmins(making, cluster) };
}

/** Where the API server can be reached: nodes always reach it without leaving their network. */
export function endpointOf({ controlPlane }: ClusterSpec) {
  const isPublic = effectiveEndpoint(controlPlane) !== "private";
  return {
    endpointPrivateAccess: true,
    endpointPublicAccess: isPublic,
    // Left out, AWS would open the public endpoint to the world.
    ...(isPublic ? { publicAccessCidrs: [...controlPlane.allowedCidrs] } : {}),
  };
}

/** Never open to the world by default. */
export function effectiveEndpoint({ endpoint, allowedCidrs }: ClusterSpec["controlPlane"]) {
  return endpoint ?? (allowedCidrs.length > 0 ? "both" : "private");
}

/** Auto Mode is on as a whole or off as a whole: said outright either way, so that it can be turned off again. */
function computeFields(compute: AwsCompute, spec: ClusterSpec, nodeRoleArn: pulumi.Input<string> | undefined) {
  const enabled = compute === "autoMode";
  return {
    computeConfig:
      nodeRoleArn === undefined ? { enabled } : { enabled, nodePools: ["general-purpose", "system"], nodeRoleArn },
    storageConfig: { blockStorage: { enabled } },
    kubernetesNetworkConfig: {
      ipFamily: "ipv4",
      serviceIpv4Cidr: spec.network.serviceCidr,
      elasticLoadBalancing: { enabled },
    },
  };
}

function createClusterRole(making: Making, compute: AwsCompute, keyArn: pulumi.Output<string> | undefined): Role {
  const auto = compute === "autoMode";
  return createRole(making, "cluster", {
    // Auto Mode tags what it makes by the session's tags.
    trust: trustOf("eks.amazonaws.com", ...(auto ? ["sts:TagSession"] : [])),
    managed: ["AmazonEKSClusterPolicy", ...(auto ? autoModePolicies : [])],
    inline: {
      logs: keepsNoLogGroup,
      ...(keyArn === undefined ? {} : { key: keyArn.apply(usesKey) }),
    },
  });
}

function createAutoModeNodeRole(making: Making): Role {
  return createRole(making, "node", {
    trust: trustOf("ec2.amazonaws.com"),
    managed: ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
    inline: {},
  });
}

/** Made before the cluster, or EKS would make one that never expires and outlives the cluster. */
function createLogGroup({ aws, name, ownName, spec, parent, tags }: Making): pulumi.Resource | undefined {
  if (known(spec.controlPlane.auditLogs) === false) return undefined;
  return new aws.cloudwatch.LogGroup(
    name,
    { name: pulumi.interpolate`/aws/eks/${ownName}/cluster`, retentionInDays: logRetentionDays, tags: tags.common },
    { parent },
  );
}

/** The key of the cluster's Secrets: made, or the one brought along. */
function createKey({ aws, name, clusterName, spec, parent, tags }: Making) {
  const { secretsEncryption, encryptionKey } = spec.controlPlane;
  if (known(secretsEncryption) === false) return undefined;
  const encryptedBy = (keyArn: pulumi.Input<string>) => {
    const encryption = { provider: { keyArn }, resources: ["secrets"] };
    if (known(secretsEncryption) === true) return encryption;
    return pulumi.all([secretsEncryption, encryption]).apply(([asked, config]) => (asked ? config : undefined));
  };
  if (encryptionKey !== undefined) {
    return { arn: pulumi.output(encryptionKey), encryption: encryptedBy(encryptionKey), resources: [] };
  }
  const key = new aws.kms.Key(
    name,
    {
      description: `Secrets of the EKS cluster ${clusterName}`,
      enableKeyRotation: true,
      deletionWindowInDays: keyDeletionDays,
      tags: tags.common,
    },
    { parent },
  );
  const alias = new aws.kms.Alias(
    name,
    { name: `alias/isokube/${clusterName}`, targetKeyId: key.keyId },
    { parent: key },
  );
  return { arn: key.arn, encryption: encryptedBy(key.arn), resources: [alias] };
}

/** An entry for each administrator: nobody is let in by a ConfigMap that one wrong edit locks everyone out with. */
function createAdmins(making: Making, cluster: EksCluster): pulumi.Resource[] {
  const { aws, name, spec, tags } = making;
  return spec.admins.flatMap((principalArn, index) => {
    const admin = `${name}-admin-${adminKey(known(principalArn), index)}`;
    const entry = new aws.eks.AccessEntry(
      admin,
      { clusterName: cluster.name, principalArn, type: "STANDARD", tags: tags.common },
      { parent: cluster },
    );
    const policy = new aws.eks.AccessPolicyAssociation(
      admin,
      {
        clusterName: cluster.name,
        principalArn,
        policyArn: managedPolicy(making, "cluster-access-policy/AmazonEKSClusterAdminPolicy", "eks"),
        accessScope: { type: "cluster" },
      },
      { parent: entry, dependsOn: entry },
    );
    return [entry, policy];
  });
}

/** By what an administrator is, not by the place in the list: taking one out must not touch the others. */
function adminKey(arn: string | undefined, index: number): string {
  if (arn === undefined) return String(index + 1);
  const role =
    arn
      .split("/")
      .at(-1)
      ?.toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 24) ?? "";
  return `${role}-${fingerprint(arn)}`;
}
