import { type CapabilityTable, native, unknown, unsupported } from "./support.js";

const detected = unknown("read from the live cluster at run time");
const notVisible = unknown("cannot be seen from inside the cluster");
const notOurs = (what: string) =>
  unsupported(
    `isokube does not change an existing cluster, so it cannot set ${what}`,
    "leave it out, and set it where the cluster is made",
  );

/** Any cluster that a kubeconfig reaches: nothing is assumed. */
export const existingCluster: CapabilityTable = {
  kubernetesVersion: detected,
  releaseChannels: notOurs("a release channel"),
  kubeconfig: detected,
  metricsApi: detected,
  storageClasses: detected,
  loadBalancer: detected,
  gateway: detected,
  networkPolicy: detected,
  podSecurityRestricted: detected,
  dns: detected,
  workloadIdentity: detected,
  nodeLabels: detected,
  auditLogs: notVisible,
  secretsEncryption: notVisible,
  cleanDestroy: native("nothing of the cluster itself is created, so nothing of it is left"),
  highlyAvailableControlPlane: detected,
  nodeAutoscaling: detected,
  containerExecution: detected,
  trafficToPods: detected,
  publicEndpoint: notVisible,
  privateEndpoint: notVisible,
  endpointAllowList: notVisible,
  arm64: detected,
  gpu: detected,
  spot: notVisible,
  podAddresses: notVisible,
  zones: notVisible,
  deletionProtection: notOurs("deletion protection"),
  tags: notOurs("tags"),
  adminAccess: notOurs("administrators"),
  sidecars: detected,
  daemonSets: detected,
};
