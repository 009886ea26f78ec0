import { type CapabilityTable, emulated, native, type Unsupported, unsupported } from "./support.js";

const simulatedPods = "pods are simulated by kwok: no container runs on this machine";
const useRealNodes = "use a target with real nodes, for example `existing`";

/** A real control plane on this machine; its nodes and pods are simulated. */
export const localPools: CapabilityTable = {
  kubernetesVersion: native("the control plane's own binaries"),
  releaseChannels: unsupported(
    "nothing upgrades a local control plane by itself",
    "set `kubernetesVersion` and leave out `releaseChannel`",
  ),
  kubeconfig: native("a client certificate, marked secret"),
  metricsApi: emulated("metrics-server, fed with simulated usage from pod annotations"),
  storageClasses: unsupported(`${simulatedPods}, so no volume is ever mounted`, useRealNodes),
  loadBalancer: unsupported(`${simulatedPods}, so there is nothing to send traffic to`, useRealNodes),
  gateway: unsupported(`${simulatedPods}, so there is nothing to send traffic to`, useRealNodes),
  networkPolicy: unsupported(`${simulatedPods}, so there is no traffic to filter`, useRealNodes),
  podSecurityRestricted: native("Pod Security admission"),
  dns: unsupported(`${simulatedPods}, so nothing could ask or answer`, useRealNodes),
  workloadIdentity: unsupported(
    "the issuer of a local control plane cannot be reached by any provider",
    "use a target with an identity provider",
  ),
  nodeLabels: emulated("labels of the simulated nodes"),
  auditLogs: native("the API server's audit log in the data directory"),
  secretsEncryption: native("an encryption configuration with a key in the data directory"),
  cleanDestroy: native("processes, ports and the data directory are removed"),
  highlyAvailableControlPlane: unsupported(
    "a local control plane has one member of each kind on one machine",
    "leave out `controlPlane.highlyAvailable`, or choose another target",
  ),
  nodeAutoscaling: unsupported(
    "nodes are simulated and no autoscaler runs, so a pool keeps `min` nodes",
    "set `min` to the number of nodes you want to see",
  ),
  containerExecution: emulated("kwok moves pods through their life; no container runs"),
  trafficToPods: unsupported(simulatedPods, useRealNodes),
  publicEndpoint: unsupported("a local control plane listens on loopback only", "leave out `controlPlane.endpoint`"),
  privateEndpoint: native("loopback only"),
  endpointAllowList: emulated("the API server listens on loopback only, which is stricter than any list"),
  arm64: emulated("simulated nodes with the arch label arm64"),
  gpu: unsupported("simulated nodes have no devices", useRealNodes),
  spot: unsupported("this machine has no spare capacity to sell", "leave out `spot`"),
  podAddresses: native("the control plane's own setting"),
  zones: unsupported(
    "simulated nodes are in no network of this machine",
    "leave `network.zones` out; it matters on targets with real nodes",
  ),
  deletionProtection: emulated("Pulumi's `protect` on the control plane"),
  tags: unsupported("a local cluster has no resources of a provider to tag", "leave out `tags`"),
  adminAccess: unsupported("the only credentials are the kubeconfig's client certificate", "leave out `access.admins`"),
  sidecars: emulated("kwok moves pods through their life; no container runs"),
  daemonSets: emulated("one simulated pod on every simulated node"),
};

/** Local nodes are always pools. */
export const localServerless: Unsupported = unsupported(
  "no machine comes and goes here: local nodes are simulated pools",
  'set `compute: "pools"`',
);
