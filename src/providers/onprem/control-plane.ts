import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import type { ClusterWire, NodeWire } from "./wire.js";

/** The inputs of an `OnpremControlPlane`. */
export interface OnpremControlPlaneArgs extends ClusterWire {
  readonly auditLogs: pulumi.Input<boolean>;
  readonly secretsEncryption: pulumi.Input<boolean>;
  /** Every control plane that there shall be. They are equal: their order means nothing. */
  readonly hosts: readonly NodeWire[];
  /** Prepared while the cluster is made, and given images before an upgrade; adding one changes nothing here. */
  readonly workers: readonly NodeWire[];
}

/**
 * The control plane of a cluster on hosts of one's own: all of its hosts as one
 * resource, because what may be done to one depends on the others (a quorum, an
 * upgrade one at a time).
 */
export class OnpremControlPlane extends pulumi.CustomResource {
  /** Holds a client certificate: secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** URL of the API server. */
  declare readonly endpoint: pulumi.Output<string>;
  /** Full version, for example `1.35.3`. */
  declare readonly version: pulumi.Output<string>;
  /** SHA-256 of the cluster authority's public key, as kubeadm pins it. */
  declare readonly caHash: pulumi.Output<string>;
  /** New with every cluster that is made, and with nothing else. */
  declare readonly clusterId: pulumi.Output<string>;

  constructor(name: string, args: OnpremControlPlaneArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      kubeconfig: undefined,
      endpoint: undefined,
      version: undefined,
      caHash: undefined,
      clusterId: undefined,
    };
    super(
      "isokube:onprem:ControlPlane",
      name,
      { ...args, ...outputs },
      pulumi.mergeOptions(
        // A successor would find the hosts taken.
        { version: packageVersion(), additionalSecretOutputs: ["kubeconfig"], deleteBeforeReplace: true },
        opts,
      ),
    );
  }
}
