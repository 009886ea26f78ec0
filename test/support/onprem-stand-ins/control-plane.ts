import * as pulumi from "@pulumi/pulumi";
import { ControlPlane } from "../../../src/providers/local/control-plane.js";
import type { OnpremControlPlaneArgs } from "../../../src/providers/onprem/control-plane.js";

/** Takes the place of the hosts' control plane: a local one with simulated nodes, whatever the hosts are. */
export class OnpremControlPlane extends ControlPlane {
  readonly caHash: pulumi.Output<string>;
  readonly clusterId: pulumi.Output<string>;

  constructor(name: string, args: OnpremControlPlaneArgs, opts?: pulumi.CustomResourceOptions) {
    const pools = [{ name: "general", count: 2, cpu: "8", memory: "16Gi" }];
    super(name, { kubernetesVersion: args.kubernetesVersion, pools }, opts);
    this.caHash = pulumi.output("sha256:0");
    this.clusterId = this.clusterName;
  }
}
