import * as pulumi from "@pulumi/pulumi";
import type { OnpremWorkerArgs } from "../../../src/providers/onprem/worker.js";

/** Takes the place of a worker: it is there as soon as its control plane is. */
export class OnpremWorker extends pulumi.ComponentResource {
  constructor(name: string, _args: OnpremWorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Worker", name, {}, opts);
  }
}
