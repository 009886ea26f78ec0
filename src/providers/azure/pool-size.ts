import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import { poolLabel } from "../../core/labels.js";
import {
  boundsOf,
  followLiveSize,
  type LivePool,
  numberAt,
  type PlainInputs,
  type SizeOptions,
  textAt,
} from "../pool-size.js";
import type { AzureContext } from "./context.js";
import { sdk } from "./sdk.js";

type Cluster = containerservice.GetManagedClusterResult;
type LiveProfile = NonNullable<Cluster["agentPoolProfiles"]>[number];

/**
 * Options that leave the size of an agent pool to the autoscaler, within the
 * bounds that are asked for. AKS takes a pool as a whole, its size included, and
 * refuses a size outside of the bounds. One look at the cluster shows every pool.
 */
export function autoscaledSize({ parent }: AzureContext, cluster: containerservice.ManagedCluster): SizeOptions {
  let seen: Promise<readonly LiveProfile[]> | undefined;
  const poolsOf = (resourceGroupName: string, resourceName: string): Promise<readonly LiveProfile[]> => {
    seen ??= sdk
      .containerservice()
      .getManagedCluster({ resourceGroupName, resourceName }, { parent })
      .then(({ agentPoolProfiles = [] }) => agentPoolProfiles);
    return seen;
  };
  return (pool) =>
    followLiveSize({
      pool: pool.name,
      sizePath: "count",
      cluster: cluster.id,
      permission: "Microsoft.ContainerService/managedClusters/read",
      bounds: (inputs) => boundsOf(numberAt(inputs, "minCount"), numberAt(inputs, "maxCount")),
      nameOf: (inputs) => textAt(inputs, "agentPoolName"),
      look: async (name, inputs) => {
        const [group, clusterName] = [textAt(inputs, "resourceGroupName"), textAt(inputs, "resourceName")];
        if (group === undefined || clusterName === undefined) return {};
        const profiles = await poolsOf(group, clusterName);
        const current = profiles.find((profile) => profile.name === name);
        if (current !== undefined) return { current: liveOf(current, inputs) };
        const predecessor = profiles.find((profile) => profile.nodeLabels?.[poolLabel] === pool.name);
        return predecessor === undefined ? {} : { predecessor: liveOf(predecessor, inputs) };
      },
      withSize: (size) => ({ count: size }),
    });
}

function liveOf(profile: LiveProfile, inputs: PlainInputs): LivePool {
  const { count = 0, minCount = count, maxCount = count } = profile;
  return { size: count, min: minCount, max: maxCount, isAboutToChange: !isAsAsked(profile, inputs) };
}

/**
 * Whether the pool is what the inputs ask for, in what can change in place. What
 * Azure adds (labels with its own prefix, tags of a policy, a patch version) is
 * no difference.
 */
export function isAsAsked(
  profile: Pick<LiveProfile, "nodeLabels" | "nodeTaints" | "orchestratorVersion" | "tags">,
  inputs: PlainInputs,
): boolean {
  const { nodeLabels = {}, nodeTaints = [], orchestratorVersion, tags = {} } = profile;
  const minor = textAt(inputs, "orchestratorVersion");
  const ofUser = (labels: object) => Object.entries(labels).filter(([key]) => !key.startsWith("kubernetes.azure.com/"));
  return (
    sameElements(ofUser(nodeLabels), ofUser(recordOf(inputs["nodeLabels"]))) &&
    sameElements(nodeTaints, inputs["nodeTaints"]) &&
    (minor === undefined || orchestratorVersion === minor || orchestratorVersion?.startsWith(`${minor}.`) === true) &&
    Object.entries(recordOf(inputs["tags"])).every(([key, value]) => tags[key] === value)
  );
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function sameElements(live: readonly unknown[], asked: unknown): boolean {
  const textsOf = (list: readonly unknown[]): string => JSON.stringify(list.map((each) => JSON.stringify(each)).sort());
  return textsOf(live) === textsOf(Array.isArray(asked) ? asked : []);
}
