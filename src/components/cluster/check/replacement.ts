import type { Problem } from "../../../core/problems.js";
import type { ClusterArgs } from "../args.js";

/** Whether the replacement is asked for by the right name: a typing mistake must not cost a cluster, nor seem to. */
export function checkReplacement(name: string, { replaceCluster }: ClusterArgs): Problem[] {
  if (replaceCluster === undefined || replaceCluster === name) return [];
  return [
    {
      code: "replacement/other-cluster",
      path: "replaceCluster",
      value: replaceCluster,
      why: `this is not the name of the cluster, which is ${JSON.stringify(name)}`,
      fix: `write replaceCluster: ${JSON.stringify(name)} to let it be replaced, or leave it out`,
    },
  ];
}
