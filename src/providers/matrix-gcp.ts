import { addon, type CapabilityTable, native } from "./support.js";

const common = {
  kubernetesVersion: native("GKE `minMasterVersion`, read back from `masterVersion`"),
  releaseChannels: native("`releaseChannel.channel`"),
  kubeconfig: native("exec credentials of gke-gcloud-auth-plugin"),
  metricsApi: native("GKE runs metrics-server"),
  storageClasses: addon("two StorageClasses over the Persistent Disk driver"),
  loadBalancer: native("Cloud Load Balancing"),
  gateway: addon("GKE's Gateway controller and the class `isokube`"),
  networkPolicy: native("Dataplane V2"),
  podSecurityRestricted: native("Pod Security admission"),
  dns: native("GKE's cluster DNS"),
  workloadIdentity: native("Workload Identity Federation for GKE"),
  auditLogs: native("Cloud Audit Logs"),
  secretsEncryption: native("`databaseEncryption` with a Cloud KMS key"),
  cleanDestroy: native("ordered destroy: load balancers before the cluster, the network last"),
  highlyAvailableControlPlane: native("regional clusters"),
  containerExecution: native("Compute Engine nodes"),
  trafficToPods: native("VPC-native addresses"),
  publicEndpoint: native("the DNS-based endpoint with external traffic"),
  privateEndpoint: native("private endpoints"),
  endpointAllowList: native("`masterAuthorizedNetworksConfig`"),
  arm64: native("Arm machine types"),
  gpu: native("accelerators"),
  spot: native("Spot VMs"),
  deletionProtection: native("GKE `deletionProtection`"),
  tags: native("`resourceLabels`"),
  adminAccess: native("IAM roles"),
  sidecars: native("Kubernetes 1.29 and later"),
  daemonSets: native("every node"),
} satisfies Partial<CapabilityTable>;

/** GKE Standard with node pools. */
export const gcpPools: CapabilityTable = {
  ...common,
  nodeLabels: native("node pool labels"),
  nodeAutoscaling: native("the node pools' cluster autoscaler"),
};

/** GKE Autopilot. */
export const gcpServerless: CapabilityTable = {
  ...common,
  nodeLabels: native("compute class and Autopilot labels"),
  nodeAutoscaling: native("Autopilot provisions nodes as pods ask for them"),
};
