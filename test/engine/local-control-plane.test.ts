import { readFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
import { deployment, isReady, pods, readyPods } from "../support/simulated-pods.js";

// One control plane for the whole file: each test leaves it as it should be.

const name = "shop";
let machine: LocalMachine;
let spec: LocalClusterSpec;
let state: LocalClusterState;
let api: ApiClient;
let createSeconds: number;

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
  api = machine.api(name, state);
  await api.create("/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
});

afterAll(async () => {
  api?.close();
  await machine?.close();
});

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
    const uids = (await readyPods(api, "web", 2)).map((pod) => pod.metadata.uid).sort();
    const before = machine.pids(name);
    kill(before.get(process) ?? 0);
    const component = process === "simulated-kubelet" ? "kwok" : process;
    // An API server without its store can answer nobody, and is ended a moment later.
    const gone = process === "etcd" ? ["etcd", "kube-apiserver"] : [process];
    const left = () => gone.filter((each) => machine.pids(name).has(each));
    await eventually(`${gone.join(" and ")} ended`, async () => (left().length > 0 ? undefined : true));
    expect((await observeCluster(spec.dataDirectory))?.components).toMatchObject({ [component]: "down" });
    const down = Object.fromEntries((process === "etcd" ? gone : [component]).map((each) => [each, "down"]));
    // What needs the API server is not down, but not well either.
    if (process !== "etcd") expect(await probeComponents(spec.dataDirectory)).toEqual({ ...allRunning, ...down });
    else expect(await probeComponents(spec.dataDirectory)).toMatchObject(down);

    expect((await machine.ensure(spec)).components).toEqual(allRunning);
    const after = machine.pids(name);
    expect([...after.keys()].filter((key) => after.get(key) !== before.get(key)).sort()).toEqual(gone);
    expect((await readyPods(api, "web", 2)).map((pod) => pod.metadata.uid).sort()).toEqual(uids);
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
    for (const pod of await readyPods(api, "web", 2)) expect(pod.spec.nodeName).toBe("general-0");
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
      while (!watching.signal.aborted) fewest = Math.min(fewest, (await pods(api, "web")).filter(isReady).length);
    })();
    await machine.ensure({ ...spec, pools: [{ ...generalPool, name: "other", count: 1 }] });
    watching.abort();
    await watch;
    expect(fewest).toBeGreaterThanOrEqual(1);
    expect(await nodeNames()).toEqual(["other-0"]);
    await readyPods(api, "web", 2);
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
