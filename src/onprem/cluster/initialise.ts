import type { PhaseTools } from "../phases/phase.js";
import { runKubeadm } from "./kubeadm-run.js";
import { apiServerIsReady, type ControlPlaneShell } from "./kubectl.js";
import { waitFor } from "./wait.js";

/**
 * Makes the first control plane. Every phase of `kubeadm init` keeps what it
 * finds (authorities, certificates, static pods) and writes what lacks, so one
 * that was cut off is simply run again; its preflight would refuse its own
 * remains and is left to ours, which knows whose they are.
 */
export async function initialise(tools: PhaseTools, address: string, config: string): Promise<void> {
  await runKubeadm(tools, {
    unit: "isokube-kubeadm-init",
    args: ["init", "--ignore-preflight-errors=all", "--skip-token-print", "--skip-certificate-key-print"],
    config,
    timeoutSeconds: 600,
  });
  await waitUntilReady({ remote: tools.remote, address, signal: tools.signal });
}

/** Waits for the host's own API server. */
export function waitUntilReady(shell: ControlPlaneShell, timeoutSeconds = 180): Promise<void> {
  const what = `the API server of ${shell.remote.name} is ready`;
  return waitFor({ what, timeoutSeconds, signal: shell.signal }, async () =>
    (await apiServerIsReady(shell)) ? { found: undefined } : { seen: "it does not answer /readyz with ok" },
  );
}
