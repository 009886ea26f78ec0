import { joinPath } from "../../core/shape.js";
import type { ClusterSpec, OnpremOptions, PoolSpec } from "../contract.js";
import { connectionOf, sudoOf } from "./connection.js";
import type { NeedsWire, NodeWire, TaintWire } from "./wire.js";

/** One host as it is written. */
export type OnpremHost = OnpremOptions["hosts"][string];

/** What kubeadm itself puts on control planes. */
const controlPlaneTaint: TaintWire = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };

const controlPlanePool = "control-plane";
const onlyPool = "general";

/** Property path of a host. */
export const hostPath = (name: string): string => joinPath("onprem.hosts", name);

/** Every host of a cluster, in the order of writing. */
export function hostsOf({ onprem }: ClusterSpec): readonly (readonly [string, OnpremHost])[] {
  return Object.entries(onprem?.hosts ?? {});
}

/** Name of a host's pool; undefined where there are several and it names none. */
export function poolNameOf(host: OnpremHost, pools: readonly PoolSpec[]): string | undefined {
  if (host.pool !== undefined) return host.pool;
  if (host.role === "controlPlane") return controlPlanePool;
  const [first, second] = pools;
  return second === undefined ? (first?.name ?? onlyPool) : undefined;
}

/** The hosts of a pool, by name. */
export function hostsOfPool(spec: ClusterSpec, pool: string): readonly string[] {
  return hostsOf(spec).flatMap(([name, host]) => (poolNameOf(host, spec.pools) === pool ? [name] : []));
}

/** What each host becomes, every default filled in. */
export function nodesOf(spec: ClusterSpec, onprem: OnpremOptions): readonly NodeWire[] {
  const runsWorkloads = hostsOf(spec).some(([, { role }]) => role === "worker");
  return hostsOf(spec).map(([name, host]) => {
    const pool = poolNameOf(host, spec.pools);
    if (pool === undefined) throw new Error(`the checks let ${name} pass without a pool`);
    const entry = spec.pools.find((candidate) => candidate.name === pool);
    return {
      name,
      role: host.role,
      host: { address: host.address, ssh: connectionOf(onprem, host), sudo: sudoOf(onprem, host) },
      pool,
      labels: { ...entry?.labels, ...host.labels },
      taints: [
        ...(entry?.taints ?? []),
        // Without workers, workloads have nowhere else to run.
        ...(host.taints ?? (host.role === "controlPlane" && runsWorkloads ? [controlPlaneTaint] : [])),
      ],
      ...(entry === undefined ? {} : { needs: needsOf(entry) }),
    };
  });
}

const needsOf = ({ cpu, memory, arch }: PoolSpec): NeedsWire => ({ cpu, memory, arch });
