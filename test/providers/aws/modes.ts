import type { ClusterArgs } from "../../../src/components/cluster/args.js";

/** A cluster's arguments on AWS. */
export type AwsArgs = Omit<ClusterArgs, "target">;

/** A network that somebody else made. */
export const existing = {
  id: "vpc-0123456789abcdef0",
  subnets: ["subnet-0000000000000000a", "subnet-0000000000000000b"],
  publicSubnets: ["subnet-0000000000000000c"],
};

const guarded: AwsArgs = {
  kubernetesVersion: "1.35",
  controlPlane: {
    highlyAvailable: true,
    endpoint: "both",
    allowedCidrs: ["203.0.113.0/24"],
    auditLogs: true,
    secretsEncryption: true,
  },
  access: { admins: ["arn:aws:iam::111122223333:role/platform"] },
  deletionProtection: true,
  tags: { owner: "shop" },
};

/** One cluster that asks for much, in each of the three ways of making nodes. */
export const modes = {
  pools: {
    ...guarded,
    pools: {
      general: { cpu: 4, memory: "16Gi", min: 2, max: 10, arch: "arm64" },
      batch: {
        cpu: 8,
        memory: "32Gi",
        min: 0,
        max: 20,
        spot: true,
        zones: [1],
        labels: { "example.com/team": "shop" },
        taints: [{ key: "batch", value: "yes", effect: "NoSchedule" }],
        disk: { size: "100Gi", class: "fast" },
      },
      vision: { cpu: 4, memory: "16Gi", min: 1, gpu: { type: "nvidia-l4" } },
    },
  },
  auto: { ...guarded, compute: "serverless" },
  fargate: {
    ...guarded,
    compute: "serverless",
    aws: {
      isolation: "pod",
      fargateNamespaces: ["default", "shop", "team-*", "pay"],
      permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
    },
  },
} as const satisfies Record<string, AwsArgs>;

/** The same, in a network made for it or brought along. */
export const inNetwork = (args: AwsArgs, network: "created" | "brought"): AwsArgs =>
  network === "created" ? args : { ...args, network: { existing } };
