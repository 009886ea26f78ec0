/**
 * What a cluster on bare metal shall be: plain data, every default filled in,
 * no secret inside. Keys and passwords are named by where they are (a file, an
 * agent, an environment variable) and read when a connection is made.
 */
export interface OnpremClusterSpec {
  /** Name of the cluster; a DNS label. */
  readonly name: string;
  /** Full version, for example `1.35.3`. */
  readonly kubernetesVersion: string;
  readonly endpoint: EndpointSpec;
  /** Addresses of pods, IPv4; each node gets a /24 of it. */
  readonly podCidr: string;
  /** Addresses of Services, IPv4, disjoint from `podCidr` and from the hosts' networks. */
  readonly serviceCidr: string;
  /** Every control plane writes an audit log to `/var/log/kubernetes/audit.log`. */
  readonly auditLogs: boolean;
  /** Secrets are encrypted in etcd with a key that only the control planes hold. */
  readonly secretsEncryption: boolean;
  readonly artifacts: ArtifactsSpec;
  readonly hostSettings: HostSettings;
  /** How many workers may be out of service at once. At least 1. */
  readonly maxUnavailable: number;
  /** How long a drain may take before it fails, in seconds. */
  readonly drainTimeoutSeconds: number;
}

/** What only control planes do, as workers are told of it. */
export const nothingForControlPlanes = { auditLogs: false, secretsEncryption: false };

/** The cluster as its workers know it: without what only control planes do. */
export function asWorkersKnowIt(cluster: OnpremClusterSpec): OnpremClusterSpec {
  return { ...cluster, ...nothingForControlPlanes };
}

/** Where clients and nodes reach the API server; never empty, so that a second control plane can be added later. */
export type EndpointSpec =
  /** The only control plane's own address. */
  | { readonly kind: "single"; readonly address: string }
  /**
   * An address that keepalived keeps on a control plane whose API server is healthy;
   * at its port 6443 haproxy spreads clients over all control planes.
   */
  | { readonly kind: "vip"; readonly address: string; readonly routerId: number }
  /** A load balancer that is there already, `host` and `port`. */
  | { readonly kind: "external"; readonly host: string; readonly port: number };

/** Where binaries, images and packages come from. */
export type ArtifactsSpec =
  /** A folder that `npx isokube bundle` wrote; nothing else is reached. */
  | { readonly kind: "bundle"; readonly directory: string; readonly publicKeyFile: string | undefined }
  | {
      readonly kind: "online";
      /** URL prefix of a mirror of the releases; undefined for their publishers. */
      readonly binaries: string | undefined;
      /** Registry and perhaps a path, which has every registry's images; undefined for the registries themselves. */
      readonly images: string | undefined;
      /** Undefined where those count that are published beside the files. */
      readonly digests: DigestsSpec | undefined;
    };

/** SHA-256 of a release's files, by processor: in 64 lower-case hexadecimal digits. */
export type DigestsSpec = Readonly<Partial<Record<"amd64" | "arm64", ProgramDigests>>>;

export interface ProgramDigests {
  readonly kubelet: string;
  readonly kubeadm: string;
  readonly kubectl: string;
  /** Of the archive; undefined for the official one's, which is known. */
  readonly cniPlugins: string | undefined;
}

/** Typed escape hatches: what differs on these hosts, on top of the defaults for a real host (systemd, cgroup v2). */
export interface HostSettings {
  /** Who manages cgroups, for kubelet and containerd alike. */
  readonly cgroupDriver: "systemd" | "cgroupfs";
  /** False lets kubelet start on cgroup v1. */
  readonly failCgroupV1: boolean;
  /** False lets kubelet start with swap on. */
  readonly failSwapOn: boolean;
  /** containerd must not raise a container's OOM score above its own: for hosts without CAP_SYS_RESOURCE. */
  readonly restrictOomScoreAdj: boolean;
  /** Fields of KubeletConfiguration. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  /** Fields of KubeProxyConfiguration. */
  readonly kubeProxy: Readonly<Record<string, unknown>>;
}

export type NodeRole = "controlPlane" | "worker";

/** One host and what it is in the cluster. */
export interface NodeSpec {
  /** Name of the node in the cluster; a DNS label. */
  readonly name: string;
  readonly role: NodeRole;
  readonly host: HostSpec;
  /** Value of the label `isokube.dev/pool`. */
  readonly pool: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Every taint of the node, that of control planes included. */
  readonly taints: readonly NodeTaint[];
  /** What the host must have at least; undefined where nothing was said. */
  readonly needs: NodeNeeds | undefined;
}

/** `cpu` and `memory` are Kubernetes quantities. */
export interface NodeNeeds {
  readonly cpu: string;
  readonly memory: string;
  readonly arch: "amd64" | "arm64";
}

export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** How a host is reached. */
export interface HostSpec {
  /** Address in the hosts' network; also the node's internal IP. */
  readonly address: string;
  readonly ssh: SshSpec;
  readonly sudo: SudoSpec;
}

export interface SshSpec {
  readonly user: string;
  readonly port: number;
  /**
   * What the host must prove to be: a public key as in `ssh-ed25519 AAAA…`, or a
   * fingerprint as in `SHA256:…`. Undefined where the known-hosts file decides.
   */
  readonly hostKey: string | undefined;
  /** File in OpenSSH's known_hosts format. */
  readonly knownHostsFile: string;
  /** File of the private key; undefined where the agent has it. */
  readonly privateKeyFile: string | undefined;
  /** Socket of the agent; undefined where there is none. */
  readonly agentSocket: string | undefined;
  /** A host to go through. */
  readonly bastion: BastionSpec | undefined;
}

export interface BastionSpec extends Omit<SshSpec, "bastion"> {
  readonly address: string;
}

/** How commands become root's. */
export type SudoSpec =
  /** The SSH user is root. */
  | { readonly kind: "none" }
  | { readonly kind: "passwordless" }
  /** The password is read from this environment variable of the machine that runs Pulumi, and sent on standard input. */
  | { readonly kind: "password"; readonly variable: string };
