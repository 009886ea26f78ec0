import { boundsOf, followLiveSize, type LivePool, numberAt, type SizeOptions, textAt } from "../pool-size.js";
import type { EksCluster } from "./control-plane.js";
import type { Making } from "./making.js";
import { isNodeGroupOf } from "./names.js";

/**
 * Options that leave the size of a node group to the autoscaler, within the
 * bounds that are asked for. EKS takes bounds and size together, and refuses a
 * size outside of the bounds.
 *
 * The node group is asked and not its Auto Scaling group, which would be some
 * minutes ahead of it: whoever runs pulumi may read node groups anyway.
 */
export function autoscaledSize({ aws, parent }: Making, cluster: EksCluster): SizeOptions {
  let listed: Promise<readonly string[]> | undefined;
  const namesIn = (clusterName: string): Promise<readonly string[]> => {
    listed ??= aws.eks.getNodeGroups({ clusterName }, { parent }).then(({ names }) => names);
    return listed;
  };
  const describe = async (clusterName: string, nodeGroupName: string | undefined): Promise<LivePool | undefined> => {
    if (nodeGroupName === undefined) return undefined;
    const { scalingConfigs } = await aws.eks.getNodeGroup({ clusterName, nodeGroupName }, { parent });
    const [sizes] = scalingConfigs;
    return sizes === undefined ? undefined : { size: sizes.desiredSize, min: sizes.minSize, max: sizes.maxSize };
  };
  return (pool) =>
    followLiveSize({
      pool: pool.name,
      sizePath: "scalingConfig.desiredSize",
      cluster: cluster.arn,
      permission: "eks:ListNodegroups and eks:DescribeNodegroup",
      bounds: (inputs) =>
        boundsOf(numberAt(inputs, "scalingConfig", "minSize"), numberAt(inputs, "scalingConfig", "maxSize")),
      nameOf: (inputs) => textAt(inputs, "nodeGroupName"),
      look: async (name, inputs) => {
        const clusterName = textAt(inputs, "clusterName") ?? "";
        const names = await namesIn(clusterName);
        if (names.includes(name)) return { current: await describe(clusterName, name) };
        return { predecessor: await describe(clusterName, names.find(isNodeGroupOf(pool.name))) };
      },
      withSize: (size, { min, max }) => ({ scalingConfig: { minSize: min, maxSize: max, desiredSize: size } }),
    });
}
