import { compact } from "../../core/compact.js";
import { joinPath } from "../../core/shape.js";
import type {
  ContainerArgs,
  ContainerSecurityArgs,
  EnvArgs,
  InitContainerArgs,
  KeyRefArgs,
  MountArgs,
  ProbeArgs,
} from "./args.js";
import { isLater } from "./leaf.js";
import type { ContainerSpec, EnvSpec, KeyRefSpec, MountSpec, PortSpec, ProbeAction, ProbeSpec } from "./spec.js";

/** Where a container stands in the workload. */
interface Place extends Pick<ContainerSpec, "path" | "name" | "role"> {
  /** Names of the volumes that are mounted read-only unless told otherwise. */
  readonly readOnlyVolumes: ReadonlySet<string>;
}

export function resolveContainer(
  { path, name, role, readOnlyVolumes }: Place,
  args: InitContainerArgs | ContainerArgs,
  podSecurity: ContainerSecurityArgs,
): ContainerSpec {
  const portArgs = "ports" in args ? (args.ports ?? {}) : {};
  const ports = Object.entries(portArgs).map(
    ([port, given]): PortSpec => ({
      path: joinPath(`${path}.ports`, port),
      name: port,
      port: given.port,
      protocol: given.protocol ?? "TCP",
    }),
  );
  const { memory } = args.resources;
  return compact<ContainerSpec>({
    path,
    name,
    role,
    image: args.image,
    imagePullPolicy: args.imagePullPolicy ?? "IfNotPresent",
    command: args.command,
    args: args.args,
    workingDir: args.workingDir,
    env: Object.entries(args.env ?? {}).map(([variable, given]) =>
      resolveEnv(joinPath(`${path}.env`, variable), variable, given),
    ),
    ports,
    resources: { ...args.resources, path: `${path}.resources`, memoryLimit: args.resources.memoryLimit ?? memory },
    mounts: (args.mounts ?? []).map((mount, index) => resolveMount(`${path}.mounts[${index}]`, mount, readOnlyVolumes)),
    probes: resolveProbes(path, "readiness" in args || "liveness" in args || "startup" in args ? args : {}, ports),
    runAsUser: args.security?.runAsUser,
    runAsGroup: args.security?.runAsGroup,
    readOnlyRootFilesystem: args.security?.readOnlyRootFilesystem ?? podSecurity.readOnlyRootFilesystem ?? true,
  });
}

function resolveEnv(path: string, name: string, args: EnvArgs): EnvSpec {
  const given = (["value", "config", "secret", "field"] as const).filter((kind) => args[kind] !== undefined);
  const misplaced = args.sensitive !== undefined && args.value === undefined ? ["sensitive"] : [];
  const { value, config, secret, field } = args;
  if (given.length !== 1 || misplaced.length > 0)
    return { path, name, from: "unclear", given: [...given, ...misplaced] };
  if (value !== undefined)
    return { path, name, from: (args.sensitive ?? isLater(value)) ? "sensitive" : "value", value };
  if (config !== undefined) return { path, name, from: "config", ref: resolveKeyRef(config) };
  if (secret !== undefined) return { path, name, from: "secret", ref: resolveKeyRef(secret) };
  return { path, name, from: "field", field: field ?? "" };
}

function resolveKeyRef(args: KeyRefArgs): KeyRefSpec {
  return { name: args.name, key: args.key, optional: args.optional ?? false };
}

function resolveMount(path: string, args: MountArgs, readOnlyVolumes: ReadonlySet<string>): MountSpec {
  return compact<MountSpec>({
    path,
    volume: args.volume,
    mountPath: args.path,
    subPath: args.subPath,
    readOnly: args.readOnly ?? readOnlyVolumes.has(args.volume),
  });
}

function resolveProbes(
  path: string,
  args: Pick<ContainerArgs, "readiness" | "liveness" | "startup">,
  ports: readonly PortSpec[],
): ProbeSpec[] {
  const readiness = args.readiness ?? defaultReadiness(ports);
  const given = { readiness, liveness: args.liveness, startup: args.startup };
  return (["readiness", "liveness", "startup"] as const).flatMap((kind) => {
    const probe = given[kind];
    return probe === undefined ? [] : [resolveProbe(`${path}.${kind}`, kind, probe, ports)];
  });
}

/** A pod whose port does not answer must get no traffic, so there is always something to ask. */
function defaultReadiness(ports: readonly PortSpec[]): ProbeArgs | undefined {
  const tcp = ports.filter((port) => port.protocol === "TCP");
  const port = mainPort(tcp, "http") ?? tcp[0]?.name;
  return port === undefined ? undefined : { tcp: { port } };
}

function mainPort(ports: readonly PortSpec[], usualName: string): string | undefined {
  return ports.length === 1 ? ports[0]?.name : ports.find((port) => port.name === usualName)?.name;
}

function resolveProbe(path: string, kind: ProbeSpec["kind"], args: ProbeArgs, ports: readonly PortSpec[]): ProbeSpec {
  const { http: _http, tcp: _tcp, grpc: _grpc, exec: _exec, ...timing } = args;
  return { ...timing, path, kind, action: resolveAction(args, ports) };
}

function resolveAction({ http, tcp, grpc, exec }: ProbeArgs, ports: readonly PortSpec[]): ProbeAction {
  const given = Object.entries({ http, tcp, grpc, exec }).flatMap(([by, action]) => (action === undefined ? [] : [by]));
  if (given.length !== 1) return { by: "unclear", given };
  const portOr = (port: string | undefined, usualName: string) => {
    const found = port ?? mainPort(ports, usualName);
    return found === undefined ? {} : { port: found };
  };
  if (http !== undefined) {
    return {
      by: "http",
      path: http.path,
      ...portOr(http.port, "http"),
      scheme: http.scheme ?? "HTTP",
      headers: http.headers ?? {},
    };
  }
  if (tcp !== undefined) return { by: "tcp", ...portOr(tcp.port, "http") };
  if (grpc !== undefined) {
    return {
      by: "grpc",
      ...portOr(grpc.port, "grpc"),
      ...(grpc.service === undefined ? {} : { service: grpc.service }),
    };
  }
  return { by: "exec", command: exec ?? [] };
}
