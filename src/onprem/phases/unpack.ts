import type { ProgramArchive } from "../artifacts/artifacts.js";
import { placeArtifact } from "../artifacts/place.js";
import type { HostFacts } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import { octal } from "../host/managed-file.js";
import { updateMarker } from "../host/marker.js";
import type { PhaseTools } from "./phase.js";

/**
 * What sets executables in `folder` apart from those of an archive; undefined
 * when nothing does. What came out of it is in the marker, since digests of what
 * is inside are published nowhere.
 */
export function archiveDifference(
  { files, marker }: Pick<HostFacts, "files" | "marker">,
  { file, members }: ProgramArchive,
  folder: string,
  mode: number,
): string | undefined {
  const missing = members.filter((name) => files[`${folder}/${name}`] === undefined);
  if (missing.length > 0) return `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`;
  const unpacked = marker?.unpacked;
  if (unpacked?.archive !== file.sha256) return `${members.join(", ")} are of another release`;
  const other = members.filter((name) => {
    const path = `${folder}/${name}`;
    return files[path]?.sha256 !== unpacked.files[path] || files[path]?.mode !== mode;
  });
  if (other.length === 0) return undefined;
  return other.length === 1 ? `${other[0]} is another one` : `${other.join(", ")} are others`;
}

// All of it is unpacked beside its place: names inside may begin with `./` or not. Each file is replaced as a whole.
const unpackScript = `set -eu
archive=$1 folder=$2 mode=$3
shift 3
mkdir -p "$folder"
work=$(mktemp -d "$folder/.isokube.XXXXXX")
trap 'rm -rf "$work"' EXIT
tar -x -z -f "$archive" -C "$work" --no-same-owner
for name in "$@"; do
  if [ ! -f "$work/$name" ]; then
    echo "$name"
    exit 3
  fi
done
for name in "$@"; do
  chmod "$mode" "$work/$name"
  sync "$work/$name"
  sha256sum < "$work/$name"
  mv -fT "$work/$name" "$folder/$name"
done
rm -f "$archive"
`;

/** Gets an archive, puts its executables into `folder`, and writes down what they are. */
export async function unpack(
  { file, members }: ProgramArchive,
  folder: string,
  mode: number,
  tools: PhaseTools,
): Promise<void> {
  const { remote, signal } = tools;
  const path = `${hostPaths.downloads}/${file.sha256}.tgz`;
  await placeArtifact(file, path, 0o600, tools);
  const { exitCode, stdout } = await remote.runUnit({
    unit: `isokube-unpack-${file.sha256.slice(0, 12)}`,
    text: unpackScript,
    args: [path, folder, octal(mode), ...members],
    timeoutSeconds: 300,
    accept: [0, 3],
    signal,
  });
  if (exitCode === 3) {
    throw new HostProblem({
      code: "onprem/not-in-archive",
      path: hostPath(remote.name),
      value: stdout.trim(),
      why: `the archive ${file.name} does not hold this program`,
      fix: "use the official archive, or correct the digest in onprem.artifacts.digests",
    });
  }
  const digests = stdout.trim().split("\n");
  const files = members.map((name, index) => [`${folder}/${name}`, digests[index]?.split(" ")[0] ?? ""] as const);
  await updateMarker(remote, (marker) => ({
    ...marker,
    unpacked: { archive: file.sha256, files: Object.fromEntries(files) },
  }));
}
