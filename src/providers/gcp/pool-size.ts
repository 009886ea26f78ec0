import type * as container from "@pulumi/gcp/container/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { poolLabel } from "../../core/labels.js";
import { boundsOf, followLiveSize, type LivePool, lengthAt, numberAt, type SizeOptions, textAt } from "../pool-size.js";
import type { GcpSdk } from "./sdk.js";

type LiveNodePool = container.GetClusterResult["nodePools"][number];

/**
 * Options that say the size of a node pool when it is made, and never again. GKE
 * takes any bounds whatever the size is, but a pool that replaces another must
 * not start with what the first of its line began with.
 */
export function startingSize(sdk: GcpSdk, cluster: container.Cluster, parent: pulumi.Resource): SizeOptions {
  let seen: Promise<readonly LiveNodePool[]> | undefined;
  const poolsOf = (args: container.GetClusterArgs): Promise<readonly LiveNodePool[]> => {
    seen ??= sdk.container.getCluster(args, { parent }).then(({ nodePools }) => nodePools);
    return seen;
  };
  return (pool) =>
    followLiveSize({
      pool: pool.name,
      sizePath: "initialNodeCount",
      isInitial: true,
      cluster: cluster.selfLink,
      permission: "container.clusters.get",
      bounds: (inputs) =>
        boundsOf(
          numberAt(inputs, "autoscaling", "totalMinNodeCount"),
          numberAt(inputs, "autoscaling", "totalMaxNodeCount"),
        ),
      nameOf: (inputs) => textAt(inputs, "name"),
      look: async (name, inputs) => {
        const [id, location, project] = ["cluster", "location", "project"].map((property) => textAt(inputs, property));
        if (id === undefined || location === undefined || project === undefined) return {};
        const pools = await poolsOf({ name: id, location, project });
        const current = pools.find((each) => each.name === name);
        if (current !== undefined) return { current: liveOf(current) };
        const predecessor = pools.find(({ nodeConfigs: [nodes] }) => nodes?.labels[poolLabel] === pool.name);
        return predecessor === undefined ? {} : { predecessor: liveOf(predecessor) };
      },
      withSize: (size, { max }, inputs) => ({
        initialNodeCount: initialPerZone(size, max, lengthAt(inputs, "nodeLocations")),
      }),
    });
}

/** As many per zone as make the size, but never more than the largest. */
export function initialPerZone(size: number, max: number, zones: number): number {
  return Math.min(Math.ceil(size / zones), Math.floor(max / zones));
}

/** GKE counts nodes per zone. */
function liveOf({ nodeCount, nodeLocations, autoscalings: [autoscaling] }: LiveNodePool): LivePool {
  const size = nodeCount * nodeLocations.length;
  return { size, min: autoscaling?.totalMinNodeCount ?? size, max: autoscaling?.totalMaxNodeCount ?? size };
}
