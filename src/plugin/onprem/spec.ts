import { homedir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactsSpec,
  type BastionSpec,
  type DigestsSpec,
  type EndpointSpec,
  type HostSettings,
  type NodeSpec,
  type NodeTaint,
  nothingForControlPlanes,
  type OnpremClusterSpec,
  type ProgramDigests,
  type SshSpec,
  type SudoSpec,
} from "../../onprem/spec.js";
import { fillDefaults } from "../input-types.js";
import { type PropertyMap, revealMap } from "../properties.js";
import { flag, maps, number, object, optionalObject, optionalText, text, texts } from "../read.js";
import { onpremControlPlaneDefinition, onpremWorkerDefinition } from "./definition.js";

/** What of the machine that runs Pulumi decides how a host is reached. */
export interface Surroundings {
  readonly home: string;
  /** Socket of the SSH agent; undefined where there is none. */
  readonly agentSocket: string | undefined;
}

export function thisSurroundings(environment: NodeJS.ProcessEnv = process.env): Surroundings {
  const socket = environment["SSH_AUTH_SOCK"];
  return { home: homedir(), agentSocket: socket === "" ? undefined : socket };
}

/** Checked inputs of a ControlPlane → what the engine takes. `version` is the full version that is asked for. */
export function resolveControlPlaneInputs(inputs: PropertyMap, version: string, around: Surroundings) {
  const filled = revealMap(fillDefaults(onpremControlPlaneDefinition.inputs, inputs));
  return {
    cluster: toCluster(filled, version, around, {
      auditLogs: flag(filled, "auditLogs"),
      secretsEncryption: flag(filled, "secretsEncryption"),
    }),
    hosts: maps(filled, "hosts").map((host) => toNode(host, around)),
    workers: maps(filled, "workers").map((host) => toNode(host, around)),
    onDestroy: text(filled, "onDestroy"),
  };
}

/** Checked inputs of a Worker → what the engine takes. */
export function resolveWorkerInputs(inputs: PropertyMap, version: string, around: Surroundings) {
  const filled = revealMap(fillDefaults(onpremWorkerDefinition.inputs, inputs));
  return {
    cluster: toCluster(filled, version, around, nothingForControlPlanes),
    host: toNode(object(filled, "host"), around),
    controlPlanes: maps(filled, "controlPlanes").map((host) => toNode(host, around)),
    onDestroy: text(filled, "onDestroy"),
  };
}

function toCluster(
  inputs: PropertyMap,
  kubernetesVersion: string,
  around: Surroundings,
  controlPlane: Pick<OnpremClusterSpec, "auditLogs" | "secretsEncryption">,
): OnpremClusterSpec {
  return {
    name: text(inputs, "clusterName"),
    kubernetesVersion,
    endpoint: toEndpoint(object(inputs, "controlPlaneEndpoint")),
    podCidr: text(inputs, "podCidr"),
    serviceCidr: text(inputs, "serviceCidr"),
    ...controlPlane,
    artifacts: toArtifacts(object(inputs, "artifacts"), around),
    hostSettings: toHostSettings(optionalObject(inputs, "hostSettings") ?? {}),
    maxUnavailable: number(inputs, "maxUnavailable"),
    drainTimeoutSeconds: number(inputs, "drainTimeoutSeconds"),
  };
}

function toEndpoint(endpoint: PropertyMap): EndpointSpec {
  switch (text(endpoint, "kind")) {
    case "vip":
      return { kind: "vip", address: text(endpoint, "address"), routerId: number(endpoint, "routerId") };
    case "external":
      return { kind: "external", host: text(endpoint, "host"), port: number(endpoint, "port") };
    default:
      return { kind: "single", address: text(endpoint, "address") };
  }
}

function toArtifacts(artifacts: PropertyMap, { home }: Surroundings): ArtifactsSpec {
  if (text(artifacts, "kind") === "online") {
    return {
      kind: "online",
      binaries: optionalText(artifacts, "binaries"),
      images: optionalText(artifacts, "images"),
      digests: toDigests(optionalObject(artifacts, "digests")),
    };
  }
  const publicKeyFile = optionalText(artifacts, "publicKeyFile");
  return {
    kind: "bundle",
    directory: fromHome(text(artifacts, "directory"), home),
    publicKeyFile: publicKeyFile === undefined ? undefined : fromHome(publicKeyFile, home),
  };
}

function toDigests(digests: PropertyMap | undefined): DigestsSpec | undefined {
  if (digests === undefined) return undefined;
  const given = (["amd64", "arm64"] as const).flatMap((architecture) => {
    const programs = optionalObject(digests, architecture);
    return programs === undefined ? [] : [[architecture, toProgramDigests(programs)] as const];
  });
  return Object.fromEntries(given);
}

function toProgramDigests(programs: PropertyMap): ProgramDigests {
  return {
    kubelet: text(programs, "kubelet"),
    kubeadm: text(programs, "kubeadm"),
    kubectl: text(programs, "kubectl"),
    cniPlugins: optionalText(programs, "cniPlugins"),
  };
}

function toHostSettings(given: PropertyMap): HostSettings {
  return {
    cgroupDriver: optionalText(given, "cgroupDriver") === "cgroupfs" ? "cgroupfs" : "systemd",
    failCgroupV1: given["failCgroupV1"] !== false,
    failSwapOn: given["failSwapOn"] !== false,
    restrictOomScoreAdj: given["restrictOomScoreAdj"] === true,
    kubelet: optionalObject(given, "kubelet") ?? {},
    kubeProxy: optionalObject(given, "kubeProxy") ?? {},
  };
}

function toNode(node: PropertyMap, around: Surroundings): NodeSpec {
  const host = object(node, "host");
  const needs = optionalObject(node, "needs");
  return {
    name: text(node, "name"),
    role: text(node, "role") === "worker" ? "worker" : "controlPlane",
    host: {
      address: text(host, "address"),
      ssh: toSsh(object(host, "ssh"), around),
      sudo: toSudo(object(host, "sudo")),
    },
    pool: text(node, "pool"),
    labels: texts(node, "labels"),
    taints: maps(node, "taints").map(toTaint),
    needs:
      needs === undefined
        ? undefined
        : {
            cpu: text(needs, "cpu"),
            memory: text(needs, "memory"),
            arch: text(needs, "arch") === "arm64" ? "arm64" : "amd64",
          },
  };
}

function toSsh(ssh: PropertyMap, around: Surroundings): SshSpec {
  const bastion = optionalObject(ssh, "bastion");
  return {
    ...toLogin(ssh, around),
    bastion:
      bastion === undefined
        ? undefined
        : ({ address: text(bastion, "address"), ...toLogin(bastion, around) } satisfies BastionSpec),
  };
}

function toLogin(ssh: PropertyMap, { home, agentSocket }: Surroundings): Omit<SshSpec, "bastion"> {
  const privateKeyFile = optionalText(ssh, "privateKeyFile");
  return {
    user: text(ssh, "user"),
    port: number(ssh, "port"),
    hostKey: optionalText(ssh, "hostKey"),
    knownHostsFile: fromHome(text(ssh, "knownHostsFile"), home),
    privateKeyFile: privateKeyFile === undefined ? undefined : fromHome(privateKeyFile, home),
    agentSocket: flag(ssh, "agent") ? agentSocket : undefined,
  };
}

function toSudo(sudo: PropertyMap): SudoSpec {
  const kind = text(sudo, "kind");
  if (kind === "password") return { kind, variable: text(sudo, "variable") };
  return { kind: kind === "none" ? "none" : "passwordless" };
}

function toTaint(taint: PropertyMap): NodeTaint {
  const value = optionalText(taint, "value");
  const effect = text(taint, "effect");
  return {
    key: text(taint, "key"),
    ...(value === undefined ? {} : { value }),
    effect: effect === "NoExecute" || effect === "PreferNoSchedule" ? effect : "NoSchedule",
  };
}

/** `~/` is the home of whoever runs the program. */
function fromHome(path: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : path;
}
