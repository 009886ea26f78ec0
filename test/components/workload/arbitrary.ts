import fc from "fast-check";
import type {
  ContainerArgs,
  EnvArgs,
  MountArgs,
  ProbeArgs,
  SidecarArgs,
  VolumeArgs,
  WorkloadArgs,
} from "../../../src/components/workload/args.js";
import { local } from "./samples.js";

/** Draws one value at a time, so that later draws can rest on earlier ones. */
type Draw = fc.GeneratorValue;

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/);
const portName = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const variable = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/);
const labelValue = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
const labelKey = fc.oneof(
  label,
  label.map((name) => `example.com/${name}`),
);
const file = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
const content = fc.string({ maxLength: 40 });
const image = fc.constantFrom(
  "nginx:1.27",
  "registry.example/team/web:v1.4.2",
  "localhost:5000/a-b/c_d:2024.01",
  `ghcr.io/web/web@sha256:${"ab".repeat(32)}`,
);
const memory = fc.integer({ min: 1, max: 64 }).map((amount) => `${amount * 16}Mi`);
const cpu = fc.integer({ min: 1, max: 40 }).map((amount) => `${amount * 25}m`);
const field = fc.constantFrom(
  "metadata.name",
  "metadata.namespace",
  "status.podIP",
  "spec.nodeName",
  "limits.memory",
  "requests.cpu",
  "metadata.labels['app.kubernetes.io/name']",
);

/** Lets an arbitrary be drawn; one function, so that shrinking knows a draw again. */
const of = <T>(arbitrary: fc.Arbitrary<T>) => arbitrary;

const distinct = (name: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.uniqueArray(name, { minLength, maxLength });

function unique<T>(
  g: Draw,
  name: fc.Arbitrary<string>,
  most: number,
  make: (name: string) => T,
  least = 0,
): Record<string, T> {
  const names = g(distinct, name, least, most);
  return Object.fromEntries(names.map((one) => [one, make(one)]));
}

/** Names and numbers that are given only once in a pod. */
class Pod {
  readonly #taken = new Set<string>();

  fresh(g: Draw, kind: string, arbitrary: fc.Arbitrary<string>): string {
    const drawn = g(of, arbitrary);
    let name = drawn;
    for (let suffix = 0; this.#taken.has(`${kind}/${name}`); suffix++) name = `${drawn.slice(0, 8)}${suffix}`;
    this.#taken.add(`${kind}/${name}`);
    return name;
  }

  freshPort(g: Draw): number {
    let port = g(fc.integer, { min: 1, max: 65_000 });
    while (this.#taken.has(`number/${port}`)) port++;
    this.#taken.add(`number/${port}`);
    return port;
  }
}

function drawEnv(g: Draw): EnvArgs {
  switch (g(fc.nat, { max: 4 })) {
    case 0:
      return { value: g(of, content) };
    case 1:
      return { value: `secret-${g(of, label)}-value`, sensitive: true };
    case 2:
      return { config: { name: g(of, label), key: g(of, file) } };
    case 3:
      return { secret: { name: g(of, label), key: g(of, file), optional: g(fc.boolean) } };
    default:
      return { field: g(of, field) };
  }
}

function drawProbe(g: Draw, ports: readonly string[], kind: "readiness" | "liveness"): ProbeArgs {
  const port =
    ports.length > 0 ? g(fc.constantFrom<string[]>, ...ports) : String(g(fc.integer, { min: 1, max: 65_535 }));
  const timing = {
    periodSeconds: g(fc.integer, { min: 1, max: 60 }),
    failureThreshold: g(fc.integer, { min: 1, max: 5 }),
    ...(kind === "readiness" ? { successThreshold: g(fc.integer, { min: 1, max: 3 }) } : {}),
  };
  switch (g(fc.nat, { max: 3 })) {
    case 0:
      return { ...timing, http: { path: `/${g(of, label)}`, port } };
    case 1:
      return { ...timing, tcp: { port } };
    case 2:
      return { ...timing, grpc: { port } };
    default:
      return { ...timing, exec: ["/bin/check", g(of, content)] };
  }
}

function drawResources(g: Draw): ContainerArgs["resources"] {
  const asked = { cpu: g(of, cpu), memory: g(of, memory) };
  return {
    ...asked,
    ...(g(fc.boolean) ? { cpuLimit: "2" } : {}),
    ...(g(fc.boolean) ? { memoryLimit: "2Gi" } : {}),
    ...(g(fc.boolean) ? { ephemeralStorage: "1Gi" } : {}),
  };
}

function drawContainer(g: Draw, pod: Pod, volumes: readonly string[]): ContainerArgs {
  const portNames = Array.from({ length: g(fc.nat, { max: 2 }) }, () => pod.fresh(g, "port", portName));
  const mounts: MountArgs[] =
    volumes.length === 0
      ? []
      : Array.from({ length: g(fc.nat, { max: 2 }) }, (_, index) => ({
          volume: g(fc.constantFrom<string[]>, ...volumes),
          path: `/mnt/${index}/${g(of, label)}`,
          ...(g(fc.boolean) ? { subPath: g(of, file) } : {}),
          ...(g(fc.boolean) ? { readOnly: true } : {}),
        }));
  return {
    image: g(of, image),
    resources: drawResources(g),
    ...(g(fc.boolean) ? { command: ["/run"], args: [g(of, content)] } : {}),
    ...(portNames.length > 0
      ? { ports: Object.fromEntries(portNames.map((name) => [name, { port: pod.freshPort(g) }])) }
      : {}),
    env: unique(g, variable, 3, () => drawEnv(g)),
    ...(mounts.length > 0 ? { mounts } : {}),
    ...(g(fc.boolean) ? { readiness: drawProbe(g, portNames, "readiness") } : {}),
    ...(g(fc.boolean) ? { liveness: drawProbe(g, portNames, "liveness") } : {}),
    ...(g(fc.boolean) ? { security: { runAsUser: g(fc.integer, { min: 1, max: 65_535 }) } } : {}),
  };
}

function drawVolume(g: Draw): VolumeArgs {
  const data = () => unique(g, file, 2, () => g(of, content), 1);
  switch (g(fc.nat, { max: 4 })) {
    case 0:
      return { config: { data: data() } };
    case 1:
      return {
        secret: { data: Object.fromEntries(Object.keys(data()).map((name) => [name, `secret-${name}-value`])) },
      };
    case 2:
      return { config: { name: g(of, label) } };
    case 3:
      return { secret: { name: g(of, label) } };
    default:
      return {
        emptyDir: { sizeLimit: g(of, memory), medium: g(fc.constantFrom<("Disk" | "Memory")[]>, "Disk", "Memory") },
      };
  }
}

function drawScaling(g: Draw): NonNullable<WorkloadArgs["scaling"]> {
  if (g(fc.boolean)) return { fixed: g(fc.nat, { max: 9 }) };
  const min = g(fc.integer, { min: 1, max: 5 });
  return {
    auto: {
      min,
      max: min + g(fc.nat, { max: 9 }),
      ...(g(fc.boolean) ? { cpu: g(fc.integer, { min: 1, max: 100 }) } : {}),
      ...(g(fc.boolean) ? { memory: g(fc.integer, { min: 1, max: 100 }) } : {}),
      ...(g(fc.boolean) ? { scaleDownWindowSeconds: g(fc.nat, { max: 3600 }) } : {}),
    },
  };
}

function drawDisruption(g: Draw, scaling: NonNullable<WorkloadArgs["scaling"]>): WorkloadArgs["disruption"] {
  const fewest = scaling.fixed ?? scaling.auto?.min ?? 0;
  if (fewest > 1 && g(fc.boolean)) return { minAvailable: String(g(fc.integer, { min: 0, max: fewest - 1 })) };
  return { maxUnavailable: g(fc.constantFrom<string[]>, "1", "2", "25%", "100%") };
}

function drawRollout(g: Draw): WorkloadArgs["rollout"] {
  if (g(fc.boolean)) return { strategy: "Recreate", progressDeadlineSeconds: 60 };
  return {
    maxUnavailable: g(fc.constantFrom<string[]>, "0", "1", "50%"),
    maxSurge: g(fc.constantFrom<string[]>, "1", "25%", "100%"),
    minReadySeconds: g(fc.nat, { max: 59 }),
    revisionHistoryLimit: g(fc.nat, { max: 10 }),
  };
}

/** Arguments in which nothing is wrong, in their long form. */
export function drawWorkload(g: Draw): WorkloadArgs {
  const pod = new Pod();
  // The name `env` would be taken by the Secret of the environment.
  const volumes = unique(
    g,
    label.filter((name) => name !== "env"),
    4,
    () => drawVolume(g),
  );
  const volumeNames = Object.keys(volumes);
  const some = <T>(most: number, make: () => T, least = 0): Record<string, T> => {
    const count = least + g(fc.nat, { max: most - least });
    return Object.fromEntries(Array.from({ length: count }, () => [pod.fresh(g, "container", label), make()]));
  };
  const initOf = ({ ports: _p, readiness: _r, liveness: _l, startup: _s, ...rest }: ContainerArgs) => rest;
  const containers = some(2, () => drawContainer(g, pod, volumeNames), 1);
  const sidecars = some(
    2,
    (): SidecarArgs => ({
      ...drawContainer(g, pod, volumeNames),
      start: g(fc.constantFrom<("beforeInit" | "afterInit")[]>, "beforeInit", "afterInit"),
    }),
  );
  const scaling = drawScaling(g);
  const controller = g(fc.constantFrom<("Deployment" | "ReplicaSet")[]>, "Deployment", "ReplicaSet");
  const hasPorts = [...Object.values(containers), ...Object.values(sidecars)].some(({ ports }) => ports !== undefined);
  const rollout = controller === "Deployment" && g(fc.boolean) ? drawRollout(g) : undefined;
  const disruption = g(fc.boolean) ? drawDisruption(g, scaling) : undefined;
  return {
    cluster: local,
    controller,
    containers,
    sidecars,
    initContainers: some(2, () => initOf(drawContainer(g, pod, volumeNames))),
    volumes,
    scaling,
    ...(rollout === undefined ? {} : { rollout }),
    ...(disruption === undefined ? {} : { disruption }),
    ...(hasPorts && g(fc.boolean) ? { service: { headless: g(fc.boolean) } } : {}),
    ...(g(fc.boolean) ? { spread: { hosts: "DoNotSchedule", maxSkew: g(fc.integer, { min: 1, max: 3 }) } } : {}),
    ...(g(fc.boolean) ? { security: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 } } : {}),
    ...(g(fc.boolean) ? { serviceAccount: { mountToken: g(fc.boolean) } } : {}),
    ...(g(fc.boolean) ? { terminationGracePeriodSeconds: g(fc.nat, { max: 120 }) } : {}),
    labels: unique(g, labelKey, 2, () => g(of, labelValue)),
    annotations: unique(g, labelKey, 2, () => g(of, content)),
    podAnnotations: unique(g, labelKey, 2, () => g(of, content)),
    ...(g(fc.boolean) ? { pool: g(of, label) } : {}),
    nodeSelector: unique(g, labelKey, 1, () => g(of, labelValue)),
    tolerations: g(fc.boolean) ? [{ key: g(of, labelKey), effect: "NoSchedule" }] : [],
    ...(g(fc.boolean) ? { imagePullSecrets: [g(of, label)] } : {}),
  };
}
