import type * as pulumi from "@pulumi/pulumi";
import {
  block,
  choice,
  flag,
  integer,
  listOf,
  mapOf,
  optional,
  orLater,
  required,
  type Shape,
  shorthand,
  text,
} from "../../core/shape.js";
import {
  type AwsOptions,
  type AzureOptions,
  computeModes,
  type ExistingOptions,
  type GcpOptions,
  gpuTypes,
  type LocalOptions,
  targets,
} from "../../providers/contract.js";
import { isLater } from "../workload/leaf.js";
import type {
  AccessArgs,
  ClusterArgs,
  ControlPlaneOptions,
  DiskArgs,
  ExistingNetworkArgs,
  GpuArgs,
  NetworkArgs,
  PoolArgs,
} from "./args.js";
import { laterFlag, leaf, leafMap, taints, wholeNumber } from "./read/leaves.js";
import { onpremOptions } from "./read/onprem.js";

// The compiler keeps each list of properties complete.

const isAmount = (value: unknown): value is number | string => typeof value === "number" || typeof value === "string";
const cpu: Shape<pulumi.Input<number | string>> = orLater(
  shorthand("a number or a quantity", isAmount, String, text),
  isLater<number | string>,
);

/** A count that was refused is no number, so that nothing is concluded from it. */
const countNow: Shape<number> = {
  placeholder: Number.NaN,
  read(value, path, problems) {
    const before = problems.found.length;
    const count = integer(0, 5000).read(value, path, problems);
    return problems.found.length === before ? count : this.placeholder;
  },
};
const nodeCount: Shape<pulumi.Input<number>> = orLater(countNow, isLater<number>);

const pool = block<PoolArgs>({
  cpu: required(cpu),
  memory: required(leaf),
  min: optional(nodeCount),
  max: optional(nodeCount),
  arch: optional(choice(["amd64", "arm64"])),
  spot: optional(flag),
  labels: optional(leafMap),
  taints: optional(taints),
  gpu: optional(block<GpuArgs>({ type: required(choice(gpuTypes)), count: optional(integer(1, 16)) })),
  zones: optional(listOf(integer(1, 3))),
  disk: optional(block<DiskArgs>({ size: optional(leaf), class: optional(choice(["standard", "fast"])) })),
});

const oneTarget = choice(targets);

/** What `ClusterArgs` and `TypedClusterArgs` are read with. */
export const clusterShape: Shape<ClusterArgs> = block<ClusterArgs>({
  target: required(oneTarget),
  kubernetesVersion: optional(leaf),
  releaseChannel: optional(choice(["rapid", "regular", "stable"])),
  compute: optional(choice(computeModes)),
  pools: optional(mapOf(pool)),
  controlPlane: optional(
    block<ControlPlaneOptions>({
      highlyAvailable: optional(flag),
      endpoint: optional(choice(["public", "private", "both"])),
      allowedCidrs: optional(listOf(leaf)),
      auditLogs: optional(laterFlag),
      secretsEncryption: optional(laterFlag),
      encryptionKey: optional(leaf),
    }),
  ),
  network: optional(
    block<NetworkArgs>({
      cidr: optional(leaf),
      podCidr: optional(leaf),
      serviceCidr: optional(leaf),
      zones: optional(integer(1, 3)),
      existing: optional(
        block<ExistingNetworkArgs>({
          id: required(leaf),
          subnets: required(listOf(leaf)),
          publicSubnets: optional(listOf(leaf)),
          podRange: optional(leaf),
          serviceRange: optional(leaf),
        }),
      ),
    }),
  ),
  access: optional(block<AccessArgs>({ admins: optional(listOf(leaf)) })),
  deletionProtection: optional(flag),
  tags: optional(leafMap),
  requirePortableTo: optional(listOf(oneTarget)),
  local: optional(
    block<LocalOptions>({
      hpaSyncPeriodSeconds: optional(wholeNumber(1, 3600)),
      hpaDownscaleStabilizationSeconds: optional(wholeNumber(0, 3600)),
      // metrics-server itself refuses less.
      metricsResolutionSeconds: optional(wholeNumber(10, 3600)),
    }),
  ),
  existing: optional(
    block<ExistingOptions>({
      kubeconfig: optional(leaf),
      context: optional(leaf),
      identity: optional(text),
      timeoutSeconds: optional(integer(1, 300)),
    }),
  ),
  replaceCluster: optional(text),
  aws: optional(
    block<AwsOptions>({
      zones: optional(listOf(text)),
      isolation: optional(choice(["node", "pod"])),
      fargateNamespaces: optional(listOf(text)),
      instanceTypes: optional(mapOf(listOf(text))),
      permissionsBoundary: optional(leaf),
    }),
  ),
  azure: optional(
    block<AzureOptions>({
      location: optional(leaf),
      resourceGroup: optional(leaf),
      serverless: optional(choice(["automatic", "nodeAutoProvisioning"])),
      vmSizes: optional(mapOf(text)),
      login: optional(choice(["azurecli", "workloadidentity", "msi", "spn"])),
    }),
  ),
  gcp: optional(
    block<GcpOptions>({
      project: optional(leaf),
      region: optional(leaf),
      zones: optional(listOf(text)),
      machineTypes: optional(mapOf(text)),
    }),
  ),
  onprem: optional(onpremOptions),
});
