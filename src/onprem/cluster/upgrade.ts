import { messageOf } from "../../core/message-of.js";
import { placeBinary, syncBinaries, wantedBinaries } from "../phases/binaries.js";
import { unpinFormerImages } from "../phases/images.js";
import type { HostView, PhaseTools } from "../phases/phase.js";
import { waitUntilReady } from "./initialise.js";
import { runKubeadm } from "./kubeadm-run.js";
import { type ControlPlaneShell, kubectl } from "./kubectl.js";
import { drain, uncordon } from "./nodes.js";
import { waitFor } from "./wait.js";

export interface Upgrade {
  /** True for the first control plane: it also raises what the whole cluster shares. */
  readonly first: boolean;
  readonly drainTimeoutSeconds: number;
}

/**
 * Raises one node by one minor. The images are on the host already. kubeadm goes
 * first; the kubelet comes last, when its API server is the new one and no pod of
 * a workload is beside it.
 */
export async function upgrade(
  tools: PhaseTools,
  shell: ControlPlaneShell,
  view: HostView,
  wanted: Upgrade,
): Promise<void> {
  const { name: node, role } = view.node;
  const to = view.cluster.kubernetesVersion;
  const isControlPlane = role === "controlPlane";
  const place = async (...names: readonly string[]): Promise<void> => {
    const { kubernetes } = wantedBinaries(view);
    const placed = kubernetes.filter(({ artifact }) => names.includes(artifact.name));
    for (const each of placed) await placeBinary(each, tools);
    await syncBinaries(placed, tools);
  };
  await place("kubeadm");
  if (isControlPlane) {
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
  await empty(tools, shell, node, wanted.drainTimeoutSeconds);
  if (!isControlPlane) {
    await runKubeadm(tools, {
      unit: "isokube-kubeadm-upgrade",
      args: ["upgrade", "node", "--ignore-preflight-errors=all"],
      timeoutSeconds: 300,
    });
  }
  tools.report("starting the new kubelet");
  await place("kubelet", "kubectl");
  await tools.remote.run({
    text: "systemctl daemon-reload && systemctl restart kubelet.service",
    timeoutSeconds: 60,
    signal: tools.signal,
  });
  await waitUntilKubelet(shell, node, to, tools.signal);
  await uncordon(shell, node);
  await unpinFormerImages(view, tools);
}

/**
 * @throws when the node cannot be drained in time. It takes pods again then: cordoned, it would be out of service with
 *   its kubelet as it was.
 */
async function empty(tools: PhaseTools, shell: ControlPlaneShell, node: string, timeoutSeconds: number): Promise<void> {
  try {
    await drain(shell, node, timeoutSeconds);
  } catch (error) {
    await uncordon(shell, node, 30).catch((why: unknown) =>
      tools.report(`node ${node} stays cordoned: ${messageOf(why)}`),
    );
    throw error;
  }
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
