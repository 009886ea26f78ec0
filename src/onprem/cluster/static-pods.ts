import type { PhaseTools } from "../phases/phase.js";
import { runKubeadm } from "./kubeadm-run.js";

/** Writes the manifests of etcd and the control plane as kubeadm would make them now; the kubelet follows them. */
export async function rewriteStaticPods(tools: PhaseTools, config: string): Promise<void> {
  for (const phase of [
    ["etcd", "local"],
    ["control-plane", "all"],
  ]) {
    await runPhase(tools, phase, config);
  }
}

/** What joins and upgrades of the cluster go by from now on. */
export function storeConfiguration(tools: PhaseTools, config: string): Promise<void> {
  return runPhase(tools, ["upload-config", "kubeadm"], config);
}

async function runPhase(tools: PhaseTools, phase: readonly string[], config: string): Promise<void> {
  await runKubeadm(tools, {
    unit: `isokube-kubeadm-${phase.join("-")}`,
    args: ["init", "phase", ...phase],
    config,
    timeoutSeconds: 120,
  });
}
