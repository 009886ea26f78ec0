import type { InitDocuments, JoinDocuments } from "../../../src/onprem/kubeadm/documents.js";
import { caHash, clusterSpec, hostSettings, nodeSpec } from "../fixtures.js";

const controlPlaneTaint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" } as const;

/** Every kind of document, for the golden files and for kubeadm's own judgement. */
export const initDocuments = {
  virtualAddress: {
    spec: clusterSpec(),
    node: nodeSpec("cp1", { taints: [controlPlaneTaint] }),
    kubeProxyMode: "nftables",
  },
  single: {
    spec: clusterSpec({
      endpoint: { kind: "single", address: "10.1.0.1" },
      auditLogs: false,
      secretsEncryption: false,
      hostSettings: {
        ...hostSettings,
        cgroupDriver: "cgroupfs",
        failCgroupV1: false,
        failSwapOn: false,
        kubelet: { maxPods: 50 },
        kubeProxy: { oomScoreAdj: 0 },
      },
    }),
    node: nodeSpec("cp1"),
    kubeProxyMode: "iptables",
    ignorePreflightErrors: ["SystemVerification"],
  },
} satisfies Record<string, InitDocuments>;

export const joinDocuments = {
  controlPlane: {
    node: nodeSpec("cp2", { taints: [controlPlaneTaint] }),
    through: "10.1.0.1:6443",
    // The example of kubeadm's documentation.
    token: "abcdef.0123456789abcdef",
    caHash,
  },
  worker: {
    node: nodeSpec("worker1", { taints: [{ key: "gpu", value: "yes", effect: "NoExecute" }] }),
    through: "lb.example.com:6443",
    token: "abcdef.0123456789abcdef",
    caHash,
  },
} satisfies Record<string, JoinDocuments>;
