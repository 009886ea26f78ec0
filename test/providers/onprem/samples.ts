import { tmpdir } from "node:os";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import type { ClusterSpec, OnpremOptions } from "../../../src/providers/contract.js";

/** One host that is everything. */
export const alone: OnpremOptions = {
  hosts: { "node-1": { address: "10.89.0.11", role: "controlPlane" } },
  ssh: { user: "root" },
};

/** Three control planes and three workers in two pools, with something of everything. */
export const full: OnpremOptions = {
  hosts: {
    "cp-1": { address: "10.89.0.11", role: "controlPlane", hostKey: `SHA256:${"a".repeat(43)}` },
    "cp-2": { address: "10.89.0.12", role: "controlPlane", taints: [] },
    "cp-3": { address: "10.89.0.13", role: "controlPlane", labels: { rack: "three" } },
    "w-1": { address: "10.89.0.21", role: "worker", pool: "general", labels: { rack: "one", tier: "own" } },
    "w-2": { address: "10.89.0.22", role: "worker", pool: "general", ssh: { user: "root", port: 2222 } },
    "w-3": {
      address: "10.89.0.23",
      role: "worker",
      pool: "batch",
      taints: [{ key: "gpu", value: "none", effect: "PreferNoSchedule" }],
      sudo: { mode: "passwordless" },
    },
  },
  ssh: {
    user: "ubuntu",
    knownHostsFile: "~/cluster/known_hosts",
    bastion: { address: "bastion.example.com", user: "jump", hostKey: `SHA256:${"b".repeat(43)}` },
  },
  sudo: { mode: "password", passwordVariable: "ISOKUBE_SUDO" },
  endpoint: { vip: "10.89.0.100" },
  artifacts: { images: "registry.example.com/mirror", binaries: "https://mirror.example.com/kubernetes/" },
  loadBalancer: { addresses: ["10.89.0.200-10.89.0.220"] },
  storage: { fastPath: "/mnt/nvme/volumes" },
  hostSettings: { cgroupDriver: "cgroupfs", kubelet: { maxPods: 50 } },
  maxUnavailable: 2,
};

export const fullArgs: ClusterArgs = {
  target: "onprem",
  pools: {
    general: { cpu: 2, memory: "4Gi", min: 2, max: 4, labels: { tier: "pool", "example.com/team": "shop" } },
    batch: { cpu: "500m", memory: "1Gi", min: 1, taints: [{ key: "batch", effect: "NoSchedule" }] },
  },
  controlPlane: { highlyAvailable: true, auditLogs: true, secretsEncryption: true },
  access: { admins: ["alice", "group:platform"] },
  deletionProtection: true,
  onprem: full,
};

/** The same from a bundle; the folder is there, and nobody reads it. */
export function bundled(): OnpremOptions {
  return { ...full, artifacts: { bundle: tmpdir() } };
}

export function specOf(args: ClusterArgs): ClusterSpec {
  const { spec, problems } = checkCluster("shop", args);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return spec;
}
