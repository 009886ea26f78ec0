import { readFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseQuantity } from "../../src/core/quantity.js";
import type { ApiClient } from "../../src/local/api-client.js";
import { issueAuthority, issueCertificate, type KeyPair } from "../../src/local/certificates.js";
import {
  type LocalClusterSpec,
  type LocalClusterState,
  observeCluster,
  probeComponents,
} from "../../src/local/index.js";
import { generalPool, LocalMachine, listenersOf, modesBelow } from "../support/local-machine.js";
import { eventually, kill } from "../support/processes.js";

// One control plane for the whole file: each test leaves it as it should be.

const name = "shop";
let machine: LocalMachine;
let spec: LocalClusterSpec;
let state: LocalClusterState;
let api: ApiClient;
let createSeconds: number;
/** The one pod whose simulated use was changed while it ran. */
let loadedPod: string;

const allRunning = {
  etcd: "running",
  "kube-apiserver": "running",
  "kube-controller-manager": "running",
  "kube-scheduler": "running",
  kwok: "running",
  "metrics-server": "running",
};

beforeAll(async () => {
  machine = await LocalMachine.create();
  spec = machine.spec(name);
  const begun = performance.now();
  state = await machine.ensure(spec);
  createSeconds = (performance.now() - begun) / 1000;
  api = await machine.api(name, state);
  await api.create("/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
  // A usage rate takes metrics-server two rounds of 10 s: its pods start now and are looked at later.
  await api.create("/apis/apps/v1/namespaces/default/deployments", deployment("loaded", 2));
  const [loaded] = await readyPods("loaded", 2);
  if (loaded === undefined) throw new Error("unreachable: two pods are ready");
  loadedPod = loaded.metadata.name;
  await api.patch(`/api/v1/namespaces/default/pods/${loadedPod}`, {
    metadata: { annotations: { "simulation.isokube.dev/cpu": "80%", "simulation.isokube.dev/cpu.proxy": "100m" } },
  });
});

afterAll(async () => {
  api?.close();
  await machine?.close();
});

function deployment(id: string, replicas: number): object {
  const labels = { app: id };
  const requests = { cpu: "200m", memory: "64Mi" };
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const image = "registry.example/app:1.0";
  return {
    metadata: { name: id },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "simulation.isokube.dev/cpu": "10%" } },
        spec: {
          initContainers: [
            { name: "setup", image, securityContext: restricted },
            { name: "proxy", image, restartPolicy: "Always", resources: { requests }, securityContext: restricted },
          ],
          containers: [{ name: "app", image, resources: { requests }, securityContext: restricted }],
        },
      },
    },
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly {
      readonly name: string;
      readonly state: object;
      readonly ready: boolean;
    }[];
  };
}

async function pods(app: string): Promise<readonly Pod[]> {
  const list = await api.get<{ items: Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
  return list.items;
}

const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

async function readyPods(app: string, count: number): Promise<readonly Pod[]> {
  let seen: readonly Pod[] = [];
  return eventually(
    `${count} ready pods of ${app}`,
    async () => {
      seen = await pods(app);
      return seen.filter(isReady).length === count ? seen : undefined;
    },
    { seen: () => seen.map((pod) => `${pod.metadata.name} ${pod.status.phase}`).join(", ") || "no pod" },
  );
}

describe("a new control plane", () => {
  test("is ready when ensureCluster returns, within its time", () => {
    expect(state.components).toEqual(allRunning);
    expect(state.nodes).toBe(2);
    // The promise is 8 s on two free cores; tests of others may run beside these.
    expect(createSeconds).toBeLessThan(30);
  });

  test("is observed as it was returned, and its liveness is told within 50 ms", async () => {
    expect(await observeCluster(spec.dataDirectory)).toEqual(state);
    const times: number[] = [];
    while (times.length < 5) {
      const begun = performance.now();
      expect(await probeComponents(spec.dataDirectory)).toEqual(allRunning);
      times.push(performance.now() - begun);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test("gives a kubeconfig that is complete in itself", async () => {
    const config: { users: { user: Record<string, string> }[]; clusters: { cluster: Record<string, string> }[] } =
      JSON.parse(state.kubeconfig);
    expect(Object.keys(config.users[0]?.user ?? {})).toEqual(["client-certificate-data", "client-key-data"]);
    expect(config.clusters[0]?.cluster["server"]).toBe(state.endpoint);
    expect(await readFile(machine.layout(name).kubeconfig, "utf8")).toBe(state.kubeconfig);
  });

  test("has nodes of its pools, said to be simulated, of the cluster's version", async () => {
    const { items } = await api.get<{ items: { metadata: { name: string; labels: object }; status: object }[] }>(
      "/api/v1/nodes",
    );
    expect(items.map((node) => node.metadata.name)).toEqual(["general-0", "general-1"]);
    for (const node of items) {
      expect(node.metadata.labels).toMatchObject({
        "isokube.dev/pool": "general",
        "isokube.dev/simulated": "true",
        "kubernetes.io/arch": "amd64",
      });
      expect(node.status).toMatchObject({
        capacity: { cpu: "4", memory: "16Gi", pods: "110" },
        nodeInfo: { kubeletVersion: `v${spec.kubernetesVersion}` },
      });
    }
  });

  test("does nothing when asked again for the same", async () => {
    const before = machine.pids(name);
    expect(await machine.ensure(spec)).toEqual(state);
    expect(machine.pids(name)).toEqual(before);
  });

  test("keeps its files to its owner and secrets out of its logs", async () => {
    const modes = await modesBelow(spec.dataDirectory);
    expect(modes.filter(({ mode }) => (mode & 0o077) !== 0)).toEqual([]);
    expect(modes.find(({ path }) => path === spec.dataDirectory)?.mode).toBe(0o700);
    for (const { path } of modes.filter(({ path }) => path.endsWith(".log"))) {
      expect(await readFile(path, "utf8")).not.toMatch(/PRIVATE KEY|\beyJ[\w-]{20,}\.[\w-]{20,}/);
    }
  });
});

describe("every listener", () => {
  const paths = [
    "/",
    "/healthz",
    "/livez",
    "/readyz",
    "/health",
    "/version",
    "/metrics",
    "/api",
    "/nodes/general-0/metrics/resource",
  ];

  interface Caller {
    readonly who: string;
    readonly identity: KeyPair | undefined;
  }
  const stranger = issueAuthority("isokube-ca");
  const callers: Caller[] = [
    { who: "without a certificate", identity: undefined },
    {
      who: "with an administrator's certificate of another authority",
      identity: issueCertificate(stranger, {
        commonName: "isokube:admin",
        organization: "system:masters",
        usages: ["client"],
        names: [],
      }),
    },
  ];

  /** The status that came back, or why none did. */
  function ask(port: number, path: string, identity: KeyPair | undefined): Promise<number | string> {
    return new Promise((done) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port,
          path,
          agent: false,
          // The client is the one to be refused here, not the server.
          rejectUnauthorized: false,
          ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
        },
        (incoming) => {
          incoming.resume();
          done(incoming.statusCode ?? 0);
        },
      );
      outgoing.once("error", (error) => done(error.message));
      outgoing.end();
    });
  }

  function askPlain(port: number): Promise<number | string> {
    return new Promise((done) => {
      const outgoing = plainRequest({ host: "127.0.0.1", port, path: "/healthz", agent: false }, (incoming) => {
        incoming.resume();
        done(incoming.statusCode ?? 0);
      });
      outgoing.once("error", (error) => done(error.message));
      outgoing.end();
    });
  }

  const refused = (answer: number | string): boolean => typeof answer === "string" || [400, 401, 403].includes(answer);

  test("is on 127.0.0.1 and recorded; there is no other", async () => {
    const listeners = await listenersOf([...machine.pids(name).values()]);
    expect(listeners.sort()).toEqual(
      Object.values(state.ports)
        .map((port) => `127.0.0.1:${port}`)
        .sort(),
    );
  });

  test.each(callers)("refuses callers $who", async ({ identity }) => {
    const answers = await Promise.all(
      Object.entries(state.ports).flatMap(([listener, port]) =>
        paths.map(async (path) => ({ listener, path, answer: await ask(port, path, identity) })),
      ),
    );
    expect(answers.filter(({ answer }) => !refused(answer))).toEqual([]);
  });

  test("speaks TLS only", async () => {
    const answers = await Promise.all(Object.values(state.ports).map(askPlain));
    expect(answers.filter((answer) => !refused(answer))).toEqual([]);
  });

  test("lets those in who should be: the check itself can tell", async () => {
    const admin = await Promise.all(
      [machine.layout(name).certificate("admin"), machine.layout(name).key("admin")].map((path) =>
        readFile(path, "utf8"),
      ),
    );
    const identity = { certificate: admin[0] ?? "", key: admin[1] ?? "" };
    const healthy = {
      "kube-apiserver": "/readyz",
      "kube-scheduler": "/healthz",
      "kube-controller-manager": "/healthz",
      "simulated-kubelet": "/healthz",
      "metrics-server": "/livez",
    };
    for (const [listener, path] of Object.entries(healthy)) {
      expect(await ask(state.ports[listener] ?? 0, path, identity), listener).toBe(200);
    }
  });
});

describe("simulated pods", () => {
  test("go through their conditions to Ready, sidecars running and init containers done", async () => {
    for (const pod of await readyPods("web", 2)) {
      expect(pod.status).toMatchObject({ phase: "Running", podIP: expect.stringMatching(/^10\.244\./) });
      const conditions = Object.fromEntries(pod.status.conditions?.map(({ type, status }) => [type, status]) ?? []);
      expect(conditions).toMatchObject({
        PodScheduled: "True",
        Initialized: "True",
        ContainersReady: "True",
        Ready: "True",
      });
      expect(pod.status.initContainerStatuses).toMatchObject([
        { name: "setup", ready: true, state: { terminated: { exitCode: 0, reason: "Completed" } } },
        { name: "proxy", ready: true, started: true, state: { running: {} } },
      ]);
    }
    const status = await api.get<{ status: object; metadata: { generation: number } }>(
      "/apis/apps/v1/namespaces/default/deployments/web",
    );
    expect(status.status).toMatchObject({
      observedGeneration: status.metadata.generation,
      readyReplicas: 2,
      availableReplicas: 2,
    });
  });

  test("of a Job complete after the time that is asked for", async () => {
    await api.create("/apis/batch/v1/namespaces/default/jobs", {
      metadata: { name: "import" },
      spec: {
        template: {
          metadata: { annotations: { "simulation.isokube.dev/job-duration": "300ms" } },
          spec: { restartPolicy: "Never", containers: [{ name: "import", image: "registry.example/import:1.0" }] },
        },
      },
    });
    const job = await eventually("the Job is complete", async () => {
      const found = await api.get<{ status: { succeeded?: number } }>("/apis/batch/v1/namespaces/default/jobs/import");
      return found.status.succeeded === 1 ? found : undefined;
    });
    expect(job.status).toMatchObject({
      conditions: expect.arrayContaining([expect.objectContaining({ type: "Complete", status: "True" })]),
    });
  });

  test("that are deleted go, and are replaced", async () => {
    const [first] = await readyPods("web", 2);
    await api.delete(`/api/v1/namespaces/default/pods/${first?.metadata.name}`);
    await eventually("the pod is gone and another is ready", async () => {
      const present = await pods("web");
      const gone = !present.some((pod) => pod.metadata.uid === first?.metadata.uid);
      return gone && present.filter(isReady).length === 2 ? true : undefined;
    });
  });

  test("say that they have no logs", async () => {
    const [pod] = await readyPods("web", 2);
    const answer = await api.send("GET", `/api/v1/namespaces/default/pods/${pod?.metadata.name}/log?container=app`);
    expect(answer.body).toContain("this pod is simulated");
  });

  test("are refused by Pod Security where they should be", async () => {
    await api.create("/api/v1/namespaces", {
      metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const pod = {
      metadata: { name: "root" },
      spec: { containers: [{ name: "root", image: "registry.example/root:1.0" }] },
    };
    await eventually("the namespace has its service account", () =>
      api.find("/api/v1/namespaces/strict/serviceaccounts/default"),
    );
    const answer = await api.send("POST", "/api/v1/namespaces/strict/pods", { body: pod });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('violates PodSecurity \\"restricted:latest\\"');
  });
});

describe("metrics", () => {
  interface Metrics {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly containers?: readonly {
        readonly name: string;
        readonly usage: { readonly cpu: string; readonly memory: string };
      }[];
      readonly usage?: { readonly cpu: string };
    }[];
  }
  const millicores = (cpu: string): number => Number(parseQuantity(cpu) ?? Number.NaN) / 1e6;

  /** Millicores by pod and container, once they are as wanted. */
  async function podUsage(wanted: (cpu: Readonly<Record<string, number>>) => boolean): Promise<void> {
    let seen: Record<string, number> = {};
    await eventually(
      "the usage of the pods",
      async () => {
        const path = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dloaded";
        const { items } = await api.get<Metrics>(path);
        seen = Object.fromEntries(
          items.flatMap(({ metadata, containers = [] }) =>
            containers.map(({ name, usage }) => [`${metadata.name}/${name}`, Math.round(millicores(usage.cpu))]),
          ),
        );
        return wanted(seen) ? true : undefined;
      },
      { timeoutSeconds: 45, everyMs: 200, seen: () => JSON.stringify(seen) },
    );
  }

  test("of nodes are there", async () => {
    const nodes = await eventually(
      "the usage of the nodes",
      async () => {
        const { items } = await api.get<Metrics>("/apis/metrics.k8s.io/v1beta1/nodes");
        return items.length === 2 ? items : undefined;
      },
      { timeoutSeconds: 45, everyMs: 200 },
    );
    expect(nodes.map((item) => item.metadata.name).sort()).toEqual(["general-0", "general-1"]);
    for (const { usage } of nodes) expect(millicores(usage?.cpu ?? "")).toBeGreaterThan(10);
  });

  test("of pods are there for every container, follow the annotations, and an HPA acts on them", async () => {
    const near = (value: number | undefined, wanted: number): boolean => Math.abs((value ?? 0) - wanted) < 3;
    const idle = (await pods("loaded")).map((pod) => pod.metadata.name).find((pod) => pod !== loadedPod);
    await podUsage(
      (cpu) =>
        near(cpu[`${loadedPod}/app`], 160) &&
        near(cpu[`${loadedPod}/proxy`], 100) &&
        near(cpu[`${idle}/app`], 20) &&
        near(cpu[`${idle}/proxy`], 20),
    );
    await api.create("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", {
      metadata: { name: "loaded" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "loaded" },
        minReplicas: 2,
        maxReplicas: 4,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 20 } } },
        ],
      },
    });
    // 300m used of 800m requested is 37.5 %, at a target of 20 %.
    await readyPods("loaded", 4);
  });
});

describe("a component that was killed", () => {
  test.each([
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "simulated-kubelet",
    "metrics-server",
  ])("%s is told to be down, and mended alone; the workload is still there", async (process) => {
    const uids = (await readyPods("web", 2)).map((pod) => pod.metadata.uid).sort();
    const before = machine.pids(name);
    kill(before.get(process) ?? 0);
    const component = process === "simulated-kubelet" ? "kwok" : process;
    await eventually("it is gone", async () => (machine.pids(name).has(process) ? undefined : true));
    expect((await observeCluster(spec.dataDirectory))?.components).toMatchObject({ [component]: "down" });
    expect(await probeComponents(spec.dataDirectory)).toEqual({ ...allRunning, [component]: "down" });

    expect((await machine.ensure(spec)).components).toEqual(allRunning);
    const after = machine.pids(name);
    expect([...after.keys()].filter((key) => after.get(key) !== before.get(key))).toEqual([process]);
    expect((await readyPods("web", 2)).map((pod) => pod.metadata.uid).sort()).toEqual(uids);
  });

  test("or halted is told to be unhealthy, and mended", async () => {
    const before = machine.pids(name);
    process.kill(before.get("kube-scheduler") ?? 0, "SIGSTOP");
    await eventually("it is halted", async () =>
      (await probeComponents(spec.dataDirectory))["kube-scheduler"] === "unhealthy" ? true : undefined,
    );
    expect((await observeCluster(spec.dataDirectory))?.components["kube-scheduler"]).toBe("unhealthy");
    expect((await machine.ensure(spec)).components).toEqual(allRunning);
    expect(machine.pids(name).get("kube-scheduler")).not.toBe(before.get("kube-scheduler"));
  });
});

describe("pools", () => {
  const nodeNames = async (): Promise<string[]> =>
    (await api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/nodes")).items.map(
      (node) => node.metadata.name,
    );

  test("change in place: nodes are added, altered and drained, pods move, processes stay", async () => {
    const before = machine.pids(name);
    const batch = { ...generalPool, name: "batch", count: 1, taints: [{ key: "batch", effect: "NoSchedule" }] };
    const general = { ...generalPool, count: 1, cpu: "8", labels: { tier: "web" } };
    const changed = await machine.ensure({ ...spec, pools: [general, batch] });
    expect(changed.nodes).toBe(2);
    expect(await nodeNames()).toEqual(["batch-0", "general-0"]);
    expect(await api.get("/api/v1/nodes/general-0")).toMatchObject({
      metadata: { labels: { tier: "web" } },
      status: { capacity: { cpu: "8" } },
    });
    expect(await api.get("/api/v1/nodes/batch-0")).toMatchObject({ spec: { taints: [{ key: "batch" }] } });
    for (const pod of await readyPods("web", 2)) expect(pod.spec.nodeName).toBe("general-0");
    expect(machine.pids(name)).toEqual(before);

    await machine.ensure(spec);
    expect(await nodeNames()).toEqual(["general-0", "general-1"]);
    const node = await api.get<{ metadata: { labels: object } }>("/api/v1/nodes/general-0");
    expect(node.metadata.labels).not.toHaveProperty("tier");
  });

  test("that shrink below a disruption budget keep it while they can", async () => {
    await api.create("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
      metadata: { name: "web" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
    });
    await eventually("the budget is known", async () => {
      const budget = await api.get<{ status?: { disruptionsAllowed?: number } }>(
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web",
      );
      return budget.status?.disruptionsAllowed === 1 ? true : undefined;
    });
    let fewest = 2;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) fewest = Math.min(fewest, (await pods("web")).filter(isReady).length);
    })();
    await machine.ensure({ ...spec, pools: [{ ...generalPool, name: "other", count: 1 }] });
    watching.abort();
    await watch;
    expect(fewest).toBeGreaterThanOrEqual(1);
    expect(await nodeNames()).toEqual(["other-0"]);
    await readyPods("web", 2);
    await api.delete("/apis/policy/v1/namespaces/default/poddisruptionbudgets/web");
    await machine.ensure(spec);
  });
});

test.each<{ what: string; change: Partial<LocalClusterSpec>; why: RegExp }>([
  { what: "another owner", change: { owner: "test:other" }, why: /belongs to test:shop, not to test:other/ },
  {
    what: "an older version",
    change: { kubernetesVersion: "1.34.0" },
    why: /kubernetesVersion = "1\.34\.0": .*cannot be downgraded/,
  },
  {
    what: "another pod range",
    change: { podCidr: "10.0.0.0/16" },
    why: /podCidr = "10\.0\.0\.0\/16": it is 10\.244\.0\.0\/16/,
  },
  {
    what: "metrics too often",
    change: { metricsResolutionSeconds: 5 },
    why: /metrics-server measures at most every 10 s/,
  },
])("$what is refused and changes nothing", async ({ change, why }) => {
  const before = machine.pids(name);
  await expect(machine.ensure({ ...spec, ...change })).rejects.toThrow(why);
  expect(machine.pids(name)).toEqual(before);
  expect(await observeCluster(spec.dataDirectory)).toMatchObject({
    components: allRunning,
    kubernetesVersion: spec.kubernetesVersion,
  });
});

test("destroying leaves no process, port or file", async () => {
  const ports = Object.values(state.ports);
  expect(await machine.destroy(name)).toBe("destroyed");
  expect(await machine.leftovers()).toEqual([]);
  for (const port of ports) {
    const answer = await new Promise((done) => {
      const outgoing = plainRequest({ host: "127.0.0.1", port, agent: false }, () => done("answered"));
      outgoing.once("error", (error) => done("code" in error ? error.code : error.message));
      outgoing.end();
    });
    expect(answer).toBe("ECONNREFUSED");
  }
  expect(await machine.destroy(name)).toBe("absent");
  expect(await observeCluster(spec.dataDirectory)).toBeUndefined();
  expect(new Set(Object.values(await probeComponents(spec.dataDirectory)))).toEqual(new Set(["down"]));
});
