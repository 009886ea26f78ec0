import { createHash } from "node:crypto";
import type { NodeMarker } from "../facts.js";
import { hostPaths, kubernetesPath } from "../host/host-paths.js";
import { updateMarker } from "../host/marker.js";
import type { Remote } from "../remote.js";

const digestScript = `set -eu
for file in "$1"/*.yaml; do [ -e "$file" ] && sha256sum "$file"; done
exit 0
`;

/** What a member was made, or last changed, with. */
type Membership = Pick<NodeMarker, "kubernetesVersion" | "auditLogs">;

/** Writes into the host's marker that it is a member now, and what kubeadm wrote for its static pods. */
export async function markMember(remote: Remote, membership: Membership, signal: AbortSignal): Promise<void> {
  const { stdout } = await remote.run({ text: digestScript, args: [hostPaths.manifests], timeoutSeconds: 30, signal });
  const manifests = Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .flatMap((line) => {
        const [digest, path] = line.split(/\s+/);
        return digest === undefined || path === undefined ? [] : [[path, digest]];
      }),
  );
  await updateMarker(remote, (marker) => ({ ...marker, ...membership, state: "member", manifests }));
}

/** From here on a run that was cut off is known to have begun taking the host out. */
export async function markLeaving(remote: Remote): Promise<void> {
  await updateMarker(remote, (marker) => ({ ...marker, state: "leaving" }));
}

const kubeconfigScript = `${kubernetesPath}set -eu
cat "$1"
`;

/** The administrator's kubeconfig: a secret. */
export async function readKubeconfig(remote: Remote, signal: AbortSignal): Promise<string> {
  const { stdout } = await remote.run({
    text: kubeconfigScript,
    args: [hostPaths.adminKubeconfig],
    timeoutSeconds: 30,
    signal,
  });
  return stdout;
}

/** A short name for what is new with every cluster and with nothing else. */
export function clusterIdOf(kubeSystemUid: string, caHash: string): string {
  return createHash("sha256").update(`${kubeSystemUid} ${caHash}`).digest("hex").slice(0, 32);
}
