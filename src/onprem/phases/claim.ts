import type { NodeMarker } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { HostProblem } from "../host/host-problem.js";
import { readMarker, renderMarker } from "../host/marker.js";
import { ownershipProblem } from "../host/ownership.js";
import type { HostPhase, HostView } from "./phase.js";

/** What a host must say of itself before anything on it is changed. */
function wantedMarker({ cluster, node }: HostView): NodeMarker {
  return {
    formatVersion: 1,
    cluster: cluster.name,
    node: node.name,
    role: node.role,
    state: "joining",
    kubernetesVersion: cluster.kubernetesVersion,
    restore: {},
    manifests: {},
  };
}

// A hard link either appears whole or is refused: of two runs that claim a host at once, one wins.
const claimScript = `set -eu
umask 077
mkdir -p "$(dirname "$1")"
temporary=$(mktemp "$1.XXXXXX")
trap 'rm -f "$temporary"' EXIT
cat > "$temporary"
sync "$temporary"
ln -T "$temporary" "$1" 2>/dev/null || [ -e "$1" ]
`;

/** First of all phases: from here on the host says whose it is, also when the run is cut off. */
export const claim: HostPhase = {
  name: "claim",
  title: "claim the host",
  needed(view) {
    const { marker } = view.facts;
    if (marker === undefined) return "no cluster has claimed it yet";
    if (ownershipProblem(marker, view.cluster, view.node) === undefined) return undefined;
    return `it says that it is ${marker.node} of ${marker.cluster}`;
  },
  async run(view, { remote, signal }) {
    const found = await readMarker(remote);
    if (found === undefined) {
      const input = renderMarker(wantedMarker(view));
      await remote.run({ text: claimScript, args: [hostPaths.marker], input, timeoutSeconds: 30, signal });
    }
    const marker = await readMarker(remote);
    if (marker === undefined) throw new Error(`${hostPaths.marker} was written and is not there`);
    const problem = ownershipProblem(marker, view.cluster, view.node);
    if (problem !== undefined) throw new HostProblem(problem);
  },
};
