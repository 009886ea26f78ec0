import type { ClusterSpec, PoolSpec } from "../contract.js";

/**
 * The zones that nodes are spread over, in Azure's words. Over one zone means
 * no zone at all: Azure places the nodes, and regions without zones have it too.
 */
export function networkZones({ network }: ClusterSpec): string[] {
  return network.zones < 2 ? [] : Array.from({ length: network.zones }, (_, index) => String(index + 1));
}

/** A pool's own choice, or all of the network's. */
export function poolZones(spec: ClusterSpec, pool: PoolSpec): string[] {
  return pool.zones.length === 0 ? networkZones(spec) : [...pool.zones].sort().map(String);
}
