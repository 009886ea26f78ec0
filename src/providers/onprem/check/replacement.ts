import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec } from "../../contract.js";

/** Elsewhere the new cluster is made beside the old one. A host holds one cluster. */
export function checkReplacement({ replaceCluster }: ClusterSpec): Problem[] {
  if (replaceCluster === undefined) return [];
  return [
    {
      code: "onprem/replacement",
      path: "replaceCluster",
      value: replaceCluster,
      why: "hosts that hold a cluster cannot take the next one beside it",
      fix: "run `pulumi destroy` and `pulumi up`, which loses what is inside; or make another Cluster on other hosts and move over",
    },
  ];
}
