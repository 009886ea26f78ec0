import type { Leaf } from "./leaf.js";

/**
 * A Workload with every default filled in and every shorthand expanded: plain
 * data, Outputs only at the leaves. Parts that come from the user's arguments
 * carry the property path they came from, for problems.
 */
export interface WorkloadSpec {
  readonly name: string;
  readonly namespace: Leaf<string>;
  readonly controller: "Deployment" | "ReplicaSet";
  /** In the order in which they are written. */
  readonly containers: readonly ContainerSpec[];
  /** Init containers and sidecars, in the order in which they start. */
  readonly initContainers: readonly ContainerSpec[];
  readonly volumes: readonly VolumeSpec[];
  readonly scaling: ScalingSpec;
  /** Absent when there is nothing to reach. */
  readonly service?: ServiceSpec;
  readonly disruption: DisruptionSpec;
  readonly spread: readonly SpreadSpec[];
  readonly serviceAccount: ServiceAccountSpec;
  /** Absent when the pods are nobody in the cloud. */
  readonly identity?: { readonly grants: readonly GrantSpec[] };
  /** What containers do not set themselves. */
  readonly security: { readonly runAsUser?: number; readonly runAsGroup?: number; readonly fsGroup?: number };
  readonly rollout: RolloutSpec;
  readonly terminationGracePeriodSeconds: number;
  readonly labels: Readonly<Record<string, Leaf<string>>>;
  readonly annotations: Readonly<Record<string, Leaf<string>>>;
  readonly podAnnotations: Readonly<Record<string, Leaf<string>>>;
  readonly imagePullSecrets: readonly Leaf<string>[];
  readonly priorityClassName?: Leaf<string>;
  readonly pool?: string;
  readonly nodeSelector: Readonly<Record<string, Leaf<string>>>;
  readonly tolerations: readonly TolerationSpec[];
}

export interface ContainerSpec {
  readonly path: string;
  readonly name: string;
  readonly role: "main" | "init" | "sidecar";
  readonly image: Leaf<string>;
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  readonly command?: readonly Leaf<string>[];
  readonly args?: readonly Leaf<string>[];
  readonly workingDir?: Leaf<string>;
  readonly env: readonly EnvSpec[];
  readonly ports: readonly PortSpec[];
  readonly resources: ResourcesSpec;
  readonly mounts: readonly MountSpec[];
  readonly probes: readonly ProbeSpec[];
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly readOnlyRootFilesystem: boolean;
}

export interface PortSpec {
  readonly path: string;
  readonly name: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

interface EnvBase {
  readonly path: string;
  readonly name: string;
}
export interface KeyRefSpec {
  readonly name: Leaf<string>;
  readonly key: Leaf<string>;
  readonly optional: boolean;
}
export type EnvSpec = EnvBase &
  (
    | { readonly from: "value"; readonly value: Leaf<string> }
    /** Kept in the workload's own Secret. */
    | { readonly from: "sensitive"; readonly value: Leaf<string> }
    | { readonly from: "config"; readonly ref: KeyRefSpec }
    | { readonly from: "secret"; readonly ref: KeyRefSpec }
    | { readonly from: "field"; readonly field: string }
    /** Not exactly one source was given; `checkEnv` says which. */
    | { readonly from: "unclear"; readonly given: readonly string[] }
  );

export interface ResourcesSpec {
  readonly path: string;
  readonly cpu: Leaf<string>;
  readonly memory: Leaf<string>;
  readonly cpuLimit?: Leaf<string>;
  readonly memoryLimit: Leaf<string>;
  readonly ephemeralStorage?: Leaf<string>;
}

export interface MountSpec {
  readonly path: string;
  readonly volume: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly: boolean;
}

/** What a probe asks; `port` is absent when no default could be told. */
export type ProbeAction =
  | {
      readonly by: "http";
      readonly path: Leaf<string>;
      readonly port?: string;
      readonly scheme: "HTTP" | "HTTPS";
      readonly headers: Readonly<Record<string, Leaf<string>>>;
    }
  | { readonly by: "tcp"; readonly port?: string }
  | { readonly by: "grpc"; readonly port?: string; readonly service?: string }
  | { readonly by: "exec"; readonly command: readonly Leaf<string>[] }
  | { readonly by: "unclear"; readonly given: readonly string[] };

export interface ProbeSpec {
  readonly path: string;
  readonly kind: "readiness" | "liveness" | "startup";
  readonly action: ProbeAction;
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

export type VolumeSpec = { readonly path: string; readonly name: string } & (
  | {
      readonly from: "config" | "secret";
      readonly data: Readonly<Record<string, Leaf<string>>>;
      readonly objectName: string;
    }
  | { readonly from: "existingConfig" | "existingSecret"; readonly objectName: Leaf<string> }
  | { readonly from: "emptyDir"; readonly sizeLimit: Leaf<string>; readonly medium: "Disk" | "Memory" }
  | { readonly from: "unclear"; readonly given: readonly string[]; readonly of: readonly string[] }
);

export type ScalingSpec =
  | { readonly mode: "fixed"; readonly replicas: number }
  | {
      readonly mode: "auto";
      readonly min: number;
      readonly max: number;
      readonly cpu?: number;
      readonly memory?: number;
      readonly scaleDownWindowSeconds: number;
      readonly scaleUpWindowSeconds: number;
    }
  | { readonly mode: "unclear"; readonly given: readonly string[] };

export interface ServiceSpec {
  readonly type: "ClusterIP" | "LoadBalancer";
  readonly headless: boolean;
  /** Which controller makes the load balancer; absent for the cluster's own. */
  readonly loadBalancerClass?: string;
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: "TCP" | "UDP" | "SCTP";
  }[];
  /** Names of the ports that were given other numbers, known or not. */
  readonly renumbered: readonly string[];
  readonly annotations: Readonly<Record<string, Leaf<string>>>;
  readonly allowedCidrs: readonly Leaf<string>[];
}

export interface DisruptionSpec {
  /** Both when the user gave both, which is a problem; one of them otherwise. */
  readonly maxUnavailable?: string;
  readonly minAvailable?: string;
  readonly unhealthyPodEviction: "AlwaysAllow" | "IfHealthyBudget";
}

export interface SpreadSpec {
  readonly over: "kubernetes.io/hostname" | "topology.kubernetes.io/zone";
  readonly mode: "ScheduleAnyway" | "DoNotSchedule";
  readonly maxSkew: number;
}

export type ServiceAccountSpec = { readonly mountToken: boolean } & (
  | { readonly own: true; readonly annotations: Readonly<Record<string, Leaf<string>>> }
  | { readonly own: false; readonly name: Leaf<string> }
);

export interface GrantSpec {
  readonly path: string;
  readonly role: Leaf<string>;
  readonly scope?: Leaf<string>;
}

export interface RolloutSpec {
  /** What the user wrote, by property. */
  readonly given: readonly string[];
  readonly strategy: "RollingUpdate" | "Recreate";
  readonly maxUnavailable: string;
  readonly maxSurge: string;
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
  readonly revisionHistoryLimit?: number;
}

export interface TolerationSpec {
  readonly path: string;
  readonly key?: string;
  readonly operator: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  readonly tolerationSeconds?: number;
}

/** Every container of the pod. */
export function allContainers(spec: WorkloadSpec): readonly ContainerSpec[] {
  return [...spec.initContainers, ...spec.containers];
}

/** Whether there is a Secret for the sensitive environment. */
export function usesEnvSecret(spec: WorkloadSpec): boolean {
  return allContainers(spec).some(({ env }) => env.some(({ from }) => from === "sensitive"));
}

/** The fewest pods there are meant to be. */
export function fewestPods(scaling: ScalingSpec): number {
  if (scaling.mode === "fixed") return scaling.replicas;
  return scaling.mode === "auto" ? scaling.min : 0;
}
