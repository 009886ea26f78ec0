import { binaryPath, hostPaths } from "../host/host-paths.js";
import type { Remote, RemoteResult } from "../remote.js";
import { waitFor } from "./wait.js";

/** A control plane that answers: its shell and its own API server, whatever the cluster's endpoint is doing. */
export interface ControlPlaneShell {
  readonly remote: Remote;
  /** Address of the host, where its own API server listens. */
  readonly address: string;
  readonly signal: AbortSignal;
}

export interface KubectlOptions {
  /** @default 60 */
  readonly timeoutSeconds?: number;
  /** Standard input. */
  readonly input?: string;
  /** Exit codes that are no failure. @default [0] */
  readonly accept?: readonly number[];
}

// Through the host's own API server: the shared endpoint may be moving at this very moment.
const script = `
server=$1
shift
# What it learns of the API goes with the next reboot, and not into root's home.
KUBECACHEDIR=/run/isokube/kubectl; export KUBECACHEDIR
exec ${binaryPath("kubectl")} --kubeconfig ${hostPaths.adminKubeconfig} --server "$server" "$@"
`;

/** Runs kubectl on a control plane as the cluster's administrator. */
export function kubectl(
  { remote, address, signal }: ControlPlaneShell,
  args: readonly string[],
  { timeoutSeconds = 60, input, accept }: KubectlOptions = {},
): Promise<RemoteResult> {
  return remote.run({
    text: script,
    args: [`https://${address}:6443`, ...args],
    timeoutSeconds,
    signal,
    ...(input === undefined ? {} : { input }),
    ...(accept === undefined ? {} : { accept }),
  });
}

/**
 * The same for what follows an upgrade. A new kubelet starts its host's API server anew, at any moment after it has
 * said that the node is ready; and one that has just started refuses everybody until it has read who may do what.
 *
 * @param what for the message, as a clause
 * @returns what it wrote
 * @throws when it is refused for as long, with the last words
 */
export function kubectlOnceItMay(
  shell: ControlPlaneShell,
  what: string,
  args: readonly string[],
  timeoutSeconds = 120,
): Promise<string> {
  return waitFor({ what, timeoutSeconds, signal: shell.signal }, async () => {
    const { exitCode, stdout, stderr } = await kubectl(shell, args, { accept: [0, 1] });
    return exitCode === 0 ? { found: stdout } : { seen: stderr.trim() };
  });
}

/** True when the host's own API server says that it is ready. */
export async function apiServerIsReady(shell: ControlPlaneShell): Promise<boolean> {
  const { exitCode } = await kubectl(shell, ["get", "--raw", "/readyz"], { timeoutSeconds: 15, accept: [0, 1] });
  return exitCode === 0;
}
