import * as pulumi from "@pulumi/pulumi";
import { poolLabel } from "../../core/labels.js";
import { parseQuantity } from "../../core/quantity.js";
import { joinPath } from "../../core/shape.js";
import type { PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import type { SizeOptions } from "../pool-size.js";
import type { EksCluster } from "./control-plane.js";
import { createRole, type Role } from "./identity.js";
import { instanceTypesOf } from "./machine-types.js";
import type { Making } from "./making.js";
import { nodeGroupName } from "./names.js";
import type { Network } from "./network.js";
import { trustOf } from "./policies.js";
import { autoscaledSize } from "./pool-size.js";
import type { Aws } from "./sdk.js";

/** What node groups need to be there before they are. */
export interface NodeFoundations {
  readonly cluster: EksCluster;
  readonly network: Network;
  /** Pod network, service routing, identities: without them no node becomes ready. */
  readonly addons: readonly pulumi.Resource[];
}

/** A managed node group for each pool. */
export function createNodePools(making: Making, foundations: NodeFoundations): pulumi.Resource[] {
  const role = createNodeRole(making);
  const sizeOf = autoscaledSize(making, foundations.cluster);
  return making.spec.pools.map((pool) => createNodePool(making, foundations, role, pool, sizeOf));
}

/** Nodes take addresses for their pods and pull images; pods cannot reach this role, see `metadataOptions`. */
function createNodeRole(making: Making): Role {
  return createRole(making, "node", {
    trust: trustOf("ec2.amazonaws.com"),
    managed: ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"],
    inline: {},
  });
}

function createNodePool(
  making: Making,
  foundations: NodeFoundations,
  role: Role,
  pool: PoolSpec,
  sizeOf: SizeOptions,
): pulumi.Resource {
  const { aws, name, spec, tags } = making;
  const { cluster, network, addons } = foundations;
  const machines = instanceTypesOf(pool, spec.aws.instanceTypes?.[pool.name]);
  if (!("names" in machines)) throw new Error(`the checks let ${joinPath("pools", pool.name)} pass`);
  const template = createLaunchTemplate(making, pool);
  // Whatever cannot change in a node group.
  const fixed = {
    instanceTypes: [...machines.names],
    amiType: amiTypeOf(pool),
    capacityType: pool.spot ? "SPOT" : "ON_DEMAND",
    subnetIds: subnetsOf(pool, network),
    nodeRoleArn: role.role.arn,
  };
  return new aws.eks.NodeGroup(
    `${name}-${pool.name}`,
    {
      clusterName: cluster.name,
      nodeGroupName: pulumi.all([fixed, template.id]).apply((values) => nodeGroupName(pool.name, values)),
      ...fixed,
      ...(spec.kubernetesVersion === undefined ? {} : { version: spec.kubernetesVersion }),
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      scalingConfig: { minSize: pool.min, maxSize: pool.max, desiredSize: pool.min },
      updateConfig: { maxUnavailablePercentage: 33 },
      nodeRepairConfig: { enabled: true },
      labels: { ...pool.labels, [poolLabel]: pool.name },
      taints: pool.taints.map(({ key, value, effect }) => ({
        key,
        ...(value === undefined ? {} : { value }),
        effect: pulumi.output(effect).apply(taintEffect),
      })),
      tags: tags.common,
    },
    {
      parent: cluster,
      dependsOn: [...role.policies, ...network.egress, ...addons],
      ...(isAutoscaled(pool) ? sizeOf(pool) : {}),
    },
  );
}

/** True unless the pool is known to have one size. */
export function isAutoscaled(pool: PoolSpec): boolean {
  const [min, max] = [known(pool.min), known(pool.max)];
  return min === undefined || min !== max;
}

/**
 * The nodes' image. Bottlerocket for accelerators: it shows them to Kubernetes
 * by itself, where Amazon Linux would need an add-on.
 */
export function amiTypeOf({ arch, gpu }: PoolSpec): string {
  if (gpu !== undefined) return "BOTTLEROCKET_x86_64_NVIDIA";
  return arch === "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
}

/** The subnets of the pool's zones. */
function subnetsOf(pool: PoolSpec, network: Network): pulumi.Input<string>[] {
  const { privateSubnets } = network;
  if (pool.zones.length === 0) return [...privateSubnets];
  return privateSubnets.filter((_, index) => pool.zones.includes(index + 1));
}

function createLaunchTemplate(making: Making, pool: PoolSpec): LaunchTemplate {
  const { aws, name, tags } = making;
  const ofPool = `${name}-${pool.name}`;
  return new aws.ec2.LaunchTemplate(
    ofPool,
    {
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: dataDiskOf(pool),
          ebs: {
            volumeSize: pulumi.output(pool.disk.size).apply(gibibytesOf),
            ...diskFields(pool),
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      // One hop: the node reaches its credentials, the pods on it do not.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      // Tags of a node group do not reach what it makes.
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags: tags.named(ofPool),
      })),
      tags: tags.common,
    },
    { parent: making.parent },
  );
}

type LaunchTemplate = InstanceType<Aws["ec2"]["LaunchTemplate"]>;

/** Bottlerocket keeps images and pods on a disk of their own. */
const dataDiskOf = ({ gpu }: PoolSpec): string => (gpu === undefined ? "/dev/xvda" : "/dev/xvdb");

/** EBS gp3: `standard` is what every volume has, `fast` is twice the operations and four times the throughput. */
export function diskFields({ disk }: PoolSpec) {
  return disk.class === "fast"
    ? { volumeType: "gp3", iops: 6000, throughput: 500 }
    : { volumeType: "gp3", iops: 3000, throughput: 125 };
}

/** Rounded up: EBS has whole GiB. */
export function gibibytesOf(size: string): number {
  const gibibyte = 1024n ** 3n * 1_000_000_000n;
  const amount = parseQuantity(size);
  if (amount === undefined) throw new Error(`${size} is not a Kubernetes quantity. Fix: write an amount such as 50Gi.`);
  return Number((amount + gibibyte - 1n) / gibibyte);
}

const taintEffects: Readonly<Record<string, string>> = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
};

function taintEffect(effect: string): string {
  const spelt = taintEffects[effect];
  if (spelt !== undefined) return spelt;
  throw new Error(`a taint's effect is ${effect}. Fix: use ${Object.keys(taintEffects).join(", ")}.`);
}
