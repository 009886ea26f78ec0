import { kubeProxySettingsAnnotation } from "../kubeadm/kube-proxy.js";
import type { PhaseTools } from "../phases/phase.js";
import { runInitPhase } from "./kubeadm-run.js";
import { type ControlPlaneShell, kubectlOnceItMay } from "./kubectl.js";

/**
 * kube-proxy's image of a bundle starts the host's own nft and iptables, which it
 * finds under this path (docs/adr/0011-air-gap-bundle.md).
 */
export const kubeProxyHostPatch = {
  spec: {
    template: {
      spec: {
        volumes: [{ name: "host", hostPath: { path: "/", type: "Directory" } }],
        containers: [{ name: "kube-proxy", volumeMounts: [{ name: "host", mountPath: "/host", readOnly: true }] }],
      },
    },
  },
};

export interface KubeProxyNeeds {
  /** Its image comes from a bundle, and needs the host's own programs. */
  readonly fromBundle: boolean;
  /** Digest of its settings, see `kubeProxySettings`. */
  readonly settings: string;
}

/** After kubeadm has written its own kube-proxy. Pods of other settings are started anew by it. */
export async function adaptKubeProxy(
  shell: ControlPlaneShell,
  { fromBundle, settings }: KubeProxyNeeds,
): Promise<void> {
  const host = fromBundle ? kubeProxyHostPatch.spec.template : {};
  const template = { ...host, metadata: { annotations: { [kubeProxySettingsAnnotation]: settings } } };
  const patch = JSON.stringify({ spec: { template } });
  const of = ["--namespace", "kube-system", "patch", "daemonset", "kube-proxy", "--type=strategic"];
  await kubectlOnceItMay(shell, "kube-proxy is as isokube wants it", [...of, "--patch", patch]);
}

/** Writes its settings, which `adaptKubeProxy` then makes its pods read. */
export function rewriteKubeProxy(tools: PhaseTools, config: string): Promise<void> {
  return runInitPhase(tools, ["addon", "kube-proxy"], config);
}
