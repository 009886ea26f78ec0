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

/** Lets kubeadm's kube-proxy see the host's programs; harmless where its image brings its own. */
export async function giveKubeProxyTheHost(shell: ControlPlaneShell): Promise<void> {
  const patch = JSON.stringify(kubeProxyHostPatch);
  const of = ["--namespace", "kube-system", "patch", "daemonset", "kube-proxy", "--type=strategic"];
  await kubectlOnceItMay(shell, "kube-proxy sees the host's programs", [...of, "--patch", patch]);
}
