import type { ClusterSpec, PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import { modeOf } from "./modes.js";
import { systemBounds } from "./system-pool.js";

/** What node auto-provisioning must at least have room for, to be of any use. */
const fewestProvisioned = 10;

/** The most nodes that there can be at once, those of upgrades included; what is known only later counts as none. */
export function mostNodes(spec: ClusterSpec): number {
  const system = withSurge(systemBounds(spec).max);
  const rest =
    modeOf(spec) === "pools" ? spec.pools.reduce((sum, pool) => sum + mostOfPool(pool), 0) : fewestProvisioned;
  return system + rest;
}

function mostOfPool(pool: PoolSpec): number {
  const max = known(pool.max) ?? 0;
  if (!Number.isFinite(max)) return 0;
  // Spot pools are upgraded without more nodes.
  return pool.spot ? max : withSurge(max);
}

/** A third more, rounded up: `maxSurge` of the pools. */
const withSurge = (nodes: number): number => nodes + Math.ceil(nodes * 0.33);
