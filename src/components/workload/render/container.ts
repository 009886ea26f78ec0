import type { types } from "@pulumi/kubernetes";
import { compact } from "../../../core/compact.js";
import { isResourceField } from "../check/env.js";
import type { Leaf } from "../leaf.js";
import { envSecretKey, envSecretName } from "../names.js";
import type { ContainerSpec, EnvSpec, PortSpec, ProbeSpec, ResourcesSpec } from "../spec.js";

type Container = types.input.core.v1.Container;
type EnvVar = types.input.core.v1.EnvVar;
type Probe = types.input.core.v1.Probe;

export function renderContainer(workload: string, spec: ContainerSpec): Container {
  const probes = new Map(spec.probes.map((probe) => [probe.kind, renderProbe(probe, spec.ports)]));
  return compact<Container>({
    name: spec.name,
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy,
    // An init container that never ends is what Kubernetes calls a sidecar.
    restartPolicy: spec.role === "sidecar" ? "Always" : undefined,
    command: copied(spec.command),
    args: copied(spec.args),
    workingDir: spec.workingDir,
    env: filled(spec.env.map((env) => renderEnv(workload, spec.name, env))),
    ports: filled(spec.ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol }))),
    resources: renderResources(spec.resources),
    readinessProbe: probes.get("readiness"),
    livenessProbe: probes.get("liveness"),
    startupProbe: probes.get("startup"),
    volumeMounts: filled(
      spec.mounts.map(({ volume, mountPath, subPath, readOnly }) =>
        compact<types.input.core.v1.VolumeMount>({ name: volume, mountPath, subPath, readOnly }),
      ),
    ),
    securityContext: compact<types.input.core.v1.SecurityContext>({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: spec.readOnlyRootFilesystem,
      runAsUser: spec.runAsUser,
      runAsGroup: spec.runAsGroup,
    }),
  });
}

/** Kubernetes drops empty lists, which would then show as a difference for ever. */
export function filled<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}

function copied<T>(items: readonly T[] | undefined): T[] | undefined {
  return items === undefined ? undefined : filled([...items]);
}

function renderEnv(workload: string, container: string, env: EnvSpec): EnvVar {
  const { name } = env;
  switch (env.from) {
    case "value":
      return { name, value: env.value };
    case "sensitive":
      return {
        name,
        valueFrom: { secretKeyRef: { name: envSecretName(workload), key: envSecretKey(container, name) } },
      };
    case "config":
    case "secret": {
      const { name: object, key, optional } = env.ref;
      const ref = { name: object, key, ...(optional ? { optional } : {}) };
      return { name, valueFrom: env.from === "config" ? { configMapKeyRef: ref } : { secretKeyRef: ref } };
    }
    case "field":
      return isResourceField(env.field)
        ? { name, valueFrom: { resourceFieldRef: { resource: env.field } } }
        : { name, valueFrom: { fieldRef: { fieldPath: env.field } } };
    case "unclear":
      throw new TypeError(`${env.path} was rendered without being checked`);
  }
}

function renderResources(spec: ResourcesSpec): types.input.core.v1.ResourceRequirements {
  const disk = spec.ephemeralStorage;
  const storage: Record<string, Leaf<string>> = disk === undefined ? {} : { "ephemeral-storage": disk };
  return {
    requests: { cpu: spec.cpu, memory: spec.memory, ...storage },
    limits: { ...(spec.cpuLimit === undefined ? {} : { cpu: spec.cpuLimit }), memory: spec.memoryLimit, ...storage },
  };
}

function renderProbe(spec: ProbeSpec, ports: readonly PortSpec[]): Probe {
  const { path: _path, kind: _kind, action: _action, ...timing } = spec;
  return { ...renderAction(spec, ports), ...timing };
}

function renderAction({ action, path }: ProbeSpec, ports: readonly PortSpec[]): Probe {
  switch (action.by) {
    case "exec":
      return { exec: { command: [...action.command] } };
    case "tcp":
      return { tcpSocket: { port: portRef(action.port) } };
    case "grpc": {
      // Alone among the probes this one takes no names.
      const port = Number(ports.find(({ name }) => name === action.port)?.port ?? action.port);
      return { grpc: { port, ...(action.service === undefined ? {} : { service: action.service }) } };
    }
    case "http": {
      const httpHeaders = Object.entries(action.headers).map(([name, value]) => ({ name, value }));
      return {
        httpGet: {
          path: action.path,
          port: portRef(action.port),
          scheme: action.scheme,
          ...(httpHeaders.length > 0 ? { httpHeaders } : {}),
        },
      };
    }
    case "unclear":
      throw new TypeError(`${path} was rendered without being checked`);
  }
}

/** A text of digits would be taken for a port's name. */
function portRef(port = ""): string | number {
  return /^\d+$/.test(port) ? Number(port) : port;
}
