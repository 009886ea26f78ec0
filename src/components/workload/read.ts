import * as pulumi from "@pulumi/pulumi";
import {
  block,
  choice,
  flag,
  integer,
  listOf,
  mapOf,
  optional,
  orLater,
  required,
  type Shape,
  shorthand,
  text,
} from "../../core/shape.js";
import type { ClusterRef } from "../../providers/contract.js";
import type {
  AutoScalingArgs,
  ConfigVolumeArgs,
  ContainerArgs,
  ContainerSecurityArgs,
  DisruptionArgs,
  EmptyDirArgs,
  EnvArgs,
  GrantArgs,
  GrpcProbeArgs,
  HttpProbeArgs,
  IdentityArgs,
  InitContainerArgs,
  KeyRefArgs,
  MountArgs,
  PodSecurityArgs,
  PortArgs,
  ProbeArgs,
  ResourcesArgs,
  RolloutArgs,
  ScalingArgs,
  SecretVolumeArgs,
  ServiceAccountArgs,
  ServiceArgs,
  SidecarArgs,
  SpreadArgs,
  TcpProbeArgs,
  TolerationArgs,
  VolumeArgs,
  WorkloadArgs,
} from "./args.js";
import { isLater } from "./leaf.js";

// The shapes of `args.ts`, and the shorthands of `typed-args.ts` that expand to them.
// The compiler keeps each list of properties complete.

const leaf: Shape<pulumi.Input<string>> = orLater(text, isLater<string>);
const leaves = listOf(leaf);
export const leafMap = mapOf(leaf);

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isTextOrNumber = (value: unknown): value is string | number => isText(value) || isNumber(value);
const isValue = (value: unknown): value is pulumi.Input<string> => isText(value) || isLater<string>(value);

/** Port references, and counts of pods: a number means its own text. */
const textOrNumber: Shape<string> = shorthand("a number or a text", isTextOrNumber, String, text);

const port = shorthand(
  "a port number or a block",
  isNumber,
  (number) => ({ port: number }),
  block<PortArgs>({
    port: required(integer(1, 65_535)),
    protocol: optional(choice(["TCP", "UDP", "SCTP"])),
  }),
);

const keyRef = block<KeyRefArgs>({ name: required(leaf), key: required(leaf), optional: optional(flag) });

const env = shorthand(
  "a text or a block",
  isValue,
  (value) => ({ value }),
  block<EnvArgs>({
    value: optional(leaf),
    sensitive: optional(flag),
    config: optional(keyRef),
    secret: optional(keyRef),
    field: optional(text),
  }),
);

const resources = block<ResourcesArgs>({
  cpu: required(leaf),
  memory: required(leaf),
  cpuLimit: optional(leaf),
  memoryLimit: optional(leaf),
  ephemeralStorage: optional(leaf),
});

const mount = block<MountArgs>({
  volume: required(text),
  path: required(text),
  subPath: optional(text),
  readOnly: optional(flag),
});

const containerSecurity = {
  runAsUser: optional(integer(0)),
  runAsGroup: optional(integer(0)),
  readOnlyRootFilesystem: optional(flag),
};

const probe = block<ProbeArgs>({
  http: optional(
    shorthand(
      "a path or a block",
      isText,
      (path) => ({ path }),
      block<HttpProbeArgs>({
        path: required(leaf),
        port: optional(textOrNumber),
        scheme: optional(choice(["HTTP", "HTTPS"])),
        headers: optional(leafMap),
      }),
    ),
  ),
  tcp: optional(
    shorthand(
      "a port or a block",
      isTextOrNumber,
      (reference) => ({ port: reference }),
      block<TcpProbeArgs>({
        port: optional(textOrNumber),
      }),
    ),
  ),
  grpc: optional(
    shorthand(
      "a port or a block",
      isTextOrNumber,
      (reference) => ({ port: reference }),
      block<GrpcProbeArgs>({
        port: optional(textOrNumber),
        service: optional(text),
      }),
    ),
  ),
  exec: optional(leaves),
  initialDelaySeconds: optional(integer(0)),
  periodSeconds: optional(integer(1)),
  timeoutSeconds: optional(integer(1)),
  successThreshold: optional(integer(1)),
  failureThreshold: optional(integer(1)),
});

const initContainer = {
  image: required(leaf),
  imagePullPolicy: optional(choice(["IfNotPresent", "Always", "Never"])),
  command: optional(leaves),
  args: optional(leaves),
  workingDir: optional(leaf),
  env: optional(mapOf(env)),
  resources: required(resources),
  mounts: optional(listOf(mount)),
  security: optional(block<ContainerSecurityArgs>(containerSecurity)),
};

const container = {
  ...initContainer,
  ports: optional(mapOf(port)),
  readiness: optional(probe),
  liveness: optional(probe),
  startup: optional(probe),
};

const volume = block<VolumeArgs>({
  config: optional(block<ConfigVolumeArgs>({ data: optional(leafMap), name: optional(leaf) })),
  secret: optional(block<SecretVolumeArgs>({ data: optional(leafMap), name: optional(leaf) })),
  emptyDir: optional(block<EmptyDirArgs>({ sizeLimit: required(leaf), medium: optional(choice(["Disk", "Memory"])) })),
});

const scaling = block<ScalingArgs>({
  fixed: optional(integer(0)),
  auto: optional(
    block<AutoScalingArgs>({
      min: optional(integer(0)),
      max: required(integer(1)),
      cpu: optional(integer(0)),
      memory: optional(integer(0)),
      scaleDownWindowSeconds: optional(integer(0, 3600)),
      scaleUpWindowSeconds: optional(integer(0, 3600)),
    }),
  ),
});

const spreadMode = choice(["ScheduleAnyway", "DoNotSchedule", "none"]);

/** The cluster is a resource or plain data; its own checks are elsewhere. */
export const clusterShape: Shape<ClusterRef> = {
  placeholder: { kubeconfig: "", target: "existing" },
  read(value, path, problems) {
    if (isClusterRef(value)) return value;
    problems.add({
      code: "cluster/not-a-cluster",
      path,
      why: "is not a cluster: it has no kubeconfig and target",
      fix: 'pass a Cluster, or { kubeconfig, target: "existing" }',
    });
    return this.placeholder;
  },
};

function isClusterRef(value: unknown): value is ClusterRef {
  return (
    typeof value === "object" &&
    value !== null &&
    "kubeconfig" in value &&
    "target" in value &&
    !pulumi.Output.isInstance(value)
  );
}

/** What `WorkloadArgs` and `TypedWorkloadArgs` are read with. */
export const workloadShape = block<WorkloadArgs>({
  cluster: required(clusterShape),
  name: optional(text),
  namespace: optional(leaf),
  controller: optional(choice(["Deployment", "ReplicaSet"])),
  containers: required(mapOf(block<ContainerArgs>(container))),
  initContainers: optional(mapOf(block<InitContainerArgs>(initContainer))),
  sidecars: optional(mapOf(block<SidecarArgs>({ ...container, start: optional(choice(["beforeInit", "afterInit"])) }))),
  volumes: optional(mapOf(volume)),
  scaling: optional(scaling),
  service: optional(
    block<ServiceArgs>({
      type: optional(choice(["ClusterIP", "LoadBalancer", "none"])),
      headless: optional(flag),
      ports: optional(mapOf(integer(1, 65_535))),
      annotations: optional(leafMap),
      allowedCidrs: optional(leaves),
    }),
  ),
  disruption: optional(
    block<DisruptionArgs>({
      maxUnavailable: optional(textOrNumber),
      minAvailable: optional(textOrNumber),
      unhealthyPodEviction: optional(choice(["AlwaysAllow", "IfHealthyBudget"])),
    }),
  ),
  spread: optional(
    block<SpreadArgs>({
      hosts: optional(spreadMode),
      zones: optional(spreadMode),
      maxSkew: optional(integer(1)),
    }),
  ),
  serviceAccount: optional(
    block<ServiceAccountArgs>({
      name: optional(leaf),
      annotations: optional(leafMap),
      mountToken: optional(flag),
    }),
  ),
  identity: optional(
    block<IdentityArgs>({
      grants: required(listOf(block<GrantArgs>({ role: required(leaf), scope: optional(leaf) }))),
    }),
  ),
  security: optional(block<PodSecurityArgs>({ ...containerSecurity, fsGroup: optional(integer(0)) })),
  rollout: optional(
    block<RolloutArgs>({
      strategy: optional(choice(["RollingUpdate", "Recreate"])),
      maxUnavailable: optional(textOrNumber),
      maxSurge: optional(textOrNumber),
      minReadySeconds: optional(integer(0)),
      progressDeadlineSeconds: optional(integer(1)),
      revisionHistoryLimit: optional(integer(0)),
    }),
  ),
  terminationGracePeriodSeconds: optional(integer(0)),
  labels: optional(leafMap),
  annotations: optional(leafMap),
  podAnnotations: optional(leafMap),
  imagePullSecrets: optional(leaves),
  priorityClassName: optional(leaf),
  pool: optional(text),
  nodeSelector: optional(leafMap),
  tolerations: optional(
    listOf(
      block<TolerationArgs>({
        key: optional(text),
        operator: optional(choice(["Equal", "Exists"])),
        value: optional(text),
        effect: optional(choice(["NoSchedule", "PreferNoSchedule", "NoExecute"])),
        tolerationSeconds: optional(integer(0)),
      }),
    ),
  ),
});
