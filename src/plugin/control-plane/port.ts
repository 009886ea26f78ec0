import type { ComponentStatus, LocalClusterSpec, LocalClusterState } from "../../local/spec.js";

/**
 * What the resource needs of the machine: the embedded control plane and the
 * parts it runs. The real one is `machine.ts`; tests bring their own.
 */
export interface ControlPlaneMachine {
  releases(): Promise<KubernetesReleases>;
  /** Folder of a cluster of that name. */
  dataDirectory(clusterName: string): string;
  /** Who makes a cluster, from the resource's URN: written into its folder, so that nobody takes it for theirs. */
  ownerOf(urn: string): string;
  /** Makes the cluster as the spec says, whatever is there already: creates, mends, resizes, upgrades. */
  ensure(spec: LocalClusterSpec, options: EnsureOptions): Promise<LocalClusterState>;
  /** Undefined when there is no cluster; a part that is down is told, not thrown. */
  observe(dataDirectory: string): Promise<LocalClusterState | undefined>;
  /** Liveness only, in milliseconds. */
  probe(dataDirectory: string): Promise<Components>;
  /** What the cluster was made from, as its folder records it; undefined when there is none. */
  recorded(dataDirectory: string): Promise<LocalClusterSpec | undefined>;
  /** Leaves no process, port or file. */
  destroy(dataDirectory: string, options: EnsureOptions): Promise<void>;
}

/** The Kubernetes versions that can be had. */
export interface KubernetesReleases {
  /** Minor to full version, for example `{"1.35": "1.35.3"}`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly defaultMinor: string;
}

/** Each process and whether it lives. */
export type Components = Readonly<Record<string, ComponentStatus>>;

export interface EnsureOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}
