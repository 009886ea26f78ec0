import { addon, type CapabilityTable, emulated, native, unsupported } from "./support.js";

const common = {
  kubernetesVersion: native("EKS `version`"),
  releaseChannels: unsupported(
    "EKS has no release channels",
    "set `kubernetesVersion` and raise it when you are ready",
  ),
  kubeconfig: native("exec credentials of `aws eks get-token`"),
  metricsApi: addon("metrics-server as an EKS add-on"),
  gateway: addon("Envoy Gateway and the class `isokube`"),
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
  podAddresses: emulated("pods take their addresses from the subnets of the nodes"),
  zones: native("a subnet in each zone"),
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
  nodeLabels: emulated("`karpenter.sh/nodepool` in place of `isokube.dev/pool`, beside the standard labels"),
  nodeAutoscaling: native("Auto Mode provisions nodes as pods ask for them"),
};

const useAutoMode = 'leave `aws.isolation` out, or set `compute: "pools"`';
const notOnFargate = (reason: string) => unsupported(reason, useAutoMode);

/** EKS on AWS Fargate: a machine for each pod, and nothing beside it. */
export const awsFargate: CapabilityTable = {
  ...common,
  storageClasses: notOnFargate("a pod on Fargate has no node to attach a disk to"),
  loadBalancer: addon("AWS Load Balancer Controller"),
  networkPolicy: notOnFargate("nothing on Fargate enforces NetworkPolicy"),
  dns: addon("CoreDNS as an EKS add-on, on Fargate"),
  workloadIdentity: native("the cluster's OIDC issuer and IAM roles for service accounts"),
  nodeLabels: emulated("`eks.amazonaws.com/compute-type: fargate` in place of `isokube.dev/pool`"),
  nodeAutoscaling: native("Fargate makes a machine for each pod"),
  containerExecution: native("Fargate"),
  arm64: notOnFargate("Fargate runs pods of EKS on amd64 only"),
  gpu: notOnFargate("Fargate has no GPUs"),
  spot: notOnFargate("Fargate has no spare capacity for EKS"),
  daemonSets: notOnFargate("a machine of Fargate runs one pod"),
};
