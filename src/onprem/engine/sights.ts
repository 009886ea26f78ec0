import type { Artifacts } from "../artifacts/artifacts.js";
import { distros } from "../distro/distro-of.js";
import { observeCluster } from "../facts/cluster.js";
import { observeRemote } from "../facts/observe-host.js";
import { type Watched, watchAll } from "../facts/watched.js";
import type { ClusterSight, HostSight } from "../facts.js";
import { type Connector, type Remote, RemoteFailure } from "../remote.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { lookAt } from "./look-at.js";

/** What was seen of several hosts at about one moment. */
export interface Sights {
  /** By name of the node. */
  readonly hosts: Readonly<Record<string, HostSight>>;
  /** What the first healthy control plane says; undefined when none answered. */
  readonly cluster: ClusterSight | undefined;
  /** Names of the control planes whose API server answered, the one that `cluster` comes from first. */
  readonly healthy: readonly string[];
  /** Whether some machine has the virtual address; undefined where nobody asked. */
  readonly virtualAddressAnswers: boolean | undefined;
}

/** What one host was asked and said. */
interface Answer {
  readonly name: string;
  readonly sight: HostSight;
  readonly cluster: ClusterSight | undefined;
  readonly virtualAddressAnswers: boolean | undefined;
}

/** Looks at hosts side by side, one connection each. What cannot be reached is told, not thrown. */
export async function lookAtHosts(
  connector: Connector,
  cluster: OnpremClusterSpec,
  nodes: readonly NodeSpec[],
  artifacts: Artifacts,
  signal: AbortSignal,
): Promise<Sights> {
  const answers = await Promise.all(nodes.map((node) => lookAtHost(connector, cluster, node, artifacts, signal)));
  const healthy = answers.filter((answer) => answer.cluster !== undefined);
  return {
    hosts: Object.fromEntries(answers.map(({ name, sight }) => [name, sight])),
    cluster: healthy[0]?.cluster,
    healthy: healthy.map(({ name }) => name),
    virtualAddressAnswers: answers.find((answer) => answer.virtualAddressAnswers !== undefined)?.virtualAddressAnswers,
  };
}

async function lookAtHost(
  connector: Connector,
  cluster: OnpremClusterSpec,
  node: NodeSpec,
  artifacts: Artifacts,
  signal: AbortSignal,
): Promise<Answer> {
  const { name, host } = node;
  try {
    return await connector.use({ name, host, signal }, async (remote) => {
      const sight = await lookThrough(remote, cluster, node, artifacts, signal);
      const isFree = sight.reachable && sight.facts.marker === undefined;
      return {
        name,
        sight,
        cluster: knowsCluster(sight, cluster) ? await tellCluster(remote, signal) : undefined,
        virtualAddressAnswers: isFree ? await tryVirtualAddress(remote, cluster, signal) : undefined,
      };
    });
  } catch (error) {
    if (!(error instanceof RemoteFailure) || error.kind === "exit") throw error;
    const why = error.message.replace(`${name}: `, "");
    return {
      name,
      sight: { reachable: false, why, kind: error.kind },
      cluster: undefined,
      virtualAddressAnswers: undefined,
    };
  }
}

/** One host, over a connection that is open already. */
export function lookThrough(
  remote: Remote,
  cluster: OnpremClusterSpec,
  node: NodeSpec,
  artifacts: Artifacts,
  signal: AbortSignal,
): Promise<HostSight> {
  return observeRemote(remote, watchedOn(cluster, node, artifacts), signal);
}

/** Only a control plane of this cluster that has got its authority can tell of it. */
function knowsCluster(sight: HostSight, { name }: OnpremClusterSpec): boolean {
  if (!sight.reachable) return false;
  const { marker, caHash } = sight.facts;
  return marker?.cluster === name && marker.role === "controlPlane" && caHash !== undefined;
}

// Whatever it is that has the address, it answers the question who has it, also where it refuses every packet.
const neighbourScript = `
curl --silent --noproxy '*' --max-time 2 --output /dev/null "http://$1:6443/"
ip neigh show to "$1" | grep -Eq 'lladdr' && ! ip neigh show to "$1" | grep -Eq 'FAILED|INCOMPLETE'
`;

async function tryVirtualAddress(
  remote: Remote,
  { endpoint }: OnpremClusterSpec,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (endpoint.kind !== "vip") return undefined;
  const { exitCode } = await remote.run({
    text: neighbourScript,
    args: [endpoint.address],
    timeoutSeconds: 15,
    accept: [0, 1],
    signal,
  });
  return exitCode === 0;
}

/** What does not answer now is no failure of the look: it is what the look found. */
async function tellCluster(remote: Remote, signal: AbortSignal): Promise<ClusterSight | undefined> {
  try {
    return await observeCluster(remote, signal);
  } catch (error) {
    if (error instanceof RemoteFailure && error.kind !== "unreachable") return undefined;
    throw error;
  }
}

/** Before the first look nobody knows which distribution it is: what any of them would ask. */
function watchedOn(cluster: OnpremClusterSpec, node: NodeSpec, artifacts: Artifacts): Watched {
  return watchAll(...distros.map((distro) => lookAt({ cluster, node, artifacts, distro })));
}
