import type { PhaseTools } from "../phases/phase.js";
import { runInitPhase } from "./kubeadm-run.js";

/** Writes the manifests of etcd and the control plane as kubeadm would make them now; the kubelet follows them. */
export async function rewriteStaticPods(tools: PhaseTools, config: string): Promise<void> {
  for (const phase of [
    ["etcd", "local"],
    ["control-plane", "all"],
  ]) {
    await runInitPhase(tools, phase, config);
  }
}

/** What joins and upgrades of the cluster go by from now on. */
export function storeConfiguration(tools: PhaseTools, config: string): Promise<void> {
  return runInitPhase(tools, ["upload-config", "kubeadm"], config);
}
