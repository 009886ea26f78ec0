import * as pulumi from "@pulumi/pulumi";
import { defaultMinor } from "../../core/versions.js";
import type { ClusterSpec, PoolSpec } from "../../providers/contract.js";
import { targetEntry } from "../../providers/registry.js";
import { isLater } from "../workload/leaf.js";
import type { ClusterArgs, PoolArgs } from "./args.js";

/** The ranges of a cluster that names none. */
export const defaultNetwork = { cidr: "10.0.0.0/16", podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" } as const;

const defaultZones = 3;
const defaultDisk = { size: "50Gi", class: "standard" } as const;

/** Fills every default in, once. What is contradictory stays visible for the checks. */
export function resolveCluster(args: ClusterArgs): ClusterSpec {
  const { controlPlane = {}, network = {}, local = {}, existing = {} } = args;
  const pinsByDefault = targetEntry(args.target).createsCluster && args.releaseChannel === undefined;
  return {
    target: args.target,
    compute: args.compute ?? "pools",
    kubernetesVersion: args.kubernetesVersion ?? (pinsByDefault ? defaultMinor : undefined),
    releaseChannel: args.releaseChannel,
    pools: Object.entries(args.pools ?? {}).map(([name, pool]) => resolvePool(name, pool)),
    controlPlane: {
      highlyAvailable: controlPlane.highlyAvailable ?? false,
      endpoint: controlPlane.endpoint,
      allowedCidrs: controlPlane.allowedCidrs ?? [],
      auditLogs: controlPlane.auditLogs ?? false,
      secretsEncryption: controlPlane.secretsEncryption ?? controlPlane.encryptionKey !== undefined,
      encryptionKey: controlPlane.encryptionKey,
    },
    network: {
      cidr: network.cidr ?? defaultNetwork.cidr,
      podCidr: network.podCidr ?? defaultNetwork.podCidr,
      serviceCidr: network.serviceCidr ?? defaultNetwork.serviceCidr,
      zones: network.zones ?? defaultZones,
      existing:
        network.existing === undefined
          ? undefined
          : {
              ...network.existing,
              publicSubnets: network.existing.publicSubnets ?? [],
              podRange: network.existing.podRange,
              serviceRange: network.existing.serviceRange,
            },
    },
    admins: args.access?.admins ?? [],
    deletionProtection: args.deletionProtection ?? false,
    tags: args.tags ?? {},
    replaceCluster: args.replaceCluster,
    aws: args.aws ?? {},
    azure: args.azure ?? {},
    gcp: args.gcp ?? {},
    onprem: args.onprem,
    local: {
      hpaSyncPeriodSeconds: local.hpaSyncPeriodSeconds ?? 15,
      hpaDownscaleStabilizationSeconds: local.hpaDownscaleStabilizationSeconds ?? 300,
      metricsResolutionSeconds: local.metricsResolutionSeconds ?? 15,
    },
    existing: { ...existing, timeoutSeconds: existing.timeoutSeconds ?? 10 },
  };
}

function resolvePool(name: string, pool: PoolArgs): PoolSpec {
  const min = pool.min ?? 1;
  return {
    name,
    cpu: isLater<number | string>(pool.cpu) ? pulumi.output(pool.cpu).apply(String) : String(pool.cpu),
    memory: pool.memory,
    min,
    max: pool.max ?? min,
    arch: pool.arch ?? "amd64",
    spot: pool.spot ?? false,
    labels: pool.labels ?? {},
    taints: pool.taints ?? [],
    gpu: pool.gpu === undefined ? undefined : { type: pool.gpu.type, count: pool.gpu.count ?? 1 },
    zones: pool.zones ?? [],
    disk: { ...defaultDisk, ...pool.disk },
  };
}
