import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlPlaneClass } from "../support/control-plane-program.js";
import { Engine, type Run, type RunningCommand } from "../support/engine.js";
import { eventually, kill, type MarkedProcess } from "../support/processes.js";

/**
 * A cluster and, when asked for, things in it that must survive whatever happens to its processes.
 * It does not end while a file named `hold` is there: a create that went on from an earlier one
 * may take a few tenths of a second, and must still be there when it is to be killed.
 */
const program = `
import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
${controlPlaneClass}
const config = new pulumi.Config();
const pools = [{ name: "general", count: 2, cpu: "4", memory: "16Gi" }];
const cluster = new ControlPlane("cluster", { kubernetesVersion: "1.35", pools });
export const components = cluster.components;
export let uid;
if (config.getBoolean("workload") ?? false) {
  const provider = new k8s.Provider("cluster", { kubeconfig: cluster.kubeconfig, skipUpdateUnreachable: true });
  const labels = { app: "web" };
  const web = new k8s.apps.v1.Deployment("web", {
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "registry.example/web:1.0" }] } },
    },
  }, { provider });
  uid = web.metadata.uid;
}
const held = setInterval(() => existsSync("hold") || clearInterval(held), 50);
`;

const clusterName = "crash-dev-cluster";
const clusterType = "isokube:local:ControlPlane";

const allRunning = Object.fromEntries(
  ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server"].map((name) => [
    name,
    "running",
  ]),
);

/** Everything that a cluster consists of; each once, or something was left behind. */
const clusterProcesses = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
  "simulated-kubelet",
];

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create({ program, project: "crash" });
});
afterAll(() => engine.close());

/** The cluster's outputs as the state has them: the stack's own are those of the last `up`. */
async function clusterOutputs(): Promise<Readonly<Record<string, unknown>>> {
  const { resources = [] } = await engine.checkpoint();
  return resources.find(({ type }) => type === clusterType)?.outputs ?? {};
}

async function componentNames(): Promise<(string | undefined)[]> {
  return (await componentProcesses()).map(({ environment }) => environment["ISOKUBE_COMPONENT"]);
}

async function componentProcesses(): Promise<MarkedProcess[]> {
  return (await engine.processes()).filter(({ environment }) => environment["ISOKUBE_COMPONENT"] !== undefined);
}

/**
 * What runs besides the cluster. Pulumi's own language host asks after its
 * engine only every five minutes, and then ends: it is not counted.
 */
async function orphans(): Promise<string[]> {
  const others = (await engine.processes()).filter(
    ({ command, environment }) =>
      environment["ISOKUBE_COMPONENT"] === undefined && !command.includes("pulumi-language-nodejs"),
  );
  return others.map(({ pid, command }) => `${pid} ${command}`);
}

async function nothingElseRuns(): Promise<void> {
  let left: readonly string[] = [];
  const look = async (): Promise<true | undefined> => {
    left = await orphans();
    return left.length === 0 ? true : undefined;
  };
  await eventually("nothing but the cluster runs", look, { timeoutSeconds: 10, seen: () => left.join("; ") });
}

describe("kill -9 of `pulumi up` while it creates a cluster", () => {
  const directory = (): string => join(engine.isokubeHome, "clusters", clusterName);
  const runs = (name: string) => async () => (await componentNames()).includes(name);

  const pluginRuns = async () => (await engine.processes()).some(({ command }) => command.includes("plugin/main.js"));

  /** Moments in the order in which a create comes by them. */
  const moments = {
    "the plugin has started": async () => true,
    "the cluster is written down": async () => existsSync(join(directory(), "cluster.json")),
    "its first key is made": async () =>
      existsSync(join(directory(), "pki")) && readdirSync(join(directory(), "pki")).length > 0,
    "etcd has started": runs("etcd"),
    "the API server has started": runs("kube-apiserver"),
    "kwok has started": runs("kwok"),
    "the scheduler has started": runs("kube-scheduler"),
    "metrics-server has started": runs("metrics-server"),
    "half a second has passed since": async () => (await runs("metrics-server")()) && sleep(500, true),
    "it was told to run": async (up: RunningCommand, wasMade: boolean) =>
      wasMade || (await up.events()).diagnostics.some(({ message }) => message.includes("runs with")),
  } satisfies Record<string, (up: RunningCommand, wasMade: boolean) => Promise<boolean>>;
  type Moment = keyof typeof moments;

  /** Kills an `up` at a moment, and waits until nothing is left but what it made of the cluster. */
  async function killAt(moment: Moment): Promise<void> {
    const hold = join(engine.projectDirectory, "hold");
    writeFileSync(hold, "");
    // The engine may have been told before the last kill: then it asks for nothing more.
    const wasMade = (await clusterOutputs())["components"] !== undefined;
    const up = engine.start("up");
    let ended: string | undefined;
    const tell = (how: string) => {
      ended = how;
    };
    up.finished.then(
      ({ exitCode, output }) => tell(`exit code ${exitCode}\n${output}`),
      (error: unknown) => tell(String(error)),
    );
    // A moment that an earlier kill came too late for is passed when the plugin starts.
    const reached = async () => ((await pluginRuns()) && (await moments[moment](up, wasMade)) ? true : undefined);
    await eventually(moment, reached, {
      timeoutSeconds: 40,
      everyMs: 5,
      seen: () => ended ?? "it still runs",
    });
    expect(ended).toBeUndefined();
    up.kill();
    rmSync(hold);
    await nothingElseRuns();
    await engine.pulumi(["cancel", "--yes"], { stack: engine.defaultStack });
  }

  // Each row is one create, cut off again and again, further on each time. The last cluster is kept.
  const creates: readonly (readonly Moment[])[] = [
    ["the plugin has started", "its first key is made", "the API server has started", "metrics-server has started"],
    ["the cluster is written down", "etcd has started", "the scheduler has started"],
    ["kwok has started", "half a second has passed since", "it was told to run"],
  ];

  test.each(creates.map((row) => [row.join(", when "), row] as const))(
    "when %s: the next one finishes and nothing is left over",
    async (_, row) => {
      for (const moment of row) await killAt(moment);
      const isLast = row === creates.at(-1);
      if (isLast) await engine.setConfig({ "crash:workload": "true" });
      const up = await engine.up();
      // The last kill may have come just after the engine had written down what it was told.
      expect(["create", "same"]).toContain(up.steps.find(({ type }) => type === clusterType)?.op);
      expect(await clusterOutputs()).toMatchObject({ nodes: 2, components: allRunning });
      expect((await componentNames()).sort()).toEqual([...clusterProcesses].sort());
      if (isLast) return;
      await engine.destroy();
      expect(await componentNames()).toEqual([]);
    },
  );
});

describe("kill -9 of the control plane's processes", () => {
  const workload = { uid: "" };

  beforeAll(async () => {
    workload.uid = String((await engine.outputs())["uid"]);
    expect(workload.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  const components = (run: Run) =>
    run.steps.find(({ type, op }) => type === clusterType && op === "update")?.detailedDiff ?? {};

  async function killComponent(name: string): Promise<void> {
    const found = (await componentProcesses()).filter(({ environment }) => environment["ISOKUBE_COMPONENT"] === name);
    expect(found).toHaveLength(1);
    for (const { pid } of found) kill(pid);
    await hasEnded(name);
  }

  async function hasEnded(name: string): Promise<void> {
    await eventually(`${name} has ended`, async () => ((await componentNames()).includes(name) ? undefined : true));
  }

  test.each(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"])(
    "%s: a refresh tells, an up mends, and the workload is still there",
    async (name) => {
      await killComponent(name);
      // Without its store the API server would keep every caller waiting: it ends a moment later.
      if (name === "etcd") await hasEnded("kube-apiserver");
      const refresh = await engine.refresh();
      expect(components(refresh)).toMatchObject({ [`components.${name}`]: "update" });
      expect((await clusterOutputs())["components"]).toMatchObject({ [name]: "down" });

      const up = await engine.up();
      expect(components(up)).toMatchObject({ [`components.${name}`]: "update" });
      expect((await clusterOutputs())["components"]).toEqual(allRunning);
      expect((await engine.outputs())["uid"]).toBe(workload.uid);
    },
  );

  test("all of them: an up mends them without a refresh", async () => {
    // The simulated kubelet first: it would end the API server when its store is gone.
    for (const name of [...clusterProcesses].reverse()) await killComponent(name);
    const up = await engine.up();
    expect(Object.keys(components(up)).sort()).toEqual(
      clusterProcesses
        .filter((name) => name !== "simulated-kubelet")
        .map((name) => `components.${name}`)
        .sort(),
    );
    expect((await componentNames()).sort()).toEqual([...clusterProcesses].sort());
    const refresh = await engine.refresh();
    expect(refresh.changes).toEqual({ same: 4 });
    expect((await engine.outputs())["uid"]).toBe(workload.uid);
  });
});
