import { compact } from "../../core/compact.js";
import { joinPath } from "../../core/shape.js";
import type {
  AutoScalingArgs,
  IdentityArgs,
  RolloutArgs,
  ScalingArgs,
  ServiceAccountArgs,
  ServiceArgs,
  SpreadArgs,
  TolerationArgs,
  VolumeArgs,
  WorkloadArgs,
} from "./args.js";
import { resolveContainer } from "./resolve-container.js";
import type {
  ContainerSpec,
  PortSpec,
  RolloutSpec,
  ScalingSpec,
  ServiceAccountSpec,
  ServiceSpec,
  SpreadSpec,
  TolerationSpec,
  VolumeSpec,
  WorkloadSpec,
} from "./spec.js";

/** Fills every default in. What is contradictory stays visible for `checkWorkload`. */
export function resolveWorkload(componentName: string, args: WorkloadArgs): WorkloadSpec {
  const name = args.name ?? componentName;
  const volumes = Object.entries(args.volumes ?? {}).map(([volume, given]) => resolveVolume(name, volume, given));
  const secretBacked = new Set(volumes.filter((volume) => volume.from !== "emptyDir").map((volume) => volume.name));
  const resolve = (kind: "containers" | "initContainers" | "sidecars", role: ContainerSpec["role"]): ContainerSpec[] =>
    Object.entries(args[kind] ?? {}).map(([container, given]) =>
      resolveContainer(
        { path: joinPath(kind, container), name: container, role, readOnlyVolumes: secretBacked },
        given,
        args.security ?? {},
      ),
    );

  const containers = resolve("containers", "main");
  const sidecars = resolve("sidecars", "sidecar");
  const startsLate = (sidecar: ContainerSpec) => args.sidecars?.[sidecar.name]?.start === "afterInit";
  const initContainers = [
    ...sidecars.filter((sidecar) => !startsLate(sidecar)),
    ...resolve("initContainers", "init"),
    ...sidecars.filter(startsLate),
  ];
  const { maxUnavailable, minAvailable, unhealthyPodEviction } = args.disruption ?? {};

  return compact<WorkloadSpec>({
    name,
    namespace: args.namespace ?? "default",
    controller: args.controller ?? "Deployment",
    containers,
    initContainers,
    volumes,
    scaling: resolveScaling(args.scaling),
    service: resolveService(
      args.service ?? {},
      [...containers, ...sidecars].flatMap((container) => container.ports),
    ),
    disruption: compact<WorkloadSpec["disruption"]>({
      maxUnavailable: maxUnavailable ?? (minAvailable === undefined ? "1" : undefined),
      minAvailable,
      unhealthyPodEviction: unhealthyPodEviction ?? "AlwaysAllow",
    }),
    spread: resolveSpread(args.spread ?? {}),
    serviceAccount: resolveServiceAccount(args.serviceAccount ?? {}),
    identity: resolveIdentity(args.identity),
    security: compact<WorkloadSpec["security"]>({
      runAsUser: args.security?.runAsUser,
      runAsGroup: args.security?.runAsGroup,
      fsGroup: args.security?.fsGroup,
    }),
    rollout: resolveRollout(args.rollout ?? {}),
    terminationGracePeriodSeconds: args.terminationGracePeriodSeconds ?? 30,
    labels: args.labels ?? {},
    annotations: args.annotations ?? {},
    podAnnotations: args.podAnnotations ?? {},
    imagePullSecrets: args.imagePullSecrets ?? [],
    priorityClassName: args.priorityClassName,
    pool: args.pool,
    nodeSelector: args.nodeSelector ?? {},
    tolerations: (args.tolerations ?? []).map(resolveToleration),
  });
}

function resolveVolume(workload: string, name: string, args: VolumeArgs): VolumeSpec {
  const path = joinPath("volumes", name);
  const given = (["config", "secret", "emptyDir"] as const).filter((kind) => args[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1)
    return { path, name, from: "unclear", given, of: ["config", "secret", "emptyDir"] };
  if (args.emptyDir !== undefined) {
    return { path, name, from: "emptyDir", sizeLimit: args.emptyDir.sizeLimit, medium: args.emptyDir.medium ?? "Disk" };
  }
  const source = args.config ?? args.secret ?? {};
  const inside = (["data", "name"] as const).filter((key) => source[key] !== undefined);
  const isConfig = args.config !== undefined;
  const at = joinPath(path, isConfig ? "config" : "secret");
  if (inside.length !== 1) return { path: at, name, from: "unclear", given: inside, of: ["data", "name"] };
  if (source.data !== undefined) {
    return {
      path: at,
      name,
      from: isConfig ? "config" : "secret",
      data: source.data,
      objectName: `${workload}-${name}`,
    };
  }
  return { path: at, name, from: isConfig ? "existingConfig" : "existingSecret", objectName: source.name ?? "" };
}

function resolveScaling(args: ScalingArgs | undefined): ScalingSpec {
  if (args === undefined) return { mode: "fixed", replicas: 2 };
  const { fixed, auto } = args;
  if (fixed !== undefined && auto === undefined) return { mode: "fixed", replicas: fixed };
  if (auto !== undefined && fixed === undefined) return resolveAutoScaling(auto);
  return { mode: "unclear", given: fixed === undefined ? [] : ["fixed", "auto"] };
}

function resolveAutoScaling(args: AutoScalingArgs): ScalingSpec {
  return compact<Extract<ScalingSpec, { mode: "auto" }>>({
    mode: "auto",
    min: args.min ?? 2,
    max: args.max,
    cpu: args.cpu ?? (args.memory === undefined ? 70 : undefined),
    memory: args.memory,
    scaleDownWindowSeconds: args.scaleDownWindowSeconds ?? 300,
    scaleUpWindowSeconds: args.scaleUpWindowSeconds ?? 0,
  });
}

function resolveService(args: ServiceArgs, ports: readonly PortSpec[]): ServiceSpec | undefined {
  // A Service that was asked for in words but has no port stays, so that the checks can refuse it.
  const asked = args.headless === true || args.type === "LoadBalancer" || Object.keys(args.ports ?? {}).length > 0;
  if (args.type === "none" || (ports.length === 0 && !asked)) return undefined;
  return {
    type: args.type ?? "ClusterIP",
    headless: args.headless ?? false,
    ports: ports.map(({ name, port, protocol }) => ({ name, port: args.ports?.[name] ?? port, protocol })),
    renumbered: Object.keys(args.ports ?? {}),
    annotations: args.annotations ?? {},
    allowedCidrs: args.allowedCidrs ?? [],
  };
}

function resolveSpread(args: SpreadArgs): SpreadSpec[] {
  const over = [
    { over: "kubernetes.io/hostname", mode: args.hosts ?? "ScheduleAnyway" },
    { over: "topology.kubernetes.io/zone", mode: args.zones ?? "ScheduleAnyway" },
  ] as const;
  return over.flatMap((place) =>
    place.mode === "none" ? [] : [{ ...place, mode: place.mode, maxSkew: args.maxSkew ?? 1 }],
  );
}

function resolveServiceAccount(args: ServiceAccountArgs): ServiceAccountSpec {
  const mountToken = args.mountToken ?? false;
  return args.name === undefined
    ? { mountToken, own: true, annotations: args.annotations ?? {} }
    : { mountToken, own: false, name: args.name };
}

function resolveIdentity(args: IdentityArgs | undefined): WorkloadSpec["identity"] {
  if (args === undefined) return undefined;
  return { grants: args.grants.map((grant, index) => ({ ...grant, path: `identity.grants[${index}]` })) };
}

function resolveRollout(args: RolloutArgs): RolloutSpec {
  return compact<RolloutSpec>({
    given: Object.keys(args),
    strategy: args.strategy ?? "RollingUpdate",
    maxUnavailable: args.maxUnavailable ?? "0",
    maxSurge: args.maxSurge ?? "25%",
    minReadySeconds: args.minReadySeconds,
    progressDeadlineSeconds: args.progressDeadlineSeconds,
    revisionHistoryLimit: args.revisionHistoryLimit,
  });
}

function resolveToleration(args: TolerationArgs, index: number): TolerationSpec {
  return {
    ...args,
    path: `tolerations[${index}]`,
    operator: args.operator ?? (args.value === undefined ? "Exists" : "Equal"),
  };
}
