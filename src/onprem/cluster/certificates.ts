import { hostPaths } from "../host/host-paths.js";
import type { PhaseTools } from "../phases/phase.js";
import { waitUntilReady } from "./initialise.js";
import { runKubeadm } from "./kubeadm-run.js";
import type { ControlPlaneShell } from "./kubectl.js";

/*
 * etcd reads its certificates at each connection; these three keep what they read
 * when they started. Their containers end, the kubelet starts others, and one is
 * running again before the next one ends.
 */
const restartScript = `
running() {
  ctr --namespace k8s.io tasks list | awk '$3 == "RUNNING" { print $1 }' | sort > "$tasks"
  ctr --namespace k8s.io containers list --quiet "labels.\\"io.kubernetes.container.name\\"==$1" | sort | comm -12 - "$tasks"
}
tasks=$(mktemp /run/isokube-kubeadm.XXXXXX)
trap 'rm -f "$file" "$tasks"' EXIT INT TERM
for name in kube-apiserver kube-controller-manager kube-scheduler; do
  before=$(running "$name")
  for id in $before; do ctr --namespace k8s.io tasks kill --signal SIGTERM "$id" || true; done
  # A kubelet waits minutes before it starts once more what has failed again and again; a new one does not.
  [ -n "$before" ] || systemctl restart kubelet.service
  waited=0
  until now=$(running "$name") && [ -n "$now" ] && [ "$now" != "$before" ]; do
    waited=$((waited + 1))
    # An API server waits a minute for those that watch; they come again by themselves.
    [ "$waited" -ne 10 ] || for id in $before; do ctr --namespace k8s.io tasks kill --signal SIGKILL "$id" || true; done
    [ "$waited" -lt 120 ] || { echo "$name did not start again within 120 s" >&2; exit 1; }
    sleep 1
  done
done
`;

/**
 * Renews what kubeadm has signed for this control plane, administrators'
 * kubeconfigs among it, and makes its API server, controller manager and
 * scheduler read it. The former certificates stay valid until they end.
 */
export async function renewCertificates(tools: PhaseTools, shell: ControlPlaneShell, config: string): Promise<void> {
  await runKubeadm(tools, {
    unit: "isokube-kubeadm-certs-renew",
    args: ["certs", "renew", "all", "--cert-dir", hostPaths.pki],
    config,
    after: restartScript,
    timeoutSeconds: 480,
  });
  await waitUntilReady(shell);
}
