import { octal } from "../managed-file.js";
import type { PhaseTools } from "../phases/phase.js";
import type { Artifact } from "./artifacts.js";

const fetchScript = `set -eu
url=$1 path=$2 digest=$3 mode=$4
mkdir -p "$(dirname "$path")"
if [ -f "$path" ] && echo "$digest  $path" | sha256sum --check --status; then
  chmod "$mode" "$path"
  exit 0
fi
part="$path.part"
trap 'rm -f "$part"' EXIT
curl --fail --silent --show-error --location --retry 3 --connect-timeout 10 \\
  --speed-limit 10240 --speed-time 30 --output "$part" --url "$url"
if ! echo "$digest  $part" | sha256sum --check --status; then
  echo "$url has the SHA-256 $(sha256sum "$part" | cut -d ' ' -f 1), not $digest: not used" >&2
  exit 1
fi
chmod "$mode" "$part"
sync "$part"
mv "$part" "$path"
`;

/**
 * Brings an artifact to its place. It gets its name there only after its digest
 * was checked, so a file under that name is always whole.
 */
export async function placeArtifact(
  artifact: Artifact,
  path: string,
  mode: number,
  { remote, signal, report }: PhaseTools,
): Promise<void> {
  const { source, sha256, bytes } = artifact;
  const size = `${Math.ceil(bytes / 1_000_000)} MB`;
  if (source.kind === "file") {
    await remote.upload({
      from: source.path,
      path,
      sha256,
      mode,
      signal,
      onProgress: byQuarters((percent) => report(`sending ${artifact.name}: ${percent} % of ${size}`)),
    });
    return;
  }
  report(`fetching ${artifact.name}, ${size}`);
  await remote.runUnit({
    unit: `isokube-fetch-${sha256.slice(0, 12)}`,
    text: fetchScript,
    args: [source.url, path, sha256, octal(mode)],
    // At the slowest speed that curl is told to bear with, and some more.
    timeoutSeconds: 120 + Math.ceil(bytes / 10_240),
    signal,
  });
}

/** Where no terminal puts one line in place of the other, each stays: a host's log holds a few of them, not hundreds. */
function byQuarters(report: (percent: number) => void): (sent: number, total: number) => void {
  let told = -1;
  return (sent, total) => {
    const quarter = Math.floor((sent / Math.max(1, total)) * 4);
    if (quarter === told) return;
    told = quarter;
    report(quarter * 25);
  };
}
