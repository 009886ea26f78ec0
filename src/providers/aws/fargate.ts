import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import type { EksCluster } from "./control-plane.js";
import { createRole } from "./identity.js";
import type { Making } from "./making.js";
import type { Network } from "./network.js";
import { trustOf } from "./policies.js";

/** Selectors that one profile takes. */
const selectorsPerProfile = 5;

/** Where isokube's own add-ons and a program's first workloads run. */
const defaultNamespaces = ["default", "kube-system", "envoy-gateway-system"];

/** Namespaces whose pods run on Fargate. Its own add-ons' are always among them: nothing else could run them. */
export function fargateNamespaces({ aws }: ClusterSpec): readonly string[] {
  const [first, ...own] = defaultNamespaces;
  return aws.fargateNamespaces === undefined
    ? [...(first === undefined ? [] : [first]), ...own]
    : [...new Set([...own, ...aws.fargateNamespaces])];
}

/** How many profiles a cluster has by AWS's quota. */
export const mostProfiles = 10;
export const mostNamespaces = mostProfiles * selectorsPerProfile;

/** Profiles by which pods get a machine of their own each. */
export function createFargate(making: Making, cluster: EksCluster, network: Network): pulumi.Resource[] {
  const { aws, name, spec, tags } = making;
  const role = createRole(making, "pods", {
    trust: trustOf("eks-fargate-pods.amazonaws.com"),
    managed: ["AmazonEKSFargatePodExecutionRolePolicy"],
    inline: {},
  });
  return inGroups(fargateNamespaces(spec), selectorsPerProfile).map(
    (namespaces, index) =>
      new aws.eks.FargateProfile(
        `${name}-${index + 1}`,
        {
          clusterName: cluster.name,
          podExecutionRoleArn: role.role.arn,
          subnetIds: [...network.privateSubnets],
          selectors: namespaces.map((namespace) => ({ namespace })),
          tags: tags.common,
        },
        { parent: cluster, dependsOn: [...role.policies, ...network.egress] },
      ),
  );
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
