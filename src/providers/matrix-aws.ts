import { addon, type CapabilityTable, native, unsupported } from "./support.js";

const common = {
  kubernetesVersion: native("EKS `version`"),
  releaseChannels: unsupported(
    "EKS has no release channels",
    "set `kubernetesVersion` and raise it when you are ready",
  ),
  kubeconfig: native("exec credentials of `aws eks get-token`"),
  metricsApi: addon("metrics-server as an EKS add-on"),
  gateway: addon("a Gateway API controller and the class `isokube`"),
  podSecurityRestricted: native("Pod Security admission"),
  workloadIdentity: native("EKS Pod Identity and the cluster's OIDC issuer"),
  auditLogs: native("`enabledClusterLogTypes`"),
  secretsEncryption: native("`encryptionConfig` with a KMS key"),
  cleanDestroy: native("ordered destroy: load balancers before the cluster, the network last"),
  highlyAvailableControlPlane: native("EKS runs members in several zones"),
  containerExecution: native("EC2 nodes"),
  trafficToPods: native("VPC addresses"),
  publicEndpoint: native("`endpointPublicAccess`"),
  privateEndpoint: native("`endpointPrivateAccess`"),
  endpointAllowList: native("`publicAccessCidrs`"),
  arm64: native("Graviton instance types"),
  gpu: native("accelerated instance types"),
  spot: native("spot capacity"),
  deletionProtection: native("EKS `deletionProtection`"),
  tags: native("tags on every resource"),
  adminAccess: native("access entries"),
  sidecars: native("Kubernetes 1.29 and later"),
  daemonSets: native("every node"),
} satisfies Partial<CapabilityTable>;

/** EKS with managed node groups. */
export const awsPools: CapabilityTable = {
  ...common,
  storageClasses: addon("the EBS CSI driver add-on and two StorageClasses"),
  loadBalancer: addon("AWS Load Balancer Controller"),
  networkPolicy: addon("the VPC CNI add-on with its network policy agent"),
  dns: addon("CoreDNS as an EKS add-on"),
  nodeLabels: native("node group labels"),
  nodeAutoscaling: addon("cluster-autoscaler over the node groups"),
};

/** EKS Auto Mode. */
export const awsServerless: CapabilityTable = {
  ...common,
  storageClasses: addon("two StorageClasses over Auto Mode's block storage"),
  loadBalancer: native("Auto Mode load balancing"),
  networkPolicy: native("Auto Mode's network policy agent"),
  dns: native("Auto Mode's DNS on every node"),
  nodeLabels: native("NodePool template labels"),
  nodeAutoscaling: native("Auto Mode provisions nodes as pods ask for them"),
};
