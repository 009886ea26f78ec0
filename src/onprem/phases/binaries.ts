import { cniPluginNames } from "../../core/cni-plugins.js";
import type { Artifact, Artifacts } from "../artifacts/artifacts.js";
import { placeArtifact } from "../artifacts/place.js";
import { binaryPath, hostPaths } from "../host/host-paths.js";
import { joinReasons, octal } from "../host/managed-file.js";
import { sha256Function } from "../host/shell-sha256.js";
import { allAtOnce } from "./all-at-once.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";
import { archiveDifference, unpack } from "./unpack.js";

const mode = 0o755;
const kubernetesNames = ["kubelet", "kubeadm", "kubectl"] as const;
type KubernetesName = (typeof kubernetesNames)[number];

export interface PlacedArtifact {
  readonly artifact: Artifact;
  readonly path: string;
  /** Where the very same file is, or shall be, under another name. */
  readonly alike: readonly string[];
}

/** The executables of a release that are files of their own, and where they are on a host. */
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
      path: pluginPath(artifact.name),
      alike: [],
    })),
  };
}

const pluginPath = (name: string): string => `${hostPaths.cniPlugins}/${name}`;

/** Where the executables of these artifacts are on a host. */
export function executablePaths(artifacts: Artifacts): string[] {
  const { kubernetes, cni } = wantedBinaries({ artifacts });
  return [...[...kubernetes, ...cni].map(({ path }) => path), ...(artifacts.cniArchive?.members ?? []).map(pluginPath)];
}

/** Where executables may be, whatever they came from: a host is given back also when that is gone by then. */
export const everyExecutable: readonly string[] = [
  ...kubernetesNames.map(binaryPath),
  ...cniPluginNames.map(pluginPath),
];

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
${sha256Function}path=$1 digest=$2 mode=$3
shift 3
for other in "$@"; do
  [ -f "$other" ] || continue
  found=$(sha256 < "$other")
  [ "\${found%% *}" = "$digest" ] || continue
  # It is that very file already, of a run that was cut off right after this.
  if [ "$path" -ef "$other" ]; then chmod "$mode" "$path"; exit 0; fi
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

/** Those that are one program follow one another, since the second becomes a link. */
function byDigest(placed: readonly PlacedArtifact[]): PlacedArtifact[][] {
  const groups = new Map<string, PlacedArtifact[]>();
  for (const each of placed) {
    const { sha256 } = each.artifact;
    groups.set(sha256, [...(groups.get(sha256) ?? []), each]);
  }
  return [...groups.values()];
}

/** How the unpacked plugins differ from the archive's; undefined when they do not, or come as files. */
function pluginsDifference({ facts, artifacts }: HostView): string | undefined {
  const { cniArchive } = artifacts;
  return cniArchive === undefined ? undefined : archiveDifference(facts, cniArchive, hostPaths.cniPlugins, mode);
}

export const binaries: HostPhase = {
  name: "binaries",
  title: "Kubernetes executables",
  needed(view) {
    return joinReasons([
      ...lacking(view).map(({ artifact, path }) =>
        view.facts.files[path] === undefined ? `${artifact.name} is missing` : `${artifact.name} is another one`,
      ),
      pluginsDifference(view),
    ]);
  },
  async run(view, tools) {
    const { cniArchive } = view.artifacts;
    const lacks = lacking(view);
    const place = (group: readonly PlacedArtifact[]) => async (): Promise<void> => {
      for (const placed of group) await placeBinary(placed, tools);
    };
    const plugins = async (): Promise<void> => {
      if (cniArchive === undefined || pluginsDifference(view) === undefined) return;
      await unpack(cniArchive, hostPaths.cniPlugins, mode, tools);
    };
    await allAtOnce([...byDigest(lacks).map(place), plugins]);
    await syncBinaries(lacks, tools);
  },
};
