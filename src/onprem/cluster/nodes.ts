import type { NodeSpec } from "../spec.js";
import { type ControlPlaneShell, kubectl, kubectlOnceItMay } from "./kubectl.js";
import { waitFor } from "./wait.js";

/** Waits until the kubelet has made itself known; Ready comes with the network, which is installed later. */
export function waitUntilRegistered(shell: ControlPlaneShell, node: string, timeoutSeconds = 120): Promise<void> {
  const options = { what: `node ${node} is registered`, timeoutSeconds, signal: shell.signal };
  return waitFor(options, async () => {
    const { exitCode, stderr } = await kubectl(shell, ["get", "node", node, "-o", "name"], { accept: [0, 1] });
    return exitCode === 0 ? { found: undefined } : { seen: stderr.trim() };
  });
}

/** Labels and taints as the spec says. Those that others put there stay. */
export async function applyNodeSettings(shell: ControlPlaneShell, node: NodeSpec, before?: NodeSpec): Promise<void> {
  const labels: Readonly<Record<string, string>> = { ...node.labels, "isokube.dev/pool": node.pool };
  const gone = Object.keys(before?.labels ?? {}).filter((key) => labels[key] === undefined);
  await kubectl(shell, [
    "label",
    "--overwrite",
    "node",
    node.name,
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...gone.map((key) => `${key}-`),
  ]);
  const taints = node.taints.map(({ key, value, effect }) => `${key}=${value ?? ""}:${effect}`);
  const wanted = new Set(node.taints.map(({ key, effect }) => `${key}:${effect}`));
  const removed = (before?.taints ?? [])
    .map(({ key, effect }) => `${key}:${effect}`)
    .filter((taint) => !wanted.has(taint));
  if (taints.length > 0) await kubectl(shell, ["taint", "--overwrite", "node", node.name, ...taints]);
  for (const taint of removed) {
    // Exit code 1 when it is gone already.
    await kubectl(shell, ["taint", "node", node.name, `${taint}-`], { accept: [0, 1] });
  }
}

/**
 * Moves the pods of a node elsewhere and keeps new ones off.
 *
 * @throws when a disruption budget, or a pod that does not end, keeps it from being empty in time
 */
export async function drain(shell: ControlPlaneShell, node: string, timeoutSeconds: number): Promise<void> {
  const { exitCode, stderr } = await kubectl(
    shell,
    [
      "drain",
      node,
      "--ignore-daemonsets",
      "--delete-emptydir-data",
      "--force",
      `--timeout=${timeoutSeconds}s`,
      "--skip-wait-for-delete-timeout=0",
    ],
    { timeoutSeconds: timeoutSeconds + 30, accept: [0, 1] },
  );
  if (exitCode === 0) return;
  const why = stderr.trim().split("\n").slice(-4).join(" | ");
  throw new Error(
    `node ${node} could not be drained within ${timeoutSeconds} s: ${why}. ` +
      "Fix: let the pods named there be evicted (another replica, a looser PodDisruptionBudget), or raise drainTimeoutSeconds; the next run goes on",
  );
}

/** Lets pods onto a node again. */
export function uncordon(shell: ControlPlaneShell, node: string, timeoutSeconds?: number): Promise<void> {
  return kubectlOnceItMay(shell, `node ${node} takes pods again`, ["uncordon", node], timeoutSeconds);
}

/** The node's object goes, and with it every pod that is still written to it. */
export async function deleteNode(shell: ControlPlaneShell, node: string): Promise<void> {
  await kubectl(shell, ["delete", "node", node, "--ignore-not-found", "--timeout=60s"], { timeoutSeconds: 90 });
}
