import { addon, type CapabilityTable, emulated, native } from "./support.js";

const common = {
  kubernetesVersion: native("AKS `kubernetesVersion`"),
  releaseChannels: native("`autoUpgradeProfile.upgradeChannel`"),
  kubeconfig: native("exec credentials of kubelogin"),
  metricsApi: native("AKS runs metrics-server"),
  storageClasses: addon("two StorageClasses over the managed disk driver"),
  loadBalancer: native("Azure Load Balancer"),
  gateway: addon("a Gateway API controller and the class `isokube`"),
  networkPolicy: native("Azure CNI powered by Cilium"),
  podSecurityRestricted: native("Pod Security admission"),
  dns: native("AKS runs CoreDNS"),
  workloadIdentity: native("Microsoft Entra Workload ID and the cluster's OIDC issuer"),
  auditLogs: native("diagnostic settings"),
  secretsEncryption: native("`securityProfile.azureKeyVaultKms`"),
  cleanDestroy: native("ordered destroy: load balancers before the cluster, the network last"),
  highlyAvailableControlPlane: native("the Standard tier runs members in several zones"),
  containerExecution: native("virtual machine scale sets"),
  trafficToPods: native("Azure CNI overlay"),
  publicEndpoint: native("the API server's public name"),
  privateEndpoint: native("the API server in a subnet of the network, or behind a private link"),
  endpointAllowList: native("`authorizedIPRanges`"),
  arm64: native("Arm virtual machine sizes"),
  gpu: native("GPU virtual machine sizes"),
  spot: emulated(
    "spot priority, on nodes that AKS taints: only pods that tolerate `kubernetes.azure.com/scalesetpriority=spot` run there",
  ),
  podAddresses: native("the overlay's own range"),
  zones: native("availability zones"),
  deletionProtection: emulated("a management lock on the cluster, which holds its pools too, and Pulumi's `protect`"),
  tags: native("tags on every resource"),
  adminAccess: native("Azure RBAC for principals of Microsoft Entra ID"),
  sidecars: native("Kubernetes 1.29 and later"),
  daemonSets: native("every node"),
} satisfies Partial<CapabilityTable>;

/** AKS with agent pools. */
export const azurePools: CapabilityTable = {
  ...common,
  nodeLabels: native("agent pool labels"),
  nodeAutoscaling: native("the agent pools' cluster autoscaler"),
};

/** AKS Automatic, and a Standard cluster with node auto-provisioning. */
export const azureServerless: CapabilityTable = {
  ...common,
  nodeLabels: emulated("the standard arch and zone labels; provisioned nodes are in no pool, so none is named"),
  nodeAutoscaling: native("node auto-provisioning"),
};
