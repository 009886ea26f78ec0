/**
 * What the resource needs of the machine: the embedded control plane and the
 * parts it runs. The real one is `machine.ts`; tests bring their own.
 */
export interface ControlPlaneMachine {
  releases(): Promise<KubernetesReleases>;
  /** Folder of a cluster of that name. */
  dataDirectory(clusterName: string): string;
  /** Makes the cluster as the spec says, whatever is there already: creates, mends, resizes, upgrades. */
  ensure(spec: ClusterSpec, options: EnsureOptions): Promise<ClusterState>;
  /** Undefined when there is no cluster; a part that is down is told, not thrown. */
  observe(dataDirectory: string): Promise<ClusterState | undefined>;
  /** Liveness only, in milliseconds. */
  probe(dataDirectory: string): Promise<Components>;
  /** What the cluster was made from, as its folder records it; undefined when there is none. */
  recorded(dataDirectory: string): Promise<ClusterSpec | undefined>;
  /** Leaves no process, port or file. */
  destroy(dataDirectory: string, options: EnsureOptions): Promise<void>;
}

/** The Kubernetes versions that can be had. */
export interface KubernetesReleases {
  /** Minor to full version, for example `{"1.35": "1.35.3"}`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly defaultMinor: string;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Pool {
  readonly name: string;
  readonly count: number;
  readonly cpu: string;
  readonly memory: string;
  readonly arch: "amd64" | "arm64";
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export interface ClusterSpec {
  readonly id: string;
  readonly dataDirectory: string;
  readonly owner: string;
  readonly kubernetesVersion: string;
  readonly pools: readonly Pool[];
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly auditLogs: boolean;
  readonly secretsEncryption: boolean;
  readonly hpaSyncPeriodSeconds: number;
  readonly hpaDownscaleStabilizationSeconds: number;
  readonly metricsResolutionSeconds: number;
}

export type ComponentStatus = "running" | "down" | "unhealthy";
export type Components = Readonly<Record<string, ComponentStatus>>;

export interface ClusterState {
  readonly endpoint: string;
  readonly kubeconfig: string;
  readonly kubernetesVersion: string;
  readonly components: Components;
  readonly nodes: number;
}

export interface EnsureOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}
