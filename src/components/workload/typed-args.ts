import type * as pulumi from "@pulumi/pulumi";
import type {
  AutoScalingArgs,
  ConfigVolumeArgs,
  ContainerArgs,
  DisruptionArgs,
  EmptyDirArgs,
  EnvArgs,
  GrpcProbeArgs,
  HttpProbeArgs,
  InitContainerArgs,
  PortArgs,
  ProbeArgs,
  RolloutArgs,
  SecretVolumeArgs,
  SidecarArgs,
  WorkloadArgs,
} from "./args.js";

/** Exactly one of the properties `K`; the compiler refuses none and two. */
type ExactlyOne<K extends object> = {
  [P in keyof K]-?: { readonly [Q in P]-?: Exclude<K[Q], undefined> } & { readonly [Q in Exclude<keyof K, P>]?: never };
}[keyof K];

/** A port of the container by its name or number. */
export type PortRef = string | number;

/** A number of pods, or a percentage such as "25%". */
export type PodCount = number | string;

export type TypedPortArgs = number | PortArgs;

/** A plain text or an Output; or exactly one of `value`, `config`, `secret`, `field`. */
export type TypedEnvArgs =
  | pulumi.Input<string>
  | ({
      readonly sensitive?: boolean;
      readonly config?: never;
      readonly secret?: never;
      readonly field?: never;
    } & Required<Pick<EnvArgs, "value">>)
  | (ExactlyOne<Pick<EnvArgs, "config" | "secret" | "field">> & {
      readonly value?: never;
      readonly sensitive?: never;
    });

export interface TypedHttpProbeArgs extends Omit<HttpProbeArgs, "port"> {
  /** @default the container's only port, or the one named "http" */
  readonly port?: PortRef;
}

/** How a probe asks: exactly one of `http`, `tcp`, `grpc`, `exec`. */
interface ProbeActions {
  /** A path, or a path with its port. */
  readonly http: string | TypedHttpProbeArgs;
  /** A port. */
  readonly tcp: PortRef | { readonly port?: PortRef };
  /** A port, or a port with a service name. */
  readonly grpc: PortRef | (Omit<GrpcProbeArgs, "port"> & { readonly port?: PortRef });
  readonly exec: pulumi.Input<string>[];
}

export type TypedProbeArgs = Omit<ProbeArgs, keyof ProbeActions> & ExactlyOne<ProbeActions>;

interface WithShorthands {
  /** Environment variables, by name. */
  readonly env?: Record<string, TypedEnvArgs>;
}

interface WithPortsAndProbes extends WithShorthands {
  /** Ports the container listens on, by name: a number, or a number with its protocol. */
  readonly ports?: Record<string, TypedPortArgs>;
  /** Whether the pod gets traffic. @default a TCP connection to the container's main port, when it has one */
  readonly readiness?: TypedProbeArgs;
  /** Whether the container is restarted. @default none: a wrong one restarts healthy pods */
  readonly liveness?: TypedProbeArgs;
  /** Holds the other two back until it succeeds, for slow starts. @default none */
  readonly startup?: TypedProbeArgs;
}

export interface TypedInitContainerArgs extends Omit<InitContainerArgs, keyof WithShorthands>, WithShorthands {}
export interface TypedContainerArgs extends Omit<ContainerArgs, keyof WithPortsAndProbes>, WithPortsAndProbes {}
export interface TypedSidecarArgs extends Omit<SidecarArgs, keyof WithPortsAndProbes>, WithPortsAndProbes {}

/** Exactly one of `data` (kept in an own object) and `name` (of an existing one). */
export type TypedConfigVolumeArgs = ExactlyOne<ConfigVolumeArgs>;
/** Exactly one of `data` (kept in an own object) and `name` (of an existing one). */
export type TypedSecretVolumeArgs = ExactlyOne<SecretVolumeArgs>;

/** Exactly one of `config`, `secret`, `emptyDir`. */
export type TypedVolumeArgs = ExactlyOne<{
  config: TypedConfigVolumeArgs;
  secret: TypedSecretVolumeArgs;
  emptyDir: EmptyDirArgs;
}>;

/** Exactly one of `fixed` and `auto`. */
export type TypedScalingArgs = ExactlyOne<{ fixed: number; auto: AutoScalingArgs }>;

/** At most one of `maxUnavailable` and `minAvailable`. */
export type TypedDisruptionArgs = Pick<DisruptionArgs, "unhealthyPodEviction"> &
  (
    | { readonly maxUnavailable?: PodCount; readonly minAvailable?: never }
    | { readonly maxUnavailable?: never; readonly minAvailable: PodCount }
  );

type RolloutTimes = Pick<RolloutArgs, "minReadySeconds" | "progressDeadlineSeconds" | "revisionHistoryLimit">;

/** Recreate knows no `maxSurge` and no `maxUnavailable`. */
export type TypedRolloutArgs = RolloutTimes &
  (
    | { readonly strategy?: "RollingUpdate"; readonly maxUnavailable?: PodCount; readonly maxSurge?: PodCount }
    | { readonly strategy: "Recreate"; readonly maxUnavailable?: never; readonly maxSurge?: never }
  );

interface WorkloadBlocks {
  /** The containers that do the work, by name. */
  readonly containers: Record<string, TypedContainerArgs>;
  /** Containers that run to their end, one after the other as written, before `containers` start. */
  readonly initContainers?: Record<string, TypedInitContainerArgs>;
  /** Containers that start before `containers`, stay beside them, and end after them. */
  readonly sidecars?: Record<string, TypedSidecarArgs>;
  /** Volumes that containers mount, by name. */
  readonly volumes?: Record<string, TypedVolumeArgs>;
  /** How many pods. @default { fixed: 2 } */
  readonly scaling?: TypedScalingArgs;
  /** How many pods a node drain may take at once. @default { maxUnavailable: 1 } */
  readonly disruption?: TypedDisruptionArgs;
}

type Controlled =
  | { readonly controller?: "Deployment"; readonly rollout?: TypedRolloutArgs }
  | { readonly controller: "ReplicaSet"; readonly rollout?: never };

/** The arguments of a Workload. */
export type TypedWorkloadArgs = Omit<WorkloadArgs, keyof WorkloadBlocks | "controller" | "rollout"> &
  WorkloadBlocks &
  Controlled;
