import type { PhaseTools } from "../phases/phase.js";
import { waitUntilReady } from "./initialise.js";
import { runKubeadm } from "./kubeadm-run.js";
import { type ControlPlaneShell, kubectl } from "./kubectl.js";
import { drain, uncordon } from "./nodes.js";
import { waitFor } from "./wait.js";

export interface Upgrade {
  readonly node: string;
  /** Full version, for example `1.36.3`. */
  readonly to: string;
  /** True for the first control plane: it also raises what the whole cluster shares. */
  readonly first: boolean;
  readonly controlPlane: boolean;
  readonly drainTimeoutSeconds: number;
}

/**
 * Raises one node by one minor. The new executables and images are on the host
 * already; the kubelet that runs is the old one until it is started anew here,
 * with no pod of a workload beside it.
 */
export async function upgrade(tools: PhaseTools, shell: ControlPlaneShell, wanted: Upgrade): Promise<void> {
  const { node, to } = wanted;
  if (wanted.controlPlane) {
    await runKubeadm(tools, {
      unit: "isokube-kubeadm-upgrade",
      args: wanted.first
        ? ["upgrade", "apply", `v${to}`, "--yes", "--ignore-preflight-errors=all", "--certificate-renewal=true"]
        : ["upgrade", "node", "--ignore-preflight-errors=all"],
      timeoutSeconds: 900,
    });
    await waitUntilReady({ ...shell, signal: tools.signal });
  }
  tools.report("draining");
  await drain(shell, node, wanted.drainTimeoutSeconds);
  if (!wanted.controlPlane) {
    await runKubeadm(tools, {
      unit: "isokube-kubeadm-upgrade",
      args: ["upgrade", "node", "--ignore-preflight-errors=all"],
      timeoutSeconds: 300,
    });
  }
  tools.report("starting the new kubelet");
  await tools.remote.run({
    text: "systemctl daemon-reload && systemctl restart kubelet.service",
    timeoutSeconds: 60,
    signal: tools.signal,
  });
  await waitUntilKubelet(shell, node, to, tools.signal);
  await uncordon(shell, node);
}

function waitUntilKubelet(shell: ControlPlaneShell, node: string, version: string, signal: AbortSignal): Promise<void> {
  const what = `node ${node} is Ready with kubelet ${version}`;
  const path = '{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}';
  return waitFor({ what, timeoutSeconds: 180, signal }, async () => {
    const { stdout, stderr, exitCode } = await kubectl(shell, ["get", "node", node, "-o", `jsonpath=${path}`], {
      accept: [0, 1],
    });
    if (exitCode !== 0) return { seen: stderr.trim() };
    return stdout === `v${version} True` ? { found: undefined } : { seen: stdout };
  });
}
