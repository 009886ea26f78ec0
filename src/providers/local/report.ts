import * as pulumi from "@pulumi/pulumi";
import { joinPath } from "../../core/shape.js";
import { native, type Support, unsupported } from "../capabilities.js";
import type { ClusterSpec, ReportRow } from "../contract.js";
import { localPools } from "../matrix-local.js";
import { contractRows, reportRow } from "../report.js";

const given = native("the control plane's own setting");
const noNodeAddresses = unsupported(
  "simulated nodes are in no network of this machine",
  "leave `network.cidr` out; it matters on targets with real nodes",
);

/** What was asked of a local cluster and what came of it. */
export function localReport(name: string, spec: ClusterSpec): pulumi.Output<readonly ReportRow[]> {
  const resource = `isokube:local:ControlPlane ${name}`;
  const row = (
    property: string,
    requested: pulumi.Input<unknown>,
    field: string,
    realised: pulumi.Input<unknown>,
    support: Support,
  ) => reportRow({ property, requested, resource, field, realised, support });
  const rows = [
    row(
      "kubernetesVersion",
      spec.kubernetesVersion,
      "kubernetesVersion",
      spec.kubernetesVersion,
      localPools.kubernetesVersion,
    ),
    ...spec.pools.flatMap((pool, index) => {
      const path = joinPath("pools", pool.name);
      const field = `pools[${index}]`;
      const nodes = localPools.containerExecution;
      const scales = pulumi.all([pool.min, pool.max]).apply(([min, max]) => min !== max);
      return [
        row(`${path}.cpu`, pool.cpu, `${field}.cpu`, pool.cpu, nodes),
        row(`${path}.memory`, pool.memory, `${field}.memory`, pool.memory, nodes),
        row(`${path}.min`, pool.min, `${field}.count`, pool.min, nodes),
        scales.apply((asked) =>
          row(`${path}.max`, pool.max, `${field}.count`, pool.min, asked ? localPools.nodeAutoscaling : nodes),
        ),
        row(`${path}.arch`, pool.arch, `${field}.arch`, pool.arch, pool.arch === "arm64" ? localPools.arm64 : nodes),
        ...(pool.spot ? [row(`${path}.spot`, true, field, false, localPools.spot)] : []),
      ];
    }),
    ...controlPlaneRows(spec, row),
    row("network.cidr", spec.network.cidr, "", undefined, noNodeAddresses),
    row("network.podCidr", spec.network.podCidr, "podCidr", spec.network.podCidr, given),
    row("network.serviceCidr", spec.network.serviceCidr, "serviceCidr", spec.network.serviceCidr, given),
    ...(spec.admins.length > 0 ? [row("access.admins", spec.admins, "", undefined, localPools.adminAccess)] : []),
    row(
      "deletionProtection",
      spec.deletionProtection,
      "protect",
      spec.deletionProtection,
      spec.deletionProtection ? localPools.deletionProtection : given,
    ),
    ...(Object.keys(spec.tags).length > 0 ? [row("tags", spec.tags, "", undefined, localPools.tags)] : []),
  ];
  return pulumi.all([...rows, ...contractRows(localPools, resource)]);
}

type Row = (
  property: string,
  requested: pulumi.Input<unknown>,
  field: string,
  realised: pulumi.Input<unknown>,
  support: Support,
) => ReturnType<typeof reportRow>;

function controlPlaneRows({ controlPlane }: ClusterSpec, row: Row) {
  const { highlyAvailable, endpoint, allowedCidrs, auditLogs, secretsEncryption } = controlPlane;
  const endpointSupport = endpoint === "public" ? localPools.publicEndpoint : localPools.privateEndpoint;
  return [
    row("controlPlane.highlyAvailable", highlyAvailable, "", false, given),
    row("controlPlane.endpoint", endpoint ?? "whatever the target does", "endpoint", "private", endpointSupport),
    ...(allowedCidrs.length > 0
      ? [row("controlPlane.allowedCidrs", allowedCidrs, "endpoint", "loopback", localPools.endpointAllowList)]
      : []),
    row("controlPlane.auditLogs", auditLogs, "auditLogs", auditLogs, localPools.auditLogs),
    row(
      "controlPlane.secretsEncryption",
      secretsEncryption,
      "secretsEncryption",
      secretsEncryption,
      localPools.secretsEncryption,
    ),
  ];
}
