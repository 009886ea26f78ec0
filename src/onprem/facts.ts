/** What one look at a host found: plain data, parsed with a schema, nothing assumed. */
export interface HostFacts {
  readonly os: {
    readonly id: string;
    readonly idLike: readonly string[];
    readonly versionId: string;
    readonly name: string;
  };
  readonly arch: "amd64" | "arm64" | "other";
  readonly kernel: string;
  readonly hostname: string;
  readonly machineId: string;
  /** SMBIOS product UUID; undefined where there is none. */
  readonly productUuid: string | undefined;
  /** `running`, `degraded`, `starting`, …; `none` when systemd is not process 1. */
  readonly systemd: string;
  readonly cgroupVersion: 1 | 2;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Active swap devices. */
  readonly swap: readonly string[];
  /** The host's clock when the look began, in seconds since 1970. */
  readonly time: number;
  /** The host's clock minus ours at the middle of the look, in seconds. */
  readonly clockOffsetSeconds: number;
  readonly disks: Readonly<Record<string, { readonly freeBytes: number; readonly totalBytes: number }>>;
  /** TCP ports that somebody listens on, with the program's name where the host tells it. */
  readonly listening: readonly { readonly address: string; readonly port: number; readonly program: string }[];
  /** Every address of every interface, without the prefix length. */
  readonly addresses: readonly { readonly interface: string; readonly address: string; readonly prefix: number }[];
  /** Interface of the default route; undefined when there is none. */
  readonly defaultInterface: string | undefined;
  /** Kernel settings by name, for example `net.ipv4.ip_forward`; missing where the kernel has no such setting. */
  readonly sysctls: Readonly<Record<string, string>>;
  /**
   * Features of the kernel, by the name of the module that brings them. Read from
   * what the kernel shows, not from `modprobe`, which also fails for what is built in.
   */
  readonly features: Readonly<Record<string, KernelFeature>>;
  /** Versions of the installed packages among those that the distribution's list names. */
  readonly packages: Readonly<Record<string, string>>;
  /** Services among those that matter. */
  readonly services: Readonly<Record<string, { readonly active: string; readonly enabled: string }>>;
  /** Files among those that isokube manages or reads: digest and mode; missing where there is none. */
  readonly files: Readonly<Record<string, FileFact>>;
  /** Certificates of the control plane and the kubelet: end of validity, as seconds since 1970. */
  readonly certificates: Readonly<Record<string, number>>;
  /** Names of the images that containerd has in its namespace k8s.io. */
  readonly images: readonly string[];
  /** What isokube wrote about this host; undefined when it never did. */
  readonly marker: NodeMarker | undefined;
  /** SHA-256 of the cluster authority's public key as kubeadm pins it; undefined where there is none. */
  readonly caHash: string | undefined;
  /** Etcd data is there. */
  readonly hasEtcdData: boolean;
}

/** `present`: loaded or built in; `loadable`: there is a module that brings it; `missing`: neither. */
export type KernelFeature = "present" | "loadable" | "missing";

export interface FileFact {
  readonly sha256: string;
  readonly mode: number;
}

/** `/etc/isokube/node.json`: what this host was made to be, and how far. */
export interface NodeMarker {
  readonly formatVersion: 1;
  readonly cluster: string;
  readonly node: string;
  readonly role: "controlPlane" | "worker";
  /** `joining` from before kubeadm runs until the node is in the API; `member` then; `leaving` from the drain on. */
  readonly state: "joining" | "member" | "leaving";
  /** Full version that the node was last brought to. */
  readonly kubernetesVersion: string;
  /** What isokube changed on the host and puts back at the end. */
  readonly restore: Readonly<Record<string, string>>;
  /** Digests of the static pods' manifests as kubeadm wrote them, to see edits by hand. */
  readonly manifests: Readonly<Record<string, string>>;
  /** Whether a control plane's API server was told to write an audit log; missing on workers and in older markers. */
  readonly auditLogs?: boolean;
  /** Whether a control plane's API server shares its port with a load balancer; missing on workers and in older markers. */
  readonly sharesPort?: boolean;
  /** What the kubelet was last told; missing before it is, and in older markers. */
  readonly kubelet?: KubeletNote;
  /** What came out of an archive, to see what was replaced since: nobody publishes digests of what is inside. */
  readonly unpacked?: UnpackedArchive;
}

export interface KubeletNote {
  /** Digest of the configuration that was asked for. */
  readonly asked: string;
  /** Path → digest of what kubeadm wrote from it, to see edits by hand. */
  readonly files: Readonly<Record<string, string>>;
}

export interface UnpackedArchive {
  /** Digest of the archive. */
  readonly archive: string;
  /** Path → digest. */
  readonly files: Readonly<Record<string, string>>;
}

/** What can be said of a host at one moment. */
export type HostSight =
  | { readonly reachable: true; readonly facts: HostFacts }
  | { readonly reachable: false; readonly why: string; readonly kind: import("./remote.js").RemoteFailureKind };

/** What a healthy control plane says of the cluster as a whole. */
export interface ClusterSight {
  /** Kubernetes version of the API server. */
  readonly version: string;
  readonly nodes: readonly NodeSight[];
  readonly etcd: readonly EtcdMemberSight[];
  /** Digest of the cluster authority. */
  readonly caHash: string;
  /** Version in kubeadm's stored configuration: what the next control plane would be made as. */
  readonly configuredVersion: string;
  /** Digest of the settings that kube-proxy was last given; undefined where nobody noted it, or there is none yet. */
  readonly kubeProxySettings: string | undefined;
}

export interface NodeSight {
  readonly name: string;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly kubeletVersion: string;
  readonly address: string;
  readonly controlPlane: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

export interface EtcdMemberSight {
  /** Hexadecimal id. */
  readonly id: string;
  readonly name: string;
  readonly peerUrl: string;
  readonly learner: boolean;
  readonly healthy: boolean;
}
