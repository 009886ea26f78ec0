import type { Artifact } from "../artifacts/artifacts.js";
import { placeArtifact } from "../artifacts/place.js";
import { binaryPath, hostPaths } from "../host-paths.js";
import { joinReasons, octal } from "../managed-file.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";

const mode = 0o755;
const kubernetesNames = ["kubelet", "kubeadm", "kubectl"] as const;
type KubernetesName = (typeof kubernetesNames)[number];

export interface PlacedArtifact {
  readonly artifact: Artifact;
  readonly path: string;
  /** Where the very same file is, or shall be, under another name. */
  readonly alike: readonly string[];
}

/** The executables of a release, and where they are on a host. */
export function wantedBinaries({ artifacts }: Pick<HostView, "artifacts">): {
  readonly kubernetes: readonly PlacedArtifact[];
  readonly cni: readonly PlacedArtifact[];
} {
  const isAlike = (name: KubernetesName, other: KubernetesName) =>
    other !== name && artifacts.binaries[other].sha256 === artifacts.binaries[name].sha256;
  return {
    kubernetes: kubernetesNames.map((name) => ({
      artifact: artifacts.binaries[name],
      path: binaryPath(name),
      alike: kubernetesNames.filter((other) => isAlike(name, other)).map(binaryPath),
    })),
    cni: artifacts.cniPlugins.map((artifact) => ({
      artifact,
      path: `${hostPaths.cniPlugins}/${artifact.name}`,
      alike: [],
    })),
  };
}

/**
 * What is not as it shall be. The executables of a member that runs another
 * release are left alone: changing them is the upgrade's, after the drain and
 * in its order, since a kubelet must never be newer than its API server.
 */
function lacking(view: HostView): PlacedArtifact[] {
  const { facts, artifacts } = view;
  const { kubernetes, cni } = wantedBinaries(view);
  const { marker } = facts;
  const upgrading = marker?.state === "member" && marker.kubernetesVersion !== artifacts.kubernetesVersion;
  return [...(upgrading ? [] : kubernetes), ...cni].filter(({ artifact, path }) => {
    const found = facts.files[path];
    return found === undefined || found.sha256 !== artifact.sha256 || found.mode !== mode;
  });
}

// A file that is there under another name already is linked: kubelet, kubeadm and kubectl may be one program.
const linkScript = `set -eu
path=$1 digest=$2 mode=$3
shift 3
for other in "$@"; do
  [ -f "$other" ] || continue
  found=$(sha256sum < "$other")
  [ "\${found%% *}" = "$digest" ] || continue
  part="$path.isokube-link"
  rm -f "$part"
  ln "$other" "$part"
  chmod "$mode" "$part"
  mv -fT "$part" "$path"
  exit 0
done
exit 3
`;

/** Puts one executable of the release in its place; also for the upgrade, which chooses the moment. */
export async function placeBinary({ artifact, path, alike }: PlacedArtifact, tools: PhaseTools): Promise<void> {
  if (alike.length > 0 && (await link(artifact, path, alike, tools))) return;
  await placeArtifact(artifact, path, mode, tools);
}

async function link(artifact: Artifact, path: string, alike: readonly string[], { remote, signal }: PhaseTools) {
  const args = [path, artifact.sha256, octal(mode), ...alike];
  const { exitCode } = await remote.run({ text: linkScript, args, timeoutSeconds: 60, accept: [0, 3], signal });
  return exitCode === 0;
}

/** Several at once: a sync of each file waits for everything else that the disk has to write. */
export async function syncBinaries(placed: readonly PlacedArtifact[], { remote, signal }: PhaseTools): Promise<void> {
  const paths = placed.map(({ path }) => path);
  if (paths.length > 0) await remote.run({ text: 'exec sync "$@"\n', args: paths, timeoutSeconds: 300, signal });
}

export const binaries: HostPhase = {
  name: "binaries",
  title: "Kubernetes executables",
  needed(view) {
    return joinReasons(
      lacking(view).map(({ artifact, path }) =>
        view.facts.files[path] === undefined ? `${artifact.name} is missing` : `${artifact.name} is another one`,
      ),
    );
  },
  async run(view, tools) {
    const placed = lacking(view);
    for (const each of placed) await placeBinary(each, tools);
    await syncBinaries(placed, tools);
  },
};
