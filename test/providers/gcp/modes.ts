import type { ClusterArgs } from "../../../src/components/cluster/args.js";

/** A cluster's arguments on Google Cloud. */
export type GcpArgs = Omit<ClusterArgs, "target">;

/** A network that somebody else made. */
export const existing = {
  id: "projects/shared/global/networks/main",
  subnets: ["projects/shared/regions/europe-west1/subnetworks/clusters"],
  podRange: "shop-pods",
  serviceRange: "shop-services",
};

const guarded: GcpArgs = {
  kubernetesVersion: "1.35",
  controlPlane: {
    highlyAvailable: true,
    endpoint: "both",
    allowedCidrs: ["203.0.113.0/24"],
    auditLogs: true,
    secretsEncryption: true,
  },
  access: { admins: ["group:platform@example.com"] },
  deletionProtection: true,
  tags: { owner: "shop" },
  gcp: { project: "my-project", region: "europe-west1" },
};

/** One cluster that asks for much, in both ways of making nodes. */
export const modes = {
  pools: {
    ...guarded,
    pools: {
      general: { cpu: 4, memory: "16Gi", min: 2, max: 10 },
      arm: { cpu: 4, memory: "16Gi", min: 1, max: 4, arch: "arm64", disk: { class: "fast" } },
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
  autopilot: { ...guarded, compute: "serverless" },
} as const satisfies Record<string, GcpArgs>;

/** The least that a cluster can be. */
export const small = {
  pools: { general: { cpu: 2, memory: "8Gi" } },
  gcp: { project: "my-project", region: "europe-west1" },
} as const satisfies GcpArgs;

/** The same, in a network made for it or brought along. */
export const inNetwork = (args: GcpArgs, network: "created" | "brought"): GcpArgs =>
  network === "created" ? args : { ...args, network: { existing } };
