import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseQuantity } from "../../src/core/quantity.js";
import type { ApiClient } from "../../src/local/api-client.js";
import { LocalMachine } from "../support/local-machine.js";
import { eventually } from "../support/processes.js";
import { deployment, isReady, pods, readyPods } from "../support/simulated-pods.js";

// One control plane for the whole file.

const name = "shop";
let machine: LocalMachine;
let api: ApiClient;
/** The one pod whose simulated use was changed while it ran. */
let loadedPod: string;

beforeAll(async () => {
  machine = await LocalMachine.create();
  api = machine.api(name, await machine.ensure(machine.spec(name)));
  await api.create("/apis/apps/v1/namespaces/default/deployments", deployment("web", 2));
  // A usage rate takes metrics-server two rounds of 10 s: its pods start now and are looked at later.
  await api.create("/apis/apps/v1/namespaces/default/deployments", deployment("loaded", 2));
  const [loaded] = await readyPods(api, "loaded", 2);
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

describe("simulated pods", () => {
  test("go through their conditions to Ready, sidecars running and init containers done", async () => {
    for (const pod of await readyPods(api, "web", 2)) {
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
    // Its controller hears of ready pods a moment after we do.
    await eventually("the Deployment counts both pods", async () => {
      const { metadata, status } = await api.get<{
        metadata: { generation: number };
        status: { observedGeneration?: number; readyReplicas?: number; availableReplicas?: number };
      }>("/apis/apps/v1/namespaces/default/deployments/web");
      const isObserved = status.observedGeneration === metadata.generation;
      return isObserved && status.readyReplicas === 2 && status.availableReplicas === 2 ? true : undefined;
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
    const [first] = await readyPods(api, "web", 2);
    await api.delete(`/api/v1/namespaces/default/pods/${first?.metadata.name}`);
    await eventually("the pod is gone and another is ready", async () => {
      const present = await pods(api, "web");
      const gone = !present.some((pod) => pod.metadata.uid === first?.metadata.uid);
      return gone && present.filter(isReady).length === 2 ? true : undefined;
    });
  });

  test("say that they have no logs", async () => {
    const [pod] = await readyPods(api, "web", 2);
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

  // metrics-server is built with newer libraries than its own; without definitions that fit them it does not start.
  test("are described to clients, as Kubernetes names their kinds", async () => {
    const { components } = await eventually("the metrics API's description", () =>
      api.find<{ components: { schemas: Readonly<Record<string, { readonly properties?: object }>> } }>(
        "/openapi/v3/apis/metrics.k8s.io/v1beta1",
      ),
    );
    expect(components.schemas["io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics"]?.properties).toHaveProperty(
      "containers",
    );
    expect(components.schemas).toHaveProperty(["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]);
  });

  test("of pods are there for every container, follow the annotations, and an HPA acts on them", async () => {
    const near = (value: number | undefined, wanted: number): boolean => Math.abs((value ?? 0) - wanted) < 3;
    const idle = (await pods(api, "loaded")).map((pod) => pod.metadata.name).find((pod) => pod !== loadedPod);
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
    await readyPods(api, "loaded", 4);
  });
});
