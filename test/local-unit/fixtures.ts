import type { RenderContext } from "../../src/local/components/process-plan.js";
import { Layout } from "../../src/local/layout.js";
import type { LocalClusterSpec, LocalPoolSpec } from "../../src/local/spec.js";

export const pool: LocalPoolSpec = {
  name: "general",
  count: 2,
  cpu: "4",
  memory: "16Gi",
  arch: "amd64",
  labels: { tier: "web" },
  taints: [{ key: "dedicated", value: "web", effect: "NoSchedule" }],
};

export const spec: LocalClusterSpec = {
  id: "shop",
  dataDirectory: "/home/dev/clusters/shop",
  owner: "urn:pulumi:dev::shop::isokube:local:ControlPlane::shop",
  kubernetesVersion: "1.35.3",
  pools: [pool],
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  auditLogs: false,
  secretsEncryption: false,
  hpaSyncPeriodSeconds: 15,
  hpaDownscaleStabilizationSeconds: 300,
  metricsResolutionSeconds: 15,
};

export const ports = {
  etcd: 20001,
  "etcd-http": 20002,
  "etcd-peer": 20003,
  "kube-apiserver": 20004,
  "kube-controller-manager": 20005,
  "kube-scheduler": 20006,
  "simulated-kubelet": 20007,
  "metrics-server": 20008,
};

export const binaries = {
  etcd: "/parts/etcd",
  "kube-apiserver": "/parts/kube-apiserver",
  "kube-controller-manager": "/parts/kube-controller-manager",
  "kube-scheduler": "/parts/kube-scheduler",
  kwok: "/parts/kwok",
  "metrics-server": "/parts/metrics-server",
};

export const context: RenderContext = {
  layout: new Layout(spec.dataDirectory),
  spec,
  ports,
  binaries,
  node: "/parts/node",
  simulatedKubeletProgram: "/product/simulated-kubelet.js",
  encryptionKey: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAxMjM=",
};
