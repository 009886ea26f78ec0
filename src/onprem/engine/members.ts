import { createHash } from "node:crypto";
import type { NodeMarker } from "../facts.js";
import { hostPaths, kubernetesPath } from "../host/host-paths.js";
import { updateMarker } from "../host/marker.js";
import type { Remote } from "../remote.js";

const digestScript = `set -eu
for file in "$@"; do [ -d "$file" ] || [ ! -e "$file" ] || sha256sum "$file"; done
for file in "$1"/*.yaml; do [ ! -e "$file" ] || sha256sum "$file"; done
`;

const kubeletFiles: readonly string[] = [hostPaths.kubeletConfiguration, hostPaths.kubeletFlags];

/** What a member was made, or last changed, with. */
export interface Membership extends Pick<NodeMarker, "kubernetesVersion" | "auditLogs" | "sharesPort"> {
  /** Digest of what the kubelet was asked for, where kubeadm has just written it; otherwise what was noted stays. */
  readonly kubelet?: string | undefined;
}

/** Writes into the host's marker that it is a member now, and what kubeadm wrote for its static pods and kubelet. */
export async function markMember(
  remote: Remote,
  { kubelet, ...membership }: Membership,
  signal: AbortSignal,
): Promise<void> {
  const found = await digests(remote, signal);
  const noted = kubelet === undefined ? {} : { kubelet: { asked: kubelet, files: pick(found, isOfKubelet) } };
  const manifests = pick(found, (path) => !isOfKubelet(path));
  await updateMarker(remote, (marker) => ({ ...marker, ...membership, ...noted, state: "member", manifests }));
}

/** Notes what the kubelet of a member was asked for, and what kubeadm wrote from it. */
export async function markKubelet(remote: Remote, asked: string, signal: AbortSignal): Promise<void> {
  const files = pick(await digests(remote, signal), isOfKubelet);
  await updateMarker(remote, (marker) => ({ ...marker, kubelet: { asked, files } }));
}

const isOfKubelet = (path: string): boolean => kubeletFiles.includes(path);

function pick(files: Readonly<Record<string, string>>, wanted: (path: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => wanted(path)));
}

/** Digests of what kubeadm writes and a kubelet reads, by path. */
async function digests(remote: Remote, signal: AbortSignal): Promise<Record<string, string>> {
  const args = [hostPaths.manifests, ...kubeletFiles];
  const { stdout } = await remote.run({ text: digestScript, args, timeoutSeconds: 30, signal });
  return Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .flatMap((line) => {
        const [digest, path] = line.split(/\s+/);
        return digest === undefined || path === undefined ? [] : [[path, digest]];
      }),
  );
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
