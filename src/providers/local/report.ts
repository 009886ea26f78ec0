import { native, unsupported } from "../capabilities.js";
import type { ClusterSpec } from "../contract.js";
import { localPools } from "../matrix-local.js";
import type { ReportDraft } from "../report.js";
import { clusterRows } from "../report-places.js";

const given = native("the control plane's own setting");
const inNoNetwork = (property: string) =>
  unsupported(
    "simulated nodes are in no network of this machine",
    `leave \`${property}\` out; it matters on targets with real nodes`,
  );
const noDisk = unsupported("simulated nodes have no disk", "leave `disk` out; it matters on targets with real nodes");

/** What was asked of a local cluster and what comes of it. */
export function describeLocal(name: string, spec: ClusterSpec): ReportDraft[] {
  const nowhere = { field: "", realised: undefined };
  return clusterRows(spec, localPools, {
    resource: `isokube:local:ControlPlane ${name}`,
    kubernetesVersion: "kubernetesVersion",
    releaseChannel: nowhere,
    compute: { field: "pools", support: localPools.containerExecution },
    pool: (pool, index) => {
      const field = `pools[${index}]`;
      return {
        resource: `isokube:local:ControlPlane ${name}`,
        cpu: `${field}.cpu`,
        memory: `${field}.memory`,
        arch: `${field}.arch`,
        gpu: nowhere,
        min: `${field}.count`,
        // No autoscaler runs, so a pool stays as it must at least be.
        max: { field: `${field}.count`, realised: pool.min },
        spot: { field, realised: false },
        labels: `${field}.labels`,
        taints: `${field}.taints`,
        zones: { ...nowhere, support: inNoNetwork("zones") },
        diskSize: { ...nowhere, support: noDisk },
        diskClass: { ...nowhere, support: noDisk },
      };
    },
    highlyAvailable: { field: "", realised: false },
    endpoint: { field: "endpoint", realised: "private" },
    allowedCidrs: { field: "endpoint", realised: "loopback" },
    auditLogs: "auditLogs",
    secretsEncryption: "secretsEncryption",
    encryptionKey: { field: "secretsEncryption", realised: "a key in the data directory" },
    cidr: { ...nowhere, support: inNoNetwork("network.cidr") },
    podCidr: "podCidr",
    serviceCidr: { field: "serviceCidr", support: given },
    zones: nowhere,
    existingNetwork: { ...nowhere, support: inNoNetwork("network.existing") },
    existingSubnets: { ...nowhere, support: inNoNetwork("network.existing") },
    admins: nowhere,
    deletionProtection: "protect",
    tags: nowhere,
  });
}
