import type { NodeMarker } from "../facts.js";
import { hostPaths } from "../host-paths.js";
import { HostProblem, hostPath } from "../host-problem.js";
import { readMarker, renderMarker } from "../marker.js";
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

/** @throws HostProblem when the marker is another's */
function assertOurs(marker: NodeMarker, view: HostView): void {
  const { cluster, node } = view;
  const path = hostPath(node.name);
  if (marker.cluster !== cluster.name || marker.node !== node.name)
    throw new HostProblem({
      code: "onprem/claimed-by-another",
      path,
      value: node.host.address,
      why: `the host is node ${marker.node} of cluster ${marker.cluster}`,
      fix: "take it out of that cluster first, or give the address of another host",
    });
  if (marker.role !== node.role)
    throw new HostProblem({
      code: "onprem/role-changed",
      path,
      value: node.role,
      why: `the host was made a ${marker.role}, and a node cannot change its role in place`,
      fix: "remove the node and add it again",
    });
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
    if (marker === undefined) return `no cluster has claimed it yet`;
    const wanted = wantedMarker(view);
    const ours = marker.cluster === wanted.cluster && marker.node === wanted.node && marker.role === wanted.role;
    return ours ? undefined : `it says that it is ${marker.node} of ${marker.cluster}`;
  },
  async run(view, { remote, signal }) {
    const found = await readMarker(remote);
    if (found === undefined) {
      const input = renderMarker(wantedMarker(view));
      await remote.run({ text: claimScript, args: [hostPaths.marker], input, timeoutSeconds: 30, signal });
    }
    const marker = await readMarker(remote);
    if (marker === undefined) throw new Error(`${hostPaths.marker} was written and is not there`);
    assertOurs(marker, view);
  },
};
