import { minorOf } from "../../core/versions.js";
import type { HostFacts } from "../facts.js";
import type { OnpremClusterSpec } from "../spec.js";
import { mergeFields } from "./merge.js";
import { settingsDigest } from "./settings-digest.js";

/** On kube-proxy's pods: a digest of the settings they were started for, so that others start them anew. */
export const kubeProxySettingsAnnotation = "isokube.dev/kube-proxy-settings";

export type KubeProxyMode = "nftables" | "iptables";

/**
 * One mode for all nodes, so the choice is made over all hosts when the cluster
 * is made. nftables needs kernel 5.13 and scales with the number of Services;
 * iptables is there everywhere.
 */
export function kubeProxyMode(hosts: readonly Pick<HostFacts, "kernel" | "features">[]): KubeProxyMode {
  return hosts.every(({ kernel, features }) => atLeast(kernel, 5, 13) && features["nf_tables"] !== "missing")
    ? "nftables"
    : "iptables";
}

function atLeast(kernel: string, major: number, minor: number): boolean {
  const [foundMajor = 0, foundMinor = 0] = (minorOf(kernel) ?? "0.0").split(".").map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** `spec.hostSettings.kubeProxy` is laid over it. */
export function renderKubeProxyConfiguration(spec: OnpremClusterSpec, mode: KubeProxyMode): Record<string, unknown> {
  return mergeFields(
    {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode,
      // What comes from elsewhere than a pod is known by it.
      clusterCIDR: spec.podCidr,
    },
    spec.hostSettings.kubeProxy,
  );
}

/** Of what is asked beyond the mode, which is chosen when the cluster is made. */
export function kubeProxySettings({ hostSettings }: OnpremClusterSpec): string {
  return settingsDigest(hostSettings.kubeProxy);
}
