/** Taint as the Kubernetes API writes it. */
export interface LocalTaint {
  readonly key: string;
  readonly value?: string;
  /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`. */
  readonly effect: string;
}

/** One group of equal simulated nodes. */
export interface LocalPoolSpec {
  /** Nodes are named `<name>-<n>`, counted from 0. */
  readonly name: string;
  readonly count: number;
  /** Kubernetes quantity, for example `4` or `3920m`. */
  readonly cpu: string;
  /** Kubernetes quantity, for example `16Gi`. */
  readonly memory: string;
  readonly arch: "amd64" | "arm64";
  readonly labels: Readonly<Record<string, string>>;
  /** Values of labels that every node gets (pool, zone, region, instance type), where this pool has its own. @default none */
  readonly standardLabels?: Readonly<Record<string, string>>;
  readonly taints: readonly LocalTaint[];
}

/** Everything the engine needs to know about a cluster: plain data, every default filled in. */
export interface LocalClusterSpec {
  /** Unique on this machine and safe in a file name. */
  readonly id: string;
  /** Absolute path; all files of the cluster live below it and go with it. */
  readonly dataDirectory: string;
  /** Who made the cluster, for example a Pulumi URN; nobody else may change it. */
  readonly owner: string;
  /** Full version, for example `1.35.3`. */
  readonly kubernetesVersion: string;
  readonly pools: readonly LocalPoolSpec[];
  /** IPv4; each node gets a part of it (see `nodeCidrMaskSize`). */
  readonly podCidr: string;
  /** IPv4, disjoint from `podCidr`. */
  readonly serviceCidr: string;
  /** Metadata of every request goes to `audit.log` in the data directory. */
  readonly auditLogs: boolean;
  /** Secrets are encrypted in etcd with a key generated for this cluster. */
  readonly secretsEncryption: boolean;
  readonly hpaSyncPeriodSeconds: number;
  readonly hpaDownscaleStabilizationSeconds: number;
  /** At least 10: metrics-server accepts nothing shorter. */
  readonly metricsResolutionSeconds: number;
}

/** The parts of a control plane, in the order in which they depend on one another. */
export const componentNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
] as const;

export type Component = (typeof componentNames)[number];

/** Path of each component's executable. */
export type LocalBinaries = Readonly<Record<Component, string>>;

/** `down`: no process; `unhealthy`: a process that does not answer as it should. */
export type ComponentStatus = "running" | "down" | "unhealthy";

/** What runs, as seen at one moment. */
export interface LocalClusterState {
  /** URL of the API server, on loopback. */
  readonly endpoint: string;
  /** Holds the administrator's client certificate and key: a secret. */
  readonly kubeconfig: string;
  /** PEM of the authority that signed the API server's certificate. */
  readonly certificateAuthority: string;
  readonly kubernetesVersion: string;
  /** `kwok` speaks for the simulated nodes as a whole: kwok itself and the kubelet endpoint. */
  readonly components: Readonly<Record<Component, ComponentStatus>>;
  /** Nodes that are Ready. */
  readonly nodes: number;
  readonly ports: Readonly<Record<string, number>>;
}

export interface EnsureOptions {
  readonly signal?: AbortSignal;
  /** Called with a short sentence at each step worth showing. */
  readonly onProgress?: (message: string) => void;
}
