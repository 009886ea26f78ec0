import type { DownloadName, PartName } from "./names.js";
import { type NodePartName, nodePartsFor } from "./node-parts.js";
import type { Part } from "./part.js";
import {
  type KubernetesRelease,
  kubernetesProviderVersion,
  kwokVersion,
  metricsServerVersion,
  pulumiVersion,
} from "./versions.js";

/** What the quickstart and the tests need; kwokctl only serves the benchmarks, what hosts need only a bundle. */
export const defaultParts: readonly PartName[] = [
  "pulumi",
  "pulumi-language-nodejs",
  "pulumi-resource-kubernetes",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
  "metrics-server",
];

/** The pinned list, for one Kubernetes release. */
export function partsFor(release: KubernetesRelease): Readonly<Record<PartName, Part>> {
  const controlPlane = (name: PartName & DownloadName, purpose: string): Part => ({
    name,
    version: release.version,
    purpose,
    probe: { kind: "ask", arguments: ["--version"], pattern: /^Kubernetes v(\S+)/m },
    download: name,
    build: "kubernetes",
  });
  const own: Readonly<Record<Exclude<PartName, NodePartName>, Part>> = {
    pulumi: {
      name: "pulumi",
      version: pulumiVersion,
      purpose: "the Pulumi engine and command line",
      probe: { kind: "ask", arguments: ["version"], pattern: /^v(\S+)/m },
      download: "pulumi",
      build: "pulumi",
    },
    "pulumi-language-nodejs": {
      name: "pulumi-language-nodejs",
      version: pulumiVersion,
      purpose: "runs Pulumi programs under Node",
      probe: { kind: "beside", part: "pulumi" },
      download: "pulumi",
      build: "pulumi-language-nodejs",
    },
    "pulumi-resource-kubernetes": {
      name: "pulumi-resource-kubernetes",
      version: kubernetesProviderVersion,
      purpose: "the official Kubernetes provider",
      probe: { kind: "plugin", plugin: `resource-kubernetes-v${kubernetesProviderVersion}` },
      download: "pulumi-resource-kubernetes",
      build: "pulumi-resource-kubernetes",
    },
    etcd: {
      name: "etcd",
      version: release.etcdVersion,
      purpose: "the control plane's store",
      probe: { kind: "ask", arguments: ["--version"], pattern: /^etcd Version: (\S+)/m },
      download: "etcd",
      build: "kubernetes",
    },
    "kube-apiserver": controlPlane("kube-apiserver", "the Kubernetes API"),
    "kube-controller-manager": controlPlane("kube-controller-manager", "Kubernetes' controllers"),
    "kube-scheduler": controlPlane("kube-scheduler", "Kubernetes' scheduler"),
    kubectl: {
      name: "kubectl",
      version: release.version,
      purpose: "Kubernetes' command line",
      probe: { kind: "ask", arguments: ["version", "--client"], pattern: /^Client Version: v(\S+)/m },
      download: "kubectl",
      build: "kubernetes",
    },
    kwok: {
      name: "kwok",
      version: kwokVersion,
      purpose: "the simulated nodes of the local target",
      probe: { kind: "ask", arguments: ["--version"], pattern: /v(\d+\.\d+\.\d+\S*)/ },
      download: "kwok",
      build: "kwok",
    },
    "metrics-server": {
      name: "metrics-server",
      version: metricsServerVersion,
      purpose: "the metrics API, from which an HPA scales",
      probe: { kind: "ask", arguments: ["--version"], pattern: /^v(\d+\.\d+\.\d+\S*)/m },
      download: "metrics-server",
      build: "metrics-server",
    },
    kwokctl: {
      name: "kwokctl",
      version: kwokVersion,
      purpose: "the benchmarks' peer",
      probe: { kind: "ask", arguments: ["--version"], pattern: /v(\d+\.\d+\.\d+\S*)/ },
      download: "kwokctl",
      build: "kwokctl",
    },
  };
  return { ...own, ...nodePartsFor(release) };
}
