import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import type { ClusterWire, NodeWire } from "./wire.js";

/** The inputs of an `OnpremWorker`. */
export interface OnpremWorkerArgs extends ClusterWire {
  readonly host: NodeWire;
  /** The control planes to go through, any of them. */
  readonly controlPlanes: readonly NodeWire[];
  /** The cluster that the host belongs to: in another one it is another worker. */
  readonly clusterId: pulumi.Input<string>;
  /** By which the host knows the cluster's authority when it joins. */
  readonly caHash: pulumi.Input<string>;
}

/** One host that runs workloads. */
export class OnpremWorker extends pulumi.CustomResource {
  constructor(name: string, args: OnpremWorkerArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "isokube:onprem:Worker",
      name,
      { ...args },
      // The same host cannot be in two clusters at once.
      pulumi.mergeOptions({ version: packageVersion(), deleteBeforeReplace: true }, opts),
    );
  }
}
