import { mkdtemp, readdir, readFile, readlink, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiClient } from "../../src/local/api-client.js";
import {
  type Component,
  destroyCluster,
  ensureCluster,
  type LocalBinaries,
  type LocalClusterSpec,
  type LocalClusterState,
  type LocalPoolSpec,
} from "../../src/local/index.js";
import { Layout } from "../../src/local/layout.js";
import { findProcesses } from "../../src/local/processes.js";
import { defaultKubernetesMinor, ensureParts, kubernetesVersions } from "../../toolchain/index.js";
import { killMarked, processesMarked } from "./processes.js";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
] as const satisfies readonly Component[];

export const generalPool: LocalPoolSpec = {
  name: "general",
  count: 2,
  cpu: "4",
  memory: "16Gi",
  arch: "amd64",
  labels: {},
  taints: [],
};

/** The full version of an offered minor. */
export function fullVersion(minor: string = defaultKubernetesMinor): string {
  const version = kubernetesVersions[minor];
  if (version === undefined) throw new Error(`Kubernetes ${minor} is not offered`);
  return version;
}

export async function localBinaries(minor: string = defaultKubernetesMinor): Promise<LocalBinaries> {
  // The bundle of the simulated kubelet is what a user's plugin starts, too.
  const script: { ensureBuilt(): Promise<void> } = await import(join(repository, "scripts", "build.mjs"));
  const [parts] = await Promise.all([
    ensureParts({ parts: components, kubernetesVersion: minor }),
    script.ensureBuilt(),
  ]);
  const path = (name: Component): string => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the toolchain gave no ${name}`);
    return part.path;
  };
  return {
    etcd: path("etcd"),
    "kube-apiserver": path("kube-apiserver"),
    "kube-controller-manager": path("kube-controller-manager"),
    "kube-scheduler": path("kube-scheduler"),
    kwok: path("kwok"),
    "metrics-server": path("metrics-server"),
  };
}

/** A temporary folder of clusters, and what is in it and runs for it. */
export class LocalMachine {
  private constructor(
    readonly home: string,
    readonly binaries: LocalBinaries,
  ) {}

  static async create(): Promise<LocalMachine> {
    const binaries = await localBinaries();
    return new LocalMachine(await realpath(await mkdtemp(join(tmpdir(), "isokube-local-"))), binaries);
  }

  spec(name: string, overrides: Partial<LocalClusterSpec> = {}): LocalClusterSpec {
    return {
      id: name,
      dataDirectory: join(this.home, name),
      owner: `test:${name}`,
      kubernetesVersion: fullVersion(),
      pools: [generalPool],
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      auditLogs: false,
      secretsEncryption: false,
      hpaSyncPeriodSeconds: 2,
      hpaDownscaleStabilizationSeconds: 5,
      metricsResolutionSeconds: 10,
      ...overrides,
    };
  }

  ensure(spec: LocalClusterSpec, signal?: AbortSignal): Promise<LocalClusterState> {
    return ensureCluster(spec, this.binaries, signal === undefined ? {} : { signal });
  }

  destroy(name: string): Promise<"destroyed" | "absent"> {
    return destroyCluster(join(this.home, name));
  }

  layout(name: string): Layout {
    return new Layout(join(this.home, name));
  }

  /** Pid by process name; fails when one runs twice. */
  pids(name: string): Map<string, number> {
    const found = findProcesses(this.layout(name));
    const pids = new Map(found.map((process) => [process.name, process.pid]));
    if (pids.size !== found.length) throw new Error(`twice: ${found.map((process) => process.name).join(", ")}`);
    return pids;
  }

  /** A client of the API server with a certificate of the cluster. */
  api(name: string, state: LocalClusterState, identity = "admin"): ApiClient {
    return ApiClient.open(this.layout(name), state.ports["kube-apiserver"] ?? 0, identity);
  }

  /** Ends and removes everything, whatever state a test left. */
  async close(): Promise<void> {
    await killMarked(this.home);
    await rm(this.home, { recursive: true, force: true });
  }

  leftovers(): Promise<readonly string[]> {
    return processesMarked(this.home).then(async (processes) => [
      ...processes.map(({ pid, command }) => `process ${pid} ${command}`),
      ...(await readdir(this.home)).map((entry) => `file ${entry}`),
    ]);
  }
}

/** Every file and directory below a path, with its mode. */
export async function modesBelow(path: string): Promise<{ path: string; mode: number }[]> {
  const own = { path, mode: (await stat(path)).mode & 0o777 };
  const entries = await readdir(path, { withFileTypes: true });
  const below = await Promise.all(
    entries.map(async (entry) => {
      const child = join(path, entry.name);
      return entry.isDirectory() ? modesBelow(child) : [{ path: child, mode: (await stat(child)).mode & 0o777 }];
    }),
  );
  return [own, ...below.flat()];
}

/** Addresses on which the given processes listen, as `127.0.0.1:20001`, from the kernel's own tables. */
export async function listenersOf(pids: readonly number[]): Promise<string[]> {
  const inodes = new Set((await Promise.all(pids.map(socketInodes))).flat());
  const tables = await Promise.all(
    ["tcp", "tcp6", "udp", "udp6"].map((table) => readFile(`/proc/net/${table}`, "utf8")),
  );
  return tables.flatMap((table, index) =>
    table
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // 0A is LISTEN; a UDP socket that only receives is in state 07.
      .filter((fields) => fields[3] === (index < 2 ? "0A" : "07") && inodes.has(fields[9] ?? ""))
      .map((fields) => decodeAddress(fields[1] ?? "")),
  );
}

async function socketInodes(pid: number): Promise<string[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
  );
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** `0100007F:4E21` is 127.0.0.1:20001; an IPv6 address stays in hexadecimal. */
function decodeAddress(text: string): string {
  const [address = "", port = ""] = text.split(":");
  const bytes =
    address.length === 8 ? (address.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)) : [address];
  return `${bytes.join(".")}:${Number.parseInt(port, 16)}`;
}
