import type * as pulumi from "@pulumi/pulumi";
import type { OnpremControlPlane } from "./control-plane.js";
import type { ClusterWire, NodeWire } from "./wire.js";
import { OnpremWorker } from "./worker.js";

/** The workers, a resource each, so that one can come or go without the others. */
export function createWorkers(
  name: string,
  cluster: ClusterWire,
  nodes: readonly NodeWire[],
  controlPlane: OnpremControlPlane,
  parent: pulumi.Resource,
): OnpremWorker[] {
  const controlPlanes = nodes.filter(({ role }) => role === "controlPlane");
  const { clusterId, caHash } = controlPlane;
  return nodes
    .filter(({ role }) => role === "worker")
    .map(
      (host) =>
        new OnpremWorker(
          `${name}-${host.name}`,
          { ...cluster, host, controlPlanes, clusterId, caHash },
          { parent, dependsOn: controlPlane },
        ),
    );
}
