import type { PropertyMap } from "../../../src/plugin/properties.js";

/** A host as programs give it. */
export function host(name: string, address: string, change: PropertyMap = {}): PropertyMap {
  return {
    name,
    role: "controlPlane",
    pool: "control-plane",
    host: {
      address,
      ssh: { user: "ops", hostKey: "SHA256:abc", privateKeyFile: "~/.ssh/id_ed25519" },
      sudo: { kind: "passwordless" },
    },
    ...change,
  };
}

const cluster: PropertyMap = {
  clusterName: "shop",
  kubernetesVersion: "1.35",
  controlPlaneEndpoint: { kind: "single", address: "10.0.0.11" },
  artifacts: { kind: "bundle", directory: "/srv/bundle" },
};

/** One control plane. */
export const oneControlPlane: PropertyMap = { ...cluster, hosts: [host("cp1", "10.0.0.11")] };

/** Three behind a virtual address. */
export const threeControlPlanes: PropertyMap = {
  ...cluster,
  controlPlaneEndpoint: { kind: "vip", address: "10.0.0.10", routerId: 51 },
  hosts: [host("cp1", "10.0.0.11"), host("cp2", "10.0.0.12"), host("cp3", "10.0.0.13")],
};

export const worker: PropertyMap = {
  ...cluster,
  host: host("worker1", "10.0.0.21", { role: "worker", pool: "general" }),
  controlPlanes: [host("cp1", "10.0.0.11")],
  clusterId: "c1",
  caHash: "sha256:1",
};
