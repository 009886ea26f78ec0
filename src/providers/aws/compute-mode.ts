import type { ClusterSpec } from "../contract.js";

/** How nodes come to be on EKS: one word from which every field follows. */
export type AwsCompute = "nodeGroups" | "autoMode" | "fargate";

export function computeOf({ compute, aws }: ClusterSpec): AwsCompute {
  if (compute === "pools") return "nodeGroups";
  return aws.isolation === "pod" ? "fargate" : "autoMode";
}
