import { hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import { octal } from "../host/managed-file.js";
import { sha256Function } from "../host/shell-sha256.js";
import type { PhaseTools } from "../phases/phase.js";
import type { Artifact } from "./artifacts.js";

/** Ends with 3 for another digest and with 4 where the file cannot be had, and says why. */
export const fetchScript = `set -eu
${sha256Function}url=$1 path=$2 digest=$3 mode=$4 part=$5
umask 077
mkdir -p "$(dirname "$part")"
# Made for others to read, where it is not there yet.
(umask 022; mkdir -p "$(dirname "$path")")
matches() {
  [ -f "$1" ] || return 1
  sum=$(sha256 < "$1")
  [ "\${sum%% *}" = "$digest" ]
}
if matches "$path"; then
  chmod "$mode" "$path"
  rm -f "$part"
  exit 0
fi
tries=0
until matches "$part"; do
  tries=$((tries + 1))
  before=0
  [ ! -f "$part" ] || before=$(stat -c %s "$part")
  status=0
  # What an earlier run got is continued where it ended.
  curl --fail --silent --show-error --location --retry 2 --connect-timeout 10 --speed-limit 10240 --speed-time 30 \\
    --continue-at - --output "$part" --url "$url" 2> "$part.said" || status=$?
  case $status in
    0)
      if matches "$part"; then break; fi
      sum=$(sha256 < "$part")
      rm -f "$part" "$part.said"
      # What was there may have been of another file: once more, from the beginning.
      if [ "$before" -gt 0 ]; then continue; fi
      echo "\${sum%% *}"
      exit 3 ;;
    22 | 33 | 36)
      # The server knows no such part of the file.
      if [ "$before" -gt 0 ]; then rm -f "$part"; continue; fi ;;
    18 | 28 | 52 | 56 | 92)
      # Cut off on the way.
      if [ "$tries" -lt 5 ]; then sleep 1; continue; fi ;;
  esac
  tail -n 1 "$part.said"
  rm -f "$part.said"
  exit 4
done
rm -f "$part.said"
new="$path.isokube-part"
trap 'rm -f "$new"' EXIT
mv -fT "$part" "$new"
chmod "$mode" "$new"
sync "$new"
mv -fT "$new" "$path"
`;

/**
 * Brings an artifact to its place. It gets its name there only after its digest
 * was checked, so a file under that name is always whole.
 */
export async function placeArtifact(artifact: Artifact, path: string, mode: number, tools: PhaseTools): Promise<void> {
  const { source, sha256, bytes } = artifact;
  const { remote, signal, report } = tools;
  if (source.kind === "url") {
    await fetchArtifact(artifact, source.url, path, mode, tools);
    return;
  }
  await remote.upload({
    from: source.path,
    path,
    sha256,
    mode,
    signal,
    onProgress: byQuarters((percent, total) =>
      report(`sending ${artifact.name}: ${percent} % of ${Math.ceil((bytes ?? total) / 1_000_000)} MB`),
    ),
  });
}

/** The slowest that curl is told to bear with, for the largest of the files; it is ended when nothing comes at all. */
const slowestSeconds = 3 * 3600;

async function fetchArtifact(
  { name, sha256 }: Artifact,
  url: string,
  path: string,
  mode: number,
  { remote, signal, report }: PhaseTools,
): Promise<void> {
  report(`fetching ${name}`);
  const { exitCode, stdout } = await remote.runUnit({
    unit: `isokube-fetch-${sha256.slice(0, 12)}`,
    text: fetchScript,
    args: [url, path, sha256, octal(mode), `${hostPaths.downloads}/${sha256}`],
    timeoutSeconds: slowestSeconds,
    accept: [0, 3, 4],
    signal,
  });
  const said = stdout.trim();
  if (exitCode === 3) {
    throw new HostProblem({
      code: "onprem/wrong-digest",
      path: hostPath(remote.name),
      value: name,
      why: `at ${url} the host got a file with the SHA-256 ${said}, not ${sha256}, and did not use it`,
      fix: "put the official file there, or correct the digest in onprem.artifacts.digests",
    });
  }
  if (exitCode === 4) {
    throw new HostProblem({
      code: "onprem/not-fetched",
      path: hostPath(remote.name),
      value: name,
      why: `the host cannot fetch ${url}: ${said}`,
      fix: "let the host reach it, name a mirror in onprem.artifacts.binaries, or use a bundle",
    });
  }
}

/** Where no terminal puts one line in place of the other, each stays: a host's log holds a few of them, not hundreds. */
function byQuarters(report: (percent: number, total: number) => void): (sent: number, total: number) => void {
  let told = -1;
  return (sent, total) => {
    const quarter = Math.floor((sent / Math.max(1, total)) * 4);
    if (quarter === told) return;
    told = quarter;
    report(quarter * 25, total);
  };
}
