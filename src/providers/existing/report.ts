import * as pulumi from "@pulumi/pulumi";
import { type Capability, capabilities } from "../capabilities.js";
import type { ClusterSpec, ReportRow } from "../contract.js";
import { reportRow } from "../report.js";
import type { ObservedCluster } from "./observe.js";

/** What was found in an existing cluster, each capability a row: nothing else is asked of it. */
export function existingReport(
  spec: ClusterSpec,
  observed: pulumi.Output<ObservedCluster>,
): pulumi.Output<readonly ReportRow[]> {
  return observed.apply((cluster) => {
    const resource = `context ${cluster.context}`;
    const row = (capability: Capability) =>
      reportRow({
        property: capability,
        requested: capability === "kubernetesVersion" ? spec.kubernetesVersion : undefined,
        resource,
        field: "",
        realised: capability === "kubernetesVersion" ? cluster.version : undefined,
        support: cluster.capabilities[capability],
      });
    return pulumi.all(capabilities.map(row));
  });
}
