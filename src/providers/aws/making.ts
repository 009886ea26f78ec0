import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import type { Tagging } from "./names.js";
import type { Aws } from "./sdk.js";

/** What the parts of a cluster are made from. */
export interface Making {
  readonly aws: Aws;
  /** The component's name; logical names of resources start with it. */
  readonly name: string;
  /** The cluster's name in EKS, as long as it is not made anew. */
  readonly clusterName: string;
  /** The name that this very cluster has there: another one for each that is made anew. */
  readonly ownName: pulumi.Input<string>;
  readonly spec: ClusterSpec;
  readonly parent: pulumi.ComponentResource;
  readonly tags: Tagging;
  /** What ARNs start with: `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: pulumi.Output<string>;
}
