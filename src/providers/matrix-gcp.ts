import { addon, type CapabilityTable, emulated, native } from "./support.js";

const common = {
  kubernetesVersion: native("GKE `minMasterVersion` and a maintenance exclusion that keeps the minor"),
  releaseChannels: native("`releaseChannel.channel`"),
  kubeconfig: native("exec credentials of gke-gcloud-auth-plugin"),
  metricsApi: native("GKE runs metrics-server"),
  storageClasses: addon("two StorageClasses over the Persistent Disk driver"),
  loadBalancer: native("Cloud Load Balancing"),
  gateway: addon("Envoy Gateway and the class `isokube`"),
  networkPolicy: native("Dataplane V2"),
  podSecurityRestricted: native("Pod Security admission"),
  dns: native("GKE's cluster DNS"),
  workloadIdentity: native("Workload Identity Federation for GKE"),
  auditLogs: native("Cloud Audit Logs, and the control plane's own through `loggingConfig`"),
  secretsEncryption: native("`databaseEncryption` with a Cloud KMS key"),
  cleanDestroy: native("ordered destroy: load balancers before the cluster, the network last"),
  containerExecution: native("Compute Engine nodes"),
  trafficToPods: native("VPC-native addresses"),
  publicEndpoint: native("the public IP endpoint, or the DNS-based endpoint when open to everybody"),
  privateEndpoint: native("the private endpoint"),
  endpointAllowList: native("`masterAuthorizedNetworksConfig`"),
  arm64: emulated(
    "Arm machine types, on nodes that GKE taints: only pods that tolerate `kubernetes.io/arch=arm64` run there",
  ),
  gpu: native("accelerators"),
  spot: native("Spot VMs"),
  podAddresses: native("a secondary range of the subnet"),
  deletionProtection: native("GKE `deletionProtection`"),
  tags: native("`resourceLabels`"),
  adminAccess: native("IAM role `roles/container.admin`"),
  sidecars: native("Kubernetes 1.29 and later"),
  daemonSets: native("every node"),
} satisfies Partial<CapabilityTable>;

/** GKE Standard with node pools. */
export const gcpPools: CapabilityTable = {
  ...common,
  zones: native("node locations"),
  highlyAvailableControlPlane: native("regional clusters"),
  nodeLabels: native("node pool labels"),
  nodeAutoscaling: native("the node pools' cluster autoscaler"),
};

/** GKE Autopilot. */
export const gcpServerless: CapabilityTable = {
  ...common,
  zones: emulated("Autopilot uses every zone of the region"),
  highlyAvailableControlPlane: native("Autopilot clusters are regional"),
  nodeLabels: emulated("the standard arch and zone labels; Autopilot's nodes are in no pool, so none is named"),
  nodeAutoscaling: native("Autopilot provisions nodes as pods ask for them"),
};
