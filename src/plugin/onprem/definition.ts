import type { ObjectDefinition, Properties, ResourceDefinition } from "../definition.js";
import { nodeDefinition } from "./node-definition.js";

const endpoint = {
  token: "isokube:onprem:ControlPlaneEndpoint",
  description: "Where clients and nodes reach the API server.",
  properties: {
    kind: {
      type: { kind: "string", oneOf: ["single", "vip", "external"] },
      required: true,
      description:
        "`single`: the only control plane's own address; `vip`: an address that moves between the control planes; " +
        "`external`: a load balancer that is there already.",
    },
    address: { type: { kind: "string" }, description: "With `single` and `vip`." },
    routerId: {
      type: { kind: "integer", minimum: 1, maximum: 255 },
      description: "With `vip`: the virtual router's number, unique in the hosts' network.",
    },
    host: { type: { kind: "string" }, description: "With `external`: name or address." },
    port: { type: { kind: "integer", minimum: 1, maximum: 65_535 }, description: "With `external`." },
  },
} satisfies ObjectDefinition;

const programDigests = {
  token: "isokube:onprem:ProgramDigests",
  description: "SHA-256 of each file of a release, in 64 lower-case hexadecimal digits.",
  properties: {
    kubelet: { type: { kind: "string" }, required: true, description: "Of kubelet." },
    kubeadm: { type: { kind: "string" }, required: true, description: "Of kubeadm." },
    kubectl: { type: { kind: "string" }, required: true, description: "Of kubectl." },
    cniPlugins: {
      type: { kind: "string" },
      description: "Of the archive with the plugins of the container network; the official one's where it is left out.",
    },
  },
} satisfies ObjectDefinition;

const digests = {
  token: "isokube:onprem:Digests",
  description: "SHA-256 of a release's files, by the hosts' processor.",
  properties: {
    amd64: { type: { kind: "object", of: programDigests }, description: "For amd64." },
    arm64: { type: { kind: "object", of: programDigests }, description: "For arm64." },
  },
} satisfies ObjectDefinition;

const artifacts = {
  token: "isokube:onprem:Artifacts",
  description: "Where binaries and images come from.",
  properties: {
    kind: {
      type: { kind: "string", oneOf: ["bundle", "online"] },
      required: true,
      description: "`bundle`: a folder that `npx isokube bundle` wrote; `online`: official releases, or a mirror.",
    },
    directory: { type: { kind: "string" }, description: "With `bundle`: the folder." },
    publicKeyFile: { type: { kind: "string" }, description: "With `bundle`: the key that its signature must match." },
    binaries: { type: { kind: "string" }, description: "With `online`: URL prefix of a mirror of the releases." },
    images: {
      type: { kind: "string" },
      description: "With `online`: a registry, and perhaps a path, that has the images.",
    },
    digests: {
      type: { kind: "object", of: digests },
      description: "With `online`: what the files must be; those that are published beside them where it is left out.",
    },
  },
} satisfies ObjectDefinition;

const hostSettings = {
  token: "isokube:onprem:HostSettings",
  description: "What differs on these hosts from a host with systemd and cgroup v2.",
  properties: {
    cgroupDriver: {
      type: { kind: "string", oneOf: ["systemd", "cgroupfs"] },
      default: "systemd",
      description: "Who manages cgroups.",
    },
    failCgroupV1: {
      type: { kind: "boolean" },
      default: true,
      description: "Whether the kubelet refuses to start on cgroup v1.",
    },
    failSwapOn: {
      type: { kind: "boolean" },
      default: true,
      description: "Whether the kubelet refuses to start with swap on.",
    },
    restrictOomScoreAdj: {
      type: { kind: "boolean" },
      default: false,
      description: "Whether containerd keeps containers' OOM score at its own at least.",
    },
    kubelet: { type: { kind: "any" }, default: {}, description: "Fields of KubeletConfiguration." },
    kubeProxy: { type: { kind: "any" }, default: {}, description: "Fields of KubeProxyConfiguration." },
  },
} satisfies ObjectDefinition;

/** What both resources are told of the cluster. */
const cluster = {
  clusterName: {
    type: { kind: "string" },
    required: true,
    replaces: true,
    description: "Name of the cluster; a DNS label.",
  },
  kubernetesVersion: {
    type: { kind: "string" },
    required: true,
    description:
      'Kubernetes minor (`"1.35"`) or full version. Raising it by one minor upgrades in place, one host at a time.',
  },
  controlPlaneEndpoint: {
    type: { kind: "object", of: endpoint },
    required: true,
    replaces: true,
    description: "Where clients and nodes reach the API server.",
  },
  podCidr: {
    type: { kind: "string" },
    default: "10.244.0.0/16",
    replaces: true,
    description: "Addresses of the pods.",
  },
  serviceCidr: {
    type: { kind: "string" },
    default: "10.96.0.0/16",
    replaces: true,
    description: "Addresses of the Services.",
  },
  artifacts: {
    type: { kind: "object", of: artifacts },
    required: true,
    description: "Where binaries and images come from.",
  },
  hostSettings: { type: { kind: "object", of: hostSettings }, description: "What differs on these hosts." },
  maxUnavailable: {
    type: { kind: "integer", minimum: 1, maximum: 1000 },
    default: 1,
    description: "How many workers may be out of service at once.",
  },
  drainTimeoutSeconds: {
    type: { kind: "integer", minimum: 1, maximum: 86_400 },
    default: 300,
    description: "How long a drain may take before it fails.",
  },
  onDestroy: {
    type: { kind: "string", oneOf: ["reset", "leave"] },
    default: "reset",
    description: "Whether deleting takes the cluster off the hosts, or leaves it running.",
  },
} satisfies Properties;

const health = {
  type: { kind: "texts" },
  description: "Each host: `as planned`, or what differs from what was asked for.",
} as const;

/** All control planes of a cluster. */
export const onpremControlPlaneDefinition = {
  token: "isokube:onprem:ControlPlane",
  description: [
    "The control plane of a Kubernetes cluster on hosts that are reached by SSH: kubeadm with stacked etcd on one, three",
    "or five hosts. One resource for all of them, because what may be done to one depends on the others. Hosts are added,",
    "removed and upgraded one at a time, and a plan that would lose the quorum is refused at preview.",
  ].join(" "),
  inputs: {
    ...cluster,
    auditLogs: { type: { kind: "boolean" }, default: false, description: "Every API server writes an audit log." },
    secretsEncryption: {
      type: { kind: "boolean" },
      default: false,
      description: "Secrets are encrypted in etcd with a key that only the control planes hold.",
    },
    hosts: {
      type: { kind: "list", of: nodeDefinition },
      required: true,
      description: "Every control plane that there shall be. They are equal: their order means nothing.",
    },
    workers: {
      type: { kind: "list", of: nodeDefinition },
      default: [],
      description:
        "The cluster's workers. They are prepared while the cluster is made, and join as resources of their own. Before " +
        "an upgrade, images of a bundle are brought to them, because kube-proxy and CoreDNS are renewed everywhere as " +
        "soon as the control planes are.",
    },
  },
  outputs: {
    kubeconfig: {
      type: { kind: "string" },
      secret: true,
      description: "Kubeconfig of the cluster's administrator, with a client certificate inside.",
    },
    endpoint: { type: { kind: "string" }, description: "URL of the API server." },
    version: { type: { kind: "string" }, description: "Full Kubernetes version." },
    caHash: {
      type: { kind: "string" },
      description: "SHA-256 of the cluster authority's public key, as kubeadm pins it.",
    },
    clusterId: { type: { kind: "string" }, description: "New with every cluster that is made." },
    health,
  },
} satisfies ResourceDefinition;

/** One worker. */
export const onpremWorkerDefinition = {
  token: "isokube:onprem:Worker",
  description: [
    "A host that runs workloads of a cluster of `isokube:onprem:ControlPlane`. It is drained before it is upgraded or",
    "removed.",
  ].join(" "),
  inputs: {
    ...cluster,
    host: { type: { kind: "object", of: nodeDefinition }, required: true, description: "The host." },
    controlPlanes: {
      type: { kind: "list", of: nodeDefinition },
      required: true,
      description: "The control planes to go through, any of them.",
    },
    clusterId: {
      type: { kind: "string" },
      required: true,
      replaces: true,
      description: "The cluster that the host belongs to.",
    },
    caHash: {
      type: { kind: "string" },
      required: true,
      description: "By which the host knows the cluster's authority when it joins.",
    },
  },
  outputs: { health },
} satisfies ResourceDefinition;
