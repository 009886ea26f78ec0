import type { PhaseTools } from "../phases/phase.js";
import { runKubeadm } from "./kubeadm-run.js";

/**
 * Joins a host, as a control plane or a worker as its document says. Its own
 * preflight would refuse what was prepared for it; ours has looked already.
 */
export async function join(tools: PhaseTools, config: string): Promise<void> {
  await runKubeadm(tools, {
    unit: "isokube-kubeadm-join",
    args: ["join", "--ignore-preflight-errors=all"],
    config,
    timeoutSeconds: 600,
  });
}
