import { poolLabel } from "../../core/labels.js";
import { unsupported } from "../capabilities.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import type { ReportDraft } from "../report.js";
import { type ClusterPlaces, clusterRows, type Place, type PoolPlaces } from "../report-places.js";
import { tableOf } from "./capabilities.js";
import { endpointOf, endpointText } from "./endpoint.js";
import { hostsOf, hostsOfPool } from "./nodes.js";

const asTheyAre = (property: string) =>
  unsupported("hosts are where they are and have the addresses they have", `leave \`${property}\` out`);
const ownDisks = unsupported("hosts bring their own disks", "leave `disk` out, and list hosts whose disks suffice");
const notTold = "the hosts are not told yet";

/** What was asked of the hosts and what comes of it. */
export function describeOnprem(name: string, spec: ClusterSpec): ReportDraft[] {
  const nowhere = { field: "", realised: undefined };
  return clusterRows(spec, tableOf(spec), {
    resource: `isokube:onprem:ControlPlane ${name}`,
    kubernetesVersion: "kubernetesVersion",
    releaseChannel: nowhere,
    compute: { resource: `isokube:onprem:Worker ${name}-…`, field: "host", realised: hostsText(spec) },
    pool: (pool) => poolPlaces(name, spec, pool),
    ...controlPlanePlaces(name, spec),
    cidr: { ...nowhere, support: asTheyAre("network.cidr") },
    podCidr: "podCidr",
    serviceCidr: "serviceCidr",
    zones: nowhere,
    existingNetwork: { ...nowhere, support: asTheyAre("network.existing") },
    existingSubnets: { ...nowhere, support: asTheyAre("network.existing") },
    admins: {
      resource: `kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding ${name}-admins-clusterrolebinding-isokube-admins`,
      field: "subjects",
    },
    deletionProtection: "protect",
    tags: nowhere,
  });
}

type ControlPlanePlaces = Pick<
  ClusterPlaces,
  "highlyAvailable" | "endpoint" | "allowedCidrs" | "auditLogs" | "secretsEncryption" | "encryptionKey" | "contract"
>;

function controlPlanePlaces(name: string, spec: ClusterSpec): ControlPlanePlaces {
  const { onprem } = spec;
  const count = hostsOf(spec).filter(([, { role }]) => role === "controlPlane").length;
  const manifest = (kind: string, group: string, object: string): string =>
    `kubernetes:${kind} ${name}-${group}-${object}`;
  const daemonSet = manifest("apps/v1:DaemonSet", "kube-router", "daemonset-kube-router");
  return {
    highlyAvailable: { field: "hosts", realised: count === 0 ? notTold : countOf(count, "control plane") },
    endpoint: {
      field: "controlPlaneEndpoint",
      realised: onprem === undefined || count === 0 ? notTold : endpointText(endpointOf(spec, onprem)),
    },
    allowedCidrs: { field: "", realised: undefined },
    auditLogs: "auditLogs",
    secretsEncryption: "secretsEncryption",
    encryptionKey: { field: "secretsEncryption", realised: "a key that only the control planes hold" },
    contract: {
      metricsApi: {
        resource: manifest("apps/v1:Deployment", "metrics-server", "deployment-metrics-server"),
        field: "",
      },
      networkPolicy: { resource: daemonSet, field: "" },
      storageClasses: {
        resource: manifest("apps/v1:Deployment", "local-path", "deployment-local-path-storage-local-path-provisioner"),
        field: "",
      },
      loadBalancer: {
        resource: manifest("apps/v1:Deployment", "metallb", "deployment-metallb-system-controller"),
        field: "",
      },
    },
  };
}

function hostsText(spec: ClusterSpec): string {
  const count = hostsOf(spec).length;
  return count === 0 ? notTold : `${countOf(count, "host")}, each a node`;
}

const countOf = (count: number, what: string): string => (count === 1 ? `1 ${what}` : `${count} ${what}s`);

/** A pool says what its hosts must have; how many there are, the list of hosts says. */
function poolPlaces(name: string, spec: ClusterSpec, pool: PoolSpec): PoolPlaces {
  const hosts = hostsOfPool(spec, pool.name);
  const isTold = spec.onprem !== undefined;
  const need = (field: "cpu" | "memory" | "arch"): Place => ({
    field: `host.needs.${field}`,
    ...(isTold ? {} : { realised: notTold }),
  });
  const count = { field: "host", realised: isTold ? hosts.length : notTold };
  const max = known(pool.max);
  const more =
    isTold && max !== undefined && hosts.length > max ? { deviation: "every host that is listed is used" } : {};
  return {
    resource: `isokube:onprem:Worker ${name}-${hosts.length === 1 ? hosts[0] : "…"}`,
    cpu: need("cpu"),
    memory: need("memory"),
    arch: need("arch"),
    gpu: { field: "", realised: undefined },
    min: count,
    max: { ...count, ...more },
    spot: { field: "", realised: undefined },
    labels: { field: "host.labels", realised: { ...pool.labels, [poolLabel]: pool.name } },
    taints: "host.taints",
    zones: { field: "", realised: undefined, support: asTheyAre("zones") },
    diskSize: { field: "", realised: undefined, support: ownDisks },
    diskClass: { field: "", realised: undefined, support: ownDisks },
  };
}
