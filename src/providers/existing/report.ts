import type * as pulumi from "@pulumi/pulumi";
import { native } from "../capabilities.js";
import type { ClusterSpec, ReportRow } from "../contract.js";
import { contractRows, reportOf } from "../report.js";
import type { ObservedCluster } from "./observe.js";

/** What was found in an existing cluster: beside its version, nothing can be asked of it. */
export function existingReport(
  spec: ClusterSpec,
  observed: pulumi.Output<ObservedCluster>,
): pulumi.Output<readonly ReportRow[]> {
  return observed.apply((cluster) => {
    const resource = `context ${cluster.context}`;
    const version = {
      property: "kubernetesVersion",
      requested: spec.kubernetesVersion,
      resource,
      field: "",
      realised: cluster.version,
      support: native("the cluster as it is"),
    };
    return reportOf([version, ...contractRows(cluster.capabilities, resource)]);
  });
}
