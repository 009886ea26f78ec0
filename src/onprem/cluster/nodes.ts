import { drainingAnnotation } from "../../core/labels.js";
import { nodeLabels } from "../kubeadm/node-registration.js";
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
  const labels = nodeLabels(node);
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
  await cordon(shell, node);
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

/** One patch for both, so that no run that is cut off leaves a cordon whose origin nobody knows. */
async function cordon(shell: ControlPlaneShell, node: string): Promise<void> {
  const what = `node ${node} is cordoned`;
  const { isCordoned } = await cordonOf(shell, what, node);
  if (isCordoned) return;
  await patchNode(shell, what, node, {
    metadata: { annotations: { [drainingAnnotation]: "true" } },
    spec: { unschedulable: true },
  });
}

/** Lets pods onto a node again that was drained. One that its owner had cordoned stays as it was. */
export async function uncordon(shell: ControlPlaneShell, node: string, timeoutSeconds?: number): Promise<void> {
  const what = `node ${node} takes pods again`;
  const { isDrained } = await cordonOf(shell, what, node, timeoutSeconds);
  if (!isDrained) return;
  const patch = { metadata: { annotations: { [drainingAnnotation]: null } }, spec: { unschedulable: null } };
  await patchNode(shell, what, node, patch, timeoutSeconds);
}

/** Names of the workers that are not Ready: nobody counts on their pods. */
export async function workersNotReady(shell: ControlPlaneShell): Promise<readonly string[]> {
  const rows = await kubectlOnceItMay(shell, "the cluster tells which workers are Ready", [
    "get",
    "nodes",
    "--selector=!node-role.kubernetes.io/control-plane",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
  ]);
  const lines = rows.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split(" ")).flatMap(([name = "", ready]) => (ready === "True" ? [] : [name]));
}

interface Cordon {
  readonly isCordoned: boolean;
  /** By `drain`, not by its owner. */
  readonly isDrained: boolean;
}

async function cordonOf(
  shell: ControlPlaneShell,
  what: string,
  node: string,
  timeoutSeconds?: number,
): Promise<Cordon> {
  const path = `{.spec.unschedulable} {.metadata.annotations.${drainingAnnotation.replaceAll(".", "\\.")}}`;
  const stdout = await kubectlOnceItMay(shell, what, ["get", "node", node, "-o", `jsonpath=${path}`], timeoutSeconds);
  const [unschedulable, draining] = stdout.split(" ");
  return { isCordoned: unschedulable === "true", isDrained: draining === "true" };
}

async function patchNode(
  shell: ControlPlaneShell,
  what: string,
  node: string,
  patch: object,
  timeoutSeconds?: number,
): Promise<void> {
  const args = ["patch", "node", node, "--type=merge", `--patch=${JSON.stringify(patch)}`];
  await kubectlOnceItMay(shell, what, args, timeoutSeconds);
}

/** The node's object goes, and with it every pod that is still written to it. */
export async function deleteNode(shell: ControlPlaneShell, node: string): Promise<void> {
  await kubectl(shell, ["delete", "node", node, "--ignore-not-found", "--timeout=60s"], { timeoutSeconds: 90 });
}
