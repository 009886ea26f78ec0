import type * as pulumi from "@pulumi/pulumi";
import type { ClusterRef } from "../../providers/contract.js";

/**
 * The flat form of a Workload's arguments: what every Pulumi language can write
 * (string unions, optional blocks, no unions of shapes). TypeScript programs
 * write `TypedWorkloadArgs`, which is the same with shorthands and with wrong
 * combinations refused by the compiler.
 *
 * What decides which objects exist is plain; everything else takes an Output.
 */
export interface WorkloadArgs {
  /** The cluster to run on: a `Cluster`, or its kubeconfig and target as plain data. */
  readonly cluster: ClusterRef;
  /**
   * Name of the Kubernetes objects. Changing it replaces them.
   * @default the component's name
   */
  readonly name?: string;
  /** Namespace to run in; it must exist. @default "default" */
  readonly namespace?: pulumi.Input<string>;
  /** What keeps the pods running. A ReplicaSet never rolls out a change to running pods. @default "Deployment" */
  readonly controller?: "Deployment" | "ReplicaSet";
  /** The containers that do the work, by name. */
  readonly containers: Record<string, ContainerArgs>;
  /** Containers that run to their end, one after the other as written, before `containers` start. */
  readonly initContainers?: Record<string, InitContainerArgs>;
  /** Containers that start before `containers`, stay beside them, and end after them. */
  readonly sidecars?: Record<string, SidecarArgs>;
  /** Volumes that containers mount, by name. */
  readonly volumes?: Record<string, VolumeArgs>;
  /** How many pods. @default { fixed: 2 } */
  readonly scaling?: ScalingArgs;
  /** How the ports are reached. @default a ClusterIP Service over all ports, when there are any */
  readonly service?: ServiceArgs;
  /** How many pods a node drain may take at once. @default { maxUnavailable: "1" } */
  readonly disruption?: DisruptionArgs;
  /** How pods spread over nodes and zones. */
  readonly spread?: SpreadArgs;
  /** Identity of the pods. @default a service account of their own, without a token mounted */
  readonly serviceAccount?: ServiceAccountArgs;
  /**
   * What the pods may do in the cloud of their cluster, without any password:
   * their service account is trusted there. Not on targets without a cloud.
   * @default nothing
   */
  readonly identity?: IdentityArgs;
  /** User and file system settings of all containers. The rest meets the Pod Security Standard "restricted" and cannot be loosened. */
  readonly security?: PodSecurityArgs;
  /** How a change reaches the pods. Not with a ReplicaSet. */
  readonly rollout?: RolloutArgs;
  /** Seconds a pod gets to end by itself. @default 30 */
  readonly terminationGracePeriodSeconds?: number;
  /** Labels of every object and pod, beside the standard app.kubernetes.io ones. */
  readonly labels?: Record<string, pulumi.Input<string>>;
  /** Annotations of every object. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
  /** Annotations of the pods; changing one rolls them. */
  readonly podAnnotations?: Record<string, pulumi.Input<string>>;
  /** Names of the Secrets to pull images with. */
  readonly imagePullSecrets?: pulumi.Input<string>[];
  /** Priority class of the pods. */
  readonly priorityClassName?: pulumi.Input<string>;
  /** Node pool to run on, as named in the cluster's `pools`. @default any */
  readonly pool?: string;
  /** Labels a node must have. */
  readonly nodeSelector?: Record<string, pulumi.Input<string>>;
  /** Taints the pods tolerate. */
  readonly tolerations?: TolerationArgs[];
}

export interface InitContainerArgs {
  /** Image with a tag other than `latest`, or a digest. */
  readonly image: pulumi.Input<string>;
  /** @default "IfNotPresent" */
  readonly imagePullPolicy?: "IfNotPresent" | "Always" | "Never";
  /** Replaces the image's entrypoint. */
  readonly command?: pulumi.Input<string>[];
  /** Replaces the image's arguments. */
  readonly args?: pulumi.Input<string>[];
  /** @default the image's working directory */
  readonly workingDir?: pulumi.Input<string>;
  /** Environment variables, by name. */
  readonly env?: Record<string, EnvArgs>;
  /** What the container asks for and may use at most. */
  readonly resources: ResourcesArgs;
  /** Where volumes appear in the container's file system. */
  readonly mounts?: MountArgs[];
  /** Overrides the workload's `security` for this container. */
  readonly security?: ContainerSecurityArgs;
}

export interface ContainerArgs extends InitContainerArgs {
  /** Ports the container listens on, by name; a name is unique in the pod. */
  readonly ports?: Record<string, PortArgs>;
  /** Whether the pod gets traffic. @default a TCP connection to the container's main port, when it has one */
  readonly readiness?: ProbeArgs;
  /** Whether the container is restarted. @default none: a wrong one restarts healthy pods */
  readonly liveness?: ProbeArgs;
  /** Holds the other two back until it succeeds, for slow starts. @default none */
  readonly startup?: ProbeArgs;
}

export interface SidecarArgs extends ContainerArgs {
  /** Whether it starts before the init containers, which can then use it, or after them. @default "beforeInit" */
  readonly start?: "beforeInit" | "afterInit";
}

export interface PortArgs {
  /** 1 to 65535. */
  readonly port: number;
  /** @default "TCP" */
  readonly protocol?: "TCP" | "UDP" | "SCTP";
}

/** Exactly one of `value`, `config`, `secret`, `field`. */
export interface EnvArgs {
  /**
   * The value itself. One that is an Output is kept in a Secret, because
   * whether it is secret shows only once it is known.
   */
  readonly value?: pulumi.Input<string>;
  /**
   * Whether `value` is kept in a Secret and not in the pod's definition.
   * An Output marked secret is refused with `false`.
   * @default true for an Output, false for a plain text
   */
  readonly sensitive?: boolean;
  /** A key of an existing ConfigMap. */
  readonly config?: KeyRefArgs;
  /** A key of an existing Secret. */
  readonly secret?: KeyRefArgs;
  /** A fact of the pod (`metadata.name`, `status.podIP`, …) or of this container (`limits.memory`, `requests.cpu`, …). */
  readonly field?: string;
}

export interface KeyRefArgs {
  readonly name: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  /** Whether the pod starts without it. @default false */
  readonly optional?: boolean;
}

export interface ResourcesArgs {
  /** Processor share asked for, for example "250m". */
  readonly cpu: pulumi.Input<string>;
  /** Memory asked for, for example "256Mi". */
  readonly memory: pulumi.Input<string>;
  /** @default none: an idle processor may be used */
  readonly cpuLimit?: pulumi.Input<string>;
  /** @default the same as `memory`, so that a node never runs out of what it promised */
  readonly memoryLimit?: pulumi.Input<string>;
  /** Local disk asked for, and its limit. @default none */
  readonly ephemeralStorage?: pulumi.Input<string>;
}

/** Exactly one of `http`, `tcp`, `grpc`, `exec`. */
export interface ProbeArgs {
  readonly http?: HttpProbeArgs;
  readonly tcp?: TcpProbeArgs;
  readonly grpc?: GrpcProbeArgs;
  /** A command that succeeds with exit code 0. */
  readonly exec?: pulumi.Input<string>[];
  /** @default 0 */
  readonly initialDelaySeconds?: number;
  /** @default 10 */
  readonly periodSeconds?: number;
  /** @default 1 */
  readonly timeoutSeconds?: number;
  /** Must be 1 for liveness and startup. @default 1 */
  readonly successThreshold?: number;
  /** @default 3 */
  readonly failureThreshold?: number;
}

export interface HttpProbeArgs {
  /** Starts with "/". */
  readonly path: pulumi.Input<string>;
  /** Name or number of a port of this container. @default its only port, or the one named "http" */
  readonly port?: string;
  /** @default "HTTP" */
  readonly scheme?: "HTTP" | "HTTPS";
  readonly headers?: Record<string, pulumi.Input<string>>;
}

export interface TcpProbeArgs {
  /** Name or number of a port of this container. @default its only port, or the one named "http" */
  readonly port?: string;
}

export interface GrpcProbeArgs {
  /** Name or number of a port of this container. @default its only port, or the one named "grpc" */
  readonly port?: string;
  /** Service name asked for in the health check. */
  readonly service?: string;
}

/** Exactly one of `config`, `secret`, `emptyDir`. */
export interface VolumeArgs {
  /** Files from a ConfigMap. */
  readonly config?: ConfigVolumeArgs;
  /** Files from a Secret. */
  readonly secret?: SecretVolumeArgs;
  /** Space that lives as long as the pod. */
  readonly emptyDir?: EmptyDirArgs;
}

/** Exactly one of `data` and `name`. */
export interface ConfigVolumeArgs {
  /** File name to content; a change rolls the pods. */
  readonly data?: Record<string, pulumi.Input<string>>;
  /** Name of an existing ConfigMap. */
  readonly name?: pulumi.Input<string>;
}

/** Exactly one of `data` and `name`. */
export interface SecretVolumeArgs {
  /** File name to content, always treated as secret; a change rolls the pods. */
  readonly data?: Record<string, pulumi.Input<string>>;
  /** Name of an existing Secret. */
  readonly name?: pulumi.Input<string>;
}

export interface EmptyDirArgs {
  /** A pod that writes more is evicted, instead of filling the node. */
  readonly sizeLimit: pulumi.Input<string>;
  /** "Memory" counts towards the container's memory limit. @default the node's disk */
  readonly medium?: "Disk" | "Memory";
}

export interface MountArgs {
  /** Name of one of the workload's `volumes`. */
  readonly volume: string;
  /** Absolute path in the container. */
  readonly path: string;
  /** Only this file or folder of the volume. A mounted file does not follow later changes. */
  readonly subPath?: string;
  /** @default true for config and secret volumes, false for emptyDir */
  readonly readOnly?: boolean;
}

/** Exactly one of `fixed` and `auto`. */
export interface ScalingArgs {
  /** This many pods. */
  readonly fixed?: number;
  /** As many pods as the load asks for. */
  readonly auto?: AutoScalingArgs;
}

export interface AutoScalingArgs {
  /** At least 1. @default 2 */
  readonly min?: number;
  readonly max: number;
  /** Average processor use to keep, in percent of what the containers ask for. @default 70, when `memory` is not given either */
  readonly cpu?: number;
  /** Average memory use to keep, in percent of what the containers ask for. */
  readonly memory?: number;
  /** Seconds a lower need must last before pods are taken away. @default 300 */
  readonly scaleDownWindowSeconds?: number;
  /** Seconds a higher need must last before pods are added. @default 0 */
  readonly scaleUpWindowSeconds?: number;
}

export interface ServiceArgs {
  /** @default "ClusterIP" */
  readonly type?: "ClusterIP" | "LoadBalancer" | "none";
  /** Whether clients get the pods' addresses instead of one for all. @default false */
  readonly headless?: boolean;
  /** Port numbers clients use, by port name. @default the containers' numbers */
  readonly ports?: Record<string, number>;
  /** Annotations of the Service only. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
  /** Networks that may use the load balancer. @default any */
  readonly allowedCidrs?: pulumi.Input<string>[];
}

/** At most one of `maxUnavailable` and `minAvailable`. */
export interface DisruptionArgs {
  /** Number or percentage of pods that may be away. "100%" lets all go at once. @default "1" */
  readonly maxUnavailable?: string;
  /** Number or percentage of pods that must stay. */
  readonly minAvailable?: string;
  /** Whether pods that are not ready may be evicted when few are ready. @default "AlwaysAllow", so that a broken workload never blocks a drain */
  readonly unhealthyPodEviction?: "AlwaysAllow" | "IfHealthyBudget";
}

export interface SpreadArgs {
  /** Over nodes. @default "ScheduleAnyway" */
  readonly hosts?: "ScheduleAnyway" | "DoNotSchedule" | "none";
  /** Over zones. @default "ScheduleAnyway" */
  readonly zones?: "ScheduleAnyway" | "DoNotSchedule" | "none";
  /** Most pods one place may have more than another. @default 1 */
  readonly maxSkew?: number;
}

export interface ServiceAccountArgs {
  /** An existing service account to use instead of an own one. */
  readonly name?: pulumi.Input<string>;
  /** Annotations of the own service account, for example for cloud identities. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
  /** Whether the pods get a token for the Kubernetes API. @default false */
  readonly mountToken?: boolean;
}

export interface IdentityArgs {
  /** What is granted, each once. */
  readonly grants: GrantArgs[];
}

/** One thing the pods may do. */
export interface GrantArgs {
  /**
   * On AWS the ARN of a managed policy, on Azure the id of a role definition,
   * on Google Cloud a role such as `roles/storage.objectViewer`.
   */
  readonly role: pulumi.Input<string>;
  /**
   * On what: on Azure a resource id, on Google Cloud a project. AWS policies say it themselves.
   * @default where the cluster's identities live
   */
  readonly scope?: pulumi.Input<string>;
}

export interface ContainerSecurityArgs {
  /** Numeric user, not 0. @default the image's, which must not be root */
  readonly runAsUser?: number;
  /** Numeric group. @default the image's */
  readonly runAsGroup?: number;
  /** Whether the container can write only to its volumes. @default true */
  readonly readOnlyRootFilesystem?: boolean;
}

export interface PodSecurityArgs extends ContainerSecurityArgs {
  /** Numeric group that owns the volumes' files. */
  readonly fsGroup?: number;
}

export interface RolloutArgs {
  /** "Recreate" ends all old pods before the first new one. @default "RollingUpdate" */
  readonly strategy?: "RollingUpdate" | "Recreate";
  /** Number or percentage of pods that may be missing meanwhile. @default "0" */
  readonly maxUnavailable?: string;
  /** Number or percentage of extra pods meanwhile. @default "25%" */
  readonly maxSurge?: string;
  /** Seconds a new pod must be ready before it counts. @default 0 */
  readonly minReadySeconds?: number;
  /** Seconds without progress after which the rollout has failed. @default 600 */
  readonly progressDeadlineSeconds?: number;
  /** Old ReplicaSets kept to roll back to. @default 10 */
  readonly revisionHistoryLimit?: number;
}

export interface TolerationArgs {
  /** Taint key; left out with "Exists" it is any. */
  readonly key?: string;
  /** @default "Equal" when there is a value, else "Exists" */
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  /** @default any */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /** Seconds a running pod stays after the taint appears, with "NoExecute". @default for ever */
  readonly tolerationSeconds?: number;
}
