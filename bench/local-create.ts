import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { ApiClient } from "../src/local/api-client.js";
import { destroyCluster, ensureCluster, type LocalBinaries } from "../src/local/index.js";
import { isSchedulable, type LiveNode } from "../src/local/nodes.js";
import { processesMarked } from "../test/support/processes.js";
import { ensureParts } from "../toolchain/index.js";
import { defaultKubernetesVersion, localBinaries } from "./cluster.js";
import type { PairedFigures } from "./statistics.js";

const nodeCount = 3;
/** kwokctl gives metrics-server this resolution and no choice. */
const metricsResolutionSeconds = 15;
const timeoutSeconds = 120;

/** Seconds from the start of the command to each thing a user waits for, seen through the API by the same code. */
interface Milestones {
  readonly api: number;
  /** API server, all nodes open for pods, the metrics API answering. */
  readonly ready: number;
  /** The metrics API has a value for every node. */
  readonly nodeMetrics: number;
  /** Until no process of the cluster is left: kwokctl does not wait for those it kills. */
  readonly destroy: number;
}

/** Creation and removal of a cluster against `kwokctl create cluster --runtime binary`, with the same executables. */
export async function benchLocalCreate(pairs: number): Promise<PairedFigures[]> {
  const binaries = await localBinaries();
  const kwokctl = await peerTools();
  const isokube: Milestones[] = [];
  const peer: Milestones[] = [];
  // Not counted: files into the page cache.
  await measureIsokube(binaries, false);
  await measureKwokctl(binaries, kwokctl, false);
  for (let pair = 0; pair < pairs; pair += 1) {
    // Whoever goes second finds warmer caches, so they take turns.
    const measures = [
      async () => isokube.push(await measureIsokube(binaries, true)),
      async () => peer.push(await measureKwokctl(binaries, kwokctl, true)),
    ];
    for (const measure of pair % 2 === 0 ? measures : measures.reverse()) await measure();
  }
  const quantity = (name: string, key: keyof Milestones): PairedFigures => ({
    quantity: `local cluster: ${name}`,
    unit: "s",
    isokube: isokube.map((milestones) => milestones[key]),
    peer: peer.map((milestones) => milestones[key]),
    limit: 1,
  });
  return [
    quantity("create → API server ready", "api"),
    quantity(`create → API, ${nodeCount} nodes and metrics API ready`, "ready"),
    quantity("create → metrics of every node", "nodeMetrics"),
    quantity("destroy", "destroy"),
  ];
}

interface PeerTools {
  readonly kwokctl: string;
  readonly kubectl: string;
}

async function peerTools(): Promise<PeerTools> {
  const parts = await ensureParts({ parts: ["kwokctl", "kubectl"] });
  const [kwokctl, kubectl] = [parts.get("kwokctl")?.path, parts.get("kubectl")?.path];
  if (kwokctl === undefined || kubectl === undefined) throw new Error("the toolchain has no kwokctl or kubectl");
  return { kwokctl, kubectl };
}

async function measureIsokube(binaries: LocalBinaries, untilNodeMetrics: boolean): Promise<Milestones> {
  const home = await mkdtemp(join(tmpdir(), "isokube-bench-"));
  const dataDirectory = join(home, "bench");
  try {
    const begun = performance.now();
    const made = ensureCluster(
      {
        id: "bench",
        dataDirectory,
        owner: "bench",
        kubernetesVersion: defaultKubernetesVersion(),
        pools: [{ name: "node", count: nodeCount, cpu: "4", memory: "16Gi", arch: "amd64", labels: {}, taints: [] }],
        podCidr: "10.244.0.0/16",
        serviceCidr: "10.96.0.0/16",
        auditLogs: false,
        secretsEncryption: false,
        hpaSyncPeriodSeconds: 15,
        hpaDownscaleStabilizationSeconds: 300,
        metricsResolutionSeconds,
      },
      binaries,
    );
    const admin = (file: string) => readFile(join(dataDirectory, "pki", file), "utf8");
    const api = await connect(async () => {
      const { ports }: { ports: Record<string, number> } = JSON.parse(
        await readFile(join(dataDirectory, "cluster.json"), "utf8"),
      );
      const [ca, cert, key] = await Promise.all([admin("ca.crt"), admin("admin.crt"), admin("admin.key")]);
      return new ApiClient(ports["kube-apiserver"] ?? 0, { ca, cert, key });
    });
    const [milestones] = await Promise.all([watch(api, begun, untilNodeMetrics), made]);
    const removing = performance.now();
    await destroyCluster(dataDirectory);
    await untilNothingIsLeft(home);
    return { ...milestones, destroy: secondsSince(removing) };
  } finally {
    await destroyCluster(dataDirectory);
    await rm(home, { recursive: true, force: true });
  }
}

async function measureKwokctl(
  binaries: LocalBinaries,
  { kwokctl, kubectl }: PeerTools,
  untilNodeMetrics: boolean,
): Promise<Milestones> {
  const home = await mkdtemp(join(tmpdir(), "isokube-bench-"));
  const config = join(home, "metrics.yaml");
  await writeFile(config, JSON.stringify(nodeMetricsOfKwok));
  const run = (...args: string[]): Promise<void> =>
    execute(kwokctl, [...args, "--name", "bench", "--kubeconfig", join(home, "kubeconfig")], {
      HOME: home,
      KWOK_WORKDIR: home,
      // It calls kubectl by name.
      PATH: [dirname(kubectl), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    });
  const executables = Object.entries({ ...binaries, "kwok-controller": binaries.kwok })
    .filter(([component]) => component !== "kwok")
    .flatMap(([component, path]) => [`--${component}-binary`, path]);
  const cluster = join(home, "clusters", "bench");
  try {
    const begun = performance.now();
    const options = ["--runtime", "binary", "--enable", "metrics-server", "--config", config];
    const made = run("create", "cluster", ...options, ...executables);
    const admin = (file: string) => readFile(join(cluster, "pki", file), "utf8");
    const api = await connect(async () => {
      const { clusters }: { clusters: { cluster: { server: string } }[] } = parse(
        await readFile(join(cluster, "kubeconfig.yaml"), "utf8"),
      );
      const [ca, cert, key] = await Promise.all([admin("ca.crt"), admin("admin.crt"), admin("admin.key")]);
      return new ApiClient(Number(new URL(clusters[0]?.cluster.server ?? "").port), { ca, cert, key });
    });
    const [milestones] = await Promise.all([watch(api, begun, untilNodeMetrics), made, createNodes(api)]);
    const removing = performance.now();
    await run("delete", "cluster");
    await untilNothingIsLeft(home);
    return { ...milestones, destroy: secondsSince(removing) };
  } finally {
    await run("delete", "cluster").catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  }
}

/** kwokctl makes no nodes: these come as soon as the API server takes them, as isokube's do. */
async function createNodes(api: ApiClient): Promise<void> {
  await until("kwokctl's API server takes objects", () => api.answersOk("/readyz/informer-sync", 2_000));
  const resources = { cpu: "4", memory: "16Gi", pods: "110" };
  await Promise.all(
    Array.from({ length: nodeCount }, (_, index) =>
      api.create("/api/v1/nodes", {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name: `node-${index}`,
          annotations: { "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/node-${index}/metrics/resource` },
        },
        status: { capacity: resources, allocatable: resources },
      }),
    ),
  );
}

const nodeMetricsOfKwok = {
  apiVersion: "kwok.x-k8s.io/v1alpha1",
  kind: "Metric",
  metadata: { name: "nodes" },
  spec: {
    path: "/metrics/nodes/{nodeName}/metrics/resource",
    metrics: [
      {
        name: "node_cpu_usage_seconds_total",
        dimension: "node",
        kind: "counter",
        value: "1.0 + node.SinceSecond() * 0.025",
      },
      { name: "node_memory_working_set_bytes", dimension: "node", kind: "gauge", value: "167772160.0" },
    ],
  },
};

async function watch(api: ApiClient, begun: number, untilNodeMetrics: boolean): Promise<Omit<Milestones, "destroy">> {
  try {
    await until("the API server is ready", () => api.answersOk("/readyz", 2_000));
    const apiReady = secondsSince(begun);
    await until("all nodes are open for pods", async () => {
      const { items } = await api.get<{ items: LiveNode[] }>("/api/v1/nodes");
      return items.length === nodeCount && items.every(isSchedulable);
    });
    await until("pods can be made", () => api.answersOk("/api/v1/namespaces/default/serviceaccounts/default", 2_000));
    const metrics = "/apis/metrics.k8s.io/v1beta1/nodes";
    await until("the metrics API answers", () => api.answersOk(metrics, 2_000));
    const ready = secondsSince(begun);
    if (untilNodeMetrics) {
      await until("every node has metrics", async () => {
        const { items } = await api.get<{ items: unknown[] }>(metrics);
        return items.length === nodeCount;
      });
    }
    return { api: apiReady, ready, nodeMetrics: secondsSince(begun) };
  } finally {
    api.close();
  }
}

/** Both start their processes with the folder's path in the environment. */
async function untilNothingIsLeft(home: string): Promise<void> {
  await until("all processes are gone", async () => (await processesMarked(home)).length === 0);
}

/** Tries until the files are there from which a client can be made. */
async function connect(open: () => Promise<ApiClient>): Promise<ApiClient> {
  let client: ApiClient | undefined;
  await until("the cluster's files are written", async () => {
    client = await open();
    return true;
  });
  if (client === undefined) throw new Error("unreachable: opened");
  return client;
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await look().catch(() => false))) {
    if (secondsSince(begun) > timeoutSeconds) throw new Error(`not within ${timeoutSeconds} s: ${what}`);
    await sleep(20);
  }
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}

function execute(command: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", fail);
    // "exit": what it starts keeps its pipes.
    child.once("exit", (code) => (code === 0 ? done() : fail(new Error(`${command} ${args[0]}: ${code}\n${output}`))));
  });
}
