import { describe, expect, test } from "vitest";
import { drainingAnnotation } from "../../src/core/labels.js";
import { isReady, isSchedulable, type LiveNode, planNodes, renderNodes } from "../../src/local/nodes.js";
import type { LocalClusterSpec } from "../../src/local/spec.js";
import { pool, spec } from "./fixtures.js";

const port = 20007;
const nodes = renderNodes(spec, port);
/** What the API returns for a node that was created as rendered. */
const live = (): LiveNode[] => structuredClone(nodes);
const withPool = (change: Partial<typeof pool>): LocalClusterSpec => ({ ...spec, pools: [{ ...pool, ...change }] });
const plan = (desired: LocalClusterSpec, present: readonly LiveNode[]) =>
  planNodes(renderNodes(desired, port), present);

test("nodes are rendered like this", () => {
  expect(nodes).toMatchSnapshot();
});

test("nodes of a pool are spread over zones", () => {
  const zones = renderNodes(withPool({ count: 5 }), port).map(
    (node) => node.metadata.labels["topology.kubernetes.io/zone"],
  );
  expect(zones).toEqual(["local-a", "local-b", "local-c", "local-a", "local-b"]);
});

test("a user's label cannot hide what the node is", () => {
  const [node] = renderNodes(
    withPool({ labels: { "isokube.dev/simulated": "false", "kubernetes.io/os": "plan9" } }),
    port,
  );
  expect(node?.metadata.labels).toMatchObject({ "isokube.dev/simulated": "true", "kubernetes.io/os": "linux" });
});

describe("the plan", () => {
  test("is empty when all is as asked", () => {
    expect(plan(spec, live())).toEqual({ create: [], change: [], remove: [] });
  });

  test("is empty however the API orders the keys", () => {
    const reversed = live().map((node) => ({
      ...node,
      status: {
        ...node.status,
        nodeInfo: Object.fromEntries(Object.entries(node.status?.nodeInfo ?? {}).reverse()),
        conditions: [{ type: "Ready", status: "True" }],
      },
    }));
    expect(plan(spec, reversed)).toEqual({ create: [], change: [], remove: [] });
  });

  test.each([
    { what: "more nodes", count: 3, create: ["general-2"], remove: [] },
    { what: "fewer nodes", count: 1, create: [], remove: ["general-1"] },
    { what: "none", count: 0, create: [], remove: ["general-0", "general-1"] },
  ])("for $what leaves the others alone", ({ count, create, remove }) => {
    const result = plan(withPool({ count }), live());
    expect(result.create.map((node) => node.metadata.name)).toEqual(create);
    expect(result.remove).toEqual(remove);
    expect(result.change).toEqual([]);
  });

  test("moves a renamed pool's nodes by adding and draining", () => {
    const result = plan(withPool({ name: "batch" }), live());
    expect(result.create.map((node) => node.metadata.name)).toEqual(["batch-0", "batch-1"]);
    expect(result.remove).toEqual(["general-0", "general-1"]);
  });

  test("sets new labels and takes away those that came from the pool, no others", () => {
    const present = live().map((node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, "user.example/own": "kept" } },
    }));
    const [change] = plan(withPool({ labels: { team: "shop" } }), present).change;
    expect(change?.patch).toMatchObject({ metadata: { labels: { team: "shop", tier: null } } });
    expect(JSON.stringify(change?.patch)).not.toContain("user.example");
    expect(change?.statusPatch).toBeUndefined();
  });

  test("replaces the pool's taints and keeps those of controllers and users", () => {
    const foreign = [
      { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
      { key: "user.example/own", effect: "NoExecute" },
    ];
    const present = live().map((node) => ({ ...node, spec: { taints: [...foreign, ...(node.spec?.taints ?? [])] } }));
    const [change] = plan(withPool({ taints: [{ key: "gpu", effect: "NoSchedule" }] }), present).change;
    expect(change?.patch).toMatchObject({ spec: { taints: [{ key: "gpu", effect: "NoSchedule" }, ...foreign] } });
  });

  test.each<{ what: string; desired: LocalClusterSpec; status: object }>([
    { what: "cpu", desired: withPool({ cpu: "8" }), status: { capacity: { cpu: "8" }, allocatable: { cpu: "8" } } },
    { what: "memory", desired: withPool({ memory: "32Gi" }), status: { capacity: { memory: "32Gi" } } },
    {
      what: "the version",
      desired: { ...spec, kubernetesVersion: "1.36.3" },
      status: { nodeInfo: { kubeletVersion: "v1.36.3" } },
    },
    { what: "the architecture", desired: withPool({ arch: "arm64" }), status: { nodeInfo: { architecture: "arm64" } } },
  ])("changes $what in place", ({ desired, status }) => {
    const result = plan(desired, live());
    expect(result.create).toEqual([]);
    expect(result.remove).toEqual([]);
    expect(result.change).toHaveLength(2);
    expect(result.change[0]?.statusPatch).toMatchObject({ status });
  });

  test("leads the nodes to the kubelet's new port", () => {
    const result = planNodes(renderNodes(spec, port + 1), live());
    expect(result.change[0]?.statusPatch).toEqual({
      status: { daemonEndpoints: { kubeletEndpoint: { Port: port + 1 } } },
    });
  });

  test("opens a node again whose removal was cut short", () => {
    const present = live().map((node) => ({
      ...node,
      metadata: { ...node.metadata, annotations: { ...node.metadata.annotations, [drainingAnnotation]: "true" } },
      spec: { ...node.spec, unschedulable: true },
    }));
    expect(plan(spec, present).change[0]?.patch).toMatchObject({
      metadata: { annotations: { [drainingAnnotation]: null } },
      spec: { unschedulable: null },
    });
  });

  test("leaves a node closed that the user closed", () => {
    const present = live().map((node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    expect(plan(spec, present).change).toEqual([]);
  });
});

test.each<{ what: string; node: LiveNode; ready: boolean; schedulable: boolean }>([
  { what: "just made", node: { metadata: { name: "n" } }, ready: false, schedulable: false },
  {
    what: "ready but still closed",
    node: {
      metadata: { name: "n" },
      spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    },
    ready: true,
    schedulable: false,
  },
  {
    what: "ready with its pool's taint",
    node: {
      metadata: { name: "n" },
      spec: { taints: [{ key: "dedicated", effect: "NoSchedule" }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    },
    ready: true,
    schedulable: true,
  },
  {
    what: "lost",
    node: { metadata: { name: "n" }, status: { conditions: [{ type: "Ready", status: "Unknown" }] } },
    ready: false,
    schedulable: false,
  },
])("a node $what is ready: $ready, open for pods: $schedulable", ({ node, ready, schedulable }) => {
  expect(isReady(node)).toBe(ready);
  expect(isSchedulable(node)).toBe(schedulable);
});

test("a pool may have its own value of a label that every node gets, but never of what marks a node simulated", () => {
  const [node] = renderNodes(
    withPool({
      standardLabels: { "topology.kubernetes.io/zone": "eu-west-1a", "isokube.dev/simulated": "false" },
    }),
    port,
  );
  expect(node?.metadata.labels).toMatchObject({
    "topology.kubernetes.io/zone": "eu-west-1a",
    "isokube.dev/pool": "general",
    "isokube.dev/simulated": "true",
  });
});
