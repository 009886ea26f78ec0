import { createHash } from "node:crypto";
import { nodeLabels } from "../../../src/onprem/kubeadm/node-registration.js";
import type { NodeSpec } from "../../../src/onprem/spec.js";

/** What `kubectl get nodes --output=json` says of nodes, each as large as a real one with its images and addresses. */
export function nodesJson(nodes: readonly NodeSpec[], version: string): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: nodes.map((node) => nodeJson(node, version)) });
}

function nodeJson(node: NodeSpec, version: string): unknown {
  const digest = (of: number) => createHash("sha256").update(`${of}`).digest("hex");
  const conditions = ["NetworkUnavailable", "MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
    type,
    status: type === "Ready" ? "True" : "False",
    lastHeartbeatTime: "2026-01-01T00:00:00Z",
    lastTransitionTime: "2026-01-01T00:00:00Z",
    reason: `Kubelet${type}`,
    message: `kubelet tells ${type}`,
  }));
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: {
        ...nodeLabels(node),
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        ...(node.role === "controlPlane" ? { "node-role.kubernetes.io/control-plane": "" } : {}),
      },
    },
    spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"], taints: node.taints },
    status: {
      addresses: [
        { type: "InternalIP", address: node.host.address },
        { type: "Hostname", address: node.name },
      ],
      conditions,
      // The kubelet tells of up to 50.
      images: Array.from({ length: 30 }, (_, at) => ({
        names: [
          `registry.example.com/team/image-${at}@sha256:${digest(at)}`,
          `registry.example.com/team/image-${at}:1`,
        ],
        sizeBytes: 12_345_678,
      })),
      nodeInfo: { kubeletVersion: `v${version}`, kernelVersion: "6.1.0-37-amd64", osImage: "Debian GNU/Linux 12" },
    },
  };
}

/** What etcd's gateway says of its members. */
export function membersJson(controlPlanes: readonly NodeSpec[]): string {
  return JSON.stringify({
    members: controlPlanes.map(({ name, host }, at) => ({
      ID: String(1000 + at),
      name,
      peerURLs: [`https://${host.address}:2380`],
      clientURLs: [`https://${host.address}:2379`],
    })),
  });
}
