import { binaryPath, hostPaths } from "../host/host-paths.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import type { HostPhase, HostView } from "./phase.js";
import { changeService } from "./service.js";

/** Name of the service. */
export const kubeletService = "kubelet";

/**
 * The unit and what kubeadm expects beside it. Source: kubernetes/release,
 * `cmd/krel/templates/latest`; the condition is ours: an enabled kubelet that has
 * no configuration yet would otherwise fail every ten seconds until kubeadm is done.
 */
export function renderKubeletService({ distro }: Pick<HostView, "distro">): ManagedFile[] {
  const kubelet = binaryPath("kubelet");
  const runtime = `${distro.containerdService.replace(/\.service$/, "")}.service`;
  return [
    {
      path: hostPaths.kubeletUnit,
      mode: 0o644,
      content: `# Written by isokube.
[Unit]
Description=kubelet: the Kubernetes node agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target ${runtime}
After=network-online.target ${runtime}
ConditionPathExists=${hostPaths.kubeletConfiguration}
StartLimitIntervalSec=0

[Service]
ExecStart=${kubelet}
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`,
    },
    {
      path: hostPaths.kubeletDropIn,
      mode: 0o644,
      content: `# Written by isokube; kubeadm writes the files that are named here.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=${hostPaths.kubeletKubeconfig}"
Environment="KUBELET_CONFIG_ARGS=--config=${hostPaths.kubeletConfiguration}"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=${kubelet} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
`,
    },
  ];
}

export const kubeletServicePhase: HostPhase = {
  name: "kubelet-service",
  title: "kubelet service",
  needed(view) {
    const { facts } = view;
    const enabled = facts.services[kubeletService]?.enabled ?? "unknown";
    return joinReasons([
      ...renderKubeletService(view).map((file) => fileDifference(facts, file)),
      enabled === "enabled" ? undefined : `kubelet would not start at boot (${enabled})`,
    ]);
  },
  async run(view, tools) {
    // Only one that kubeadm has configured runs already; the others wait for kubeadm to start them.
    await changeService(tools, { service: kubeletService, files: renderKubeletService(view), verb: "try-restart" });
  },
};
