import { addon, type CapabilityTable, emulated, native, type Unsupported, unsupported } from "./support.js";

/** kubeadm on hosts given by address. */
export const onpremPools: CapabilityTable = {
  kubernetesVersion: native("kubeadm"),
  releaseChannels: unsupported(
    "nothing upgrades hosts by itself",
    "set `kubernetesVersion` and raise it when you are ready",
  ),
  kubeconfig: native("a client certificate, marked secret"),
  metricsApi: addon("metrics-server with verified kubelet certificates"),
  storageClasses: addon("local-path-provisioner and two StorageClasses"),
  loadBalancer: addon("MetalLB with addresses from a pool"),
  gateway: addon("Envoy Gateway (with a bundle: Traefik) and the class `isokube`"),
  networkPolicy: addon("kube-router"),
  podSecurityRestricted: native("Pod Security admission"),
  dns: native("kubeadm runs CoreDNS"),
  workloadIdentity: unsupported(
    "the cluster's OIDC issuer is in the hosts' own network, where no provider can read it",
    "give the workload its credentials in a Secret",
  ),
  nodeLabels: native("labels that each node is registered with"),
  auditLogs: native("the API server's audit log on each control plane"),
  secretsEncryption: native("an encryption configuration on each control plane"),
  cleanDestroy: native("drain, reset and removal of what isokube put on the hosts"),
  highlyAvailableControlPlane: native("three or five control planes behind a virtual or external address"),
  nodeAutoscaling: unsupported(
    "the inventory of hosts is a hard ceiling",
    "set `min` equal to `max` for the pool, or add hosts to it",
  ),
  containerExecution: native("containerd on the hosts"),
  trafficToPods: addon("kube-router"),
  publicEndpoint: unsupported(
    "the API server listens where the hosts are; isokube opens no router or firewall",
    'set `controlPlane.endpoint: "private"` and publish the address yourself',
  ),
  privateEndpoint: native("the hosts' own network"),
  endpointAllowList: unsupported(
    "isokube manages no firewall in front of the hosts",
    "leave out `controlPlane.allowedCidrs` and limit access in your firewall",
  ),
  arm64: native("arm64 hosts"),
  gpu: unsupported("GPU drivers on the hosts are not managed", "install the vendor's operator as a workload"),
  spot: unsupported("hosts are not rented by the hour", "leave out `spot`"),
  podAddresses: native("the controller manager's ranges, a /24 for each node"),
  zones: unsupported(
    "hosts are where they are",
    "leave `network.zones` out; say where each host is by labels of its own",
  ),
  deletionProtection: emulated("Pulumi's `protect` on the control plane"),
  tags: unsupported("hosts have no resources of a provider to tag", "leave out `tags`"),
  adminAccess: native("RBAC, for the users and groups that client certificates name"),
  sidecars: native("Kubernetes 1.29 and later"),
  daemonSets: native("every node"),
};

/** Bare metal is not elastic, so it has no serverless mode. */
export const onpremServerless: Unsupported = unsupported(
  "bare metal is not elastic: the inventory of hosts is a hard ceiling",
  'set `compute: "pools"`',
);
