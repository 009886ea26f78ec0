import { binaryPath, hostPaths } from "../host/host-paths.js";
import type { PhaseTools } from "../phases/phase.js";
import type { NodeSpec } from "../spec.js";
import { runInitPhase } from "./kubeadm-run.js";
import { type ControlPlaneShell, kubectl } from "./kubectl.js";
import { withBootstrapToken } from "./tokens.js";
import { waitFor } from "./wait.js";

/**
 * Writes the kubelet's configuration as kubeadm would write it now, and starts
 * the kubelet with it. The node's pods go on.
 *
 * @param config as for `kubeadm init`, on a worker too: the phase reads the node's registration and the kubelet's part
 */
export function rewriteKubeletConfiguration(tools: PhaseTools, role: NodeSpec["role"], config: string): Promise<void> {
  return runInitPhase(tools, ["kubelet-start"], config, { withoutPki: role === "worker" });
}

/** What nodes that join later are given. */
export function storeKubeletConfiguration(tools: PhaseTools, config: string): Promise<void> {
  return runInitPhase(tools, ["upload-config", "kubelet"], config);
}

// As kubeadm signs it for a control plane that joins; where kubelet.conf looks for it.
const signScript = `
set -eu
umask 077
file=$(mktemp /run/isokube-kubeadm.XXXXXX)
made=$(mktemp /run/isokube-kubeadm.XXXXXX)
trap 'rm -f "$file" "$made"' EXIT INT TERM
cat > "$file"
${binaryPath("kubeadm")} kubeconfig user --config "$file" --org system:nodes --client-name "system:node:$1" > "$made"
pem=/var/lib/kubelet/pki/kubelet-client-$(date +%Y-%m-%d-%H-%M-%S).pem
for kind in certificate key; do sed -n "s/^ *client-$kind-data: *//p" "$made" | base64 -d; done > "$pem"
sync "$pem"
ln -sfn "$pem" /var/lib/kubelet/pki/kubelet-client-current.pem
systemctl restart kubelet.service
`;

/** For a control plane's kubelet whose certificate has ended where no API server answers: it does not start without one. */
export async function signForKubelet({ remote, signal }: PhaseTools, node: string, config: string): Promise<void> {
  const unit = "isokube-kubeadm-kubelet-client";
  await remote.runUnit({ unit, text: signScript, args: [node], input: config, timeoutSeconds: 120, signal });
}

/** It makes its node known when it starts, and asks for certificates that it should have had long before. */
export async function restartKubelet({ remote, signal }: PhaseTools): Promise<void> {
  await remote.run({
    text: "systemctl enable kubelet.service && systemctl restart kubelet.service",
    timeoutSeconds: 60,
    signal,
  });
}

/**
 * For a kubelet whose certificate has ended, so that the API server takes it for
 * nobody: it proves with a token, as when it joined, that it may ask for another.
 *
 * @param renewed waits until it has got it
 */
export async function letKubeletIn(
  tools: PhaseTools,
  shell: ControlPlaneShell,
  renewed: () => Promise<void>,
): Promise<void> {
  const { remote, signal } = tools;
  const own = (await remote.readFile(hostPaths.kubeletKubeconfig))?.toString("utf8") ?? "";
  const server = /^ *server: (\S+)$/m.exec(own)?.[1];
  const authority = /^ *certificate-authority-data: (\S+)$/m.exec(own)?.[1];
  if (server === undefined || authority === undefined)
    throw new Error(`${remote.name}: ${hostPaths.kubeletKubeconfig} names no API server and its authority`);
  await withBootstrapToken(shell, async (token) => {
    await remote.writeFile({
      path: hostPaths.kubeletBootstrap,
      content: bootstrapKubeconfig(server, authority, token),
      mode: 0o600,
    });
    try {
      await restartKubelet(tools);
      await renewed();
    } finally {
      await remote.run({ text: 'rm -f "$1"', args: [hostPaths.kubeletBootstrap], timeoutSeconds: 30, signal });
    }
  });
}

function bootstrapKubeconfig(server: string, authority: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "bootstrap", user: { token } }],
    contexts: [{ name: "bootstrap", context: { cluster: "cluster", user: "bootstrap" } }],
    "current-context": "bootstrap",
  });
}

// How often systemd has started it anew in its life, and its last complaint: one that ends says why, and where
// it panics, a trace comes after it.
const lastWordsScript = `
systemctl show --property NRestarts --value kubelet.service
journalctl _SYSTEMD_UNIT=kubelet.service --no-pager --output cat --lines 300 |
  grep -E '^([EF][0-9]|panic:|Error:)' | tail -n 1 | cut -c 1-500
`;

/** It comes up again by itself after a container runtime that was a moment late, for example; not after so many tries. */
const enoughRestarts = 3;

/**
 * A kubelet that works renews its lease every ten seconds; systemd says of any that restarts again and again that it is
 * active.
 *
 * @throws when it does not in time, or ends again and again, with its own last words
 */
export async function waitUntilItReports(
  { remote, signal }: PhaseTools,
  shell: ControlPlaneShell,
  node: string,
): Promise<void> {
  const lease = async () => {
    const of = ["--namespace", "kube-node-lease", "get", "lease", node, "--output", "jsonpath={.spec.renewTime}"];
    const { exitCode, stdout, stderr } = await kubectl(shell, of, { accept: [0, 1] });
    return { time: exitCode === 0 ? stdout : undefined, said: `${stdout}${stderr}`.trim() };
  };
  const health = async () => {
    const { stdout } = await remote.run({ text: lastWordsScript, timeoutSeconds: 30, signal });
    const [restarts = "", ...words] = stdout.trim().split("\n");
    return { restarts: Number(restarts), complaint: words.join(" ") };
  };
  const [{ time: first }, { restarts: before }] = await Promise.all([lease(), health()]);
  const what = `the kubelet of ${node} reports to the API server`;
  await waitFor({ what, timeoutSeconds: 90, signal }, async () => {
    const { time, said } = await lease();
    if (time !== undefined && time !== first) return { found: undefined };
    const { restarts, complaint } = await health();
    if (restarts - before >= enoughRestarts)
      throw new Error(`the kubelet of ${node} ends as often as it is started; it says: ${complaint}`);
    return { seen: `its lease was last renewed at ${said}${complaint === "" ? "" : `; it says: ${complaint}`}` };
  });
}
