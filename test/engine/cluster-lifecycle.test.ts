import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LiveCluster } from "../contract/live-cluster.js";
import { Engine, type Run } from "../support/engine.js";
import { eventually } from "../support/processes.js";

const shop = `
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "100m", memory: "64Mi" } } },
});
export const kubeconfig = shop.kubeconfig;
export const versions = [shop.version];
export const simulated = [shop.simulatedNodes];
`;

// `guest` is the same cluster once more, as one that exists already: its
// kubeconfig is an output, unknown until the first has been made.
const guest = `
const renamed = (kubeconfig) => {
  const config = JSON.parse(kubeconfig);
  config["current-context"] = config.contexts[0].name = process.env.GUEST_CONTEXT ?? "guest";
  return JSON.stringify(config);
};
const guest = new Cluster("guest", { target: "existing", existing: { kubeconfig: shop.kubeconfig.apply(renamed) } });
new Namespace("guest", { cluster: guest });
versions.push(guest.version);
simulated.push(guest.simulatedNodes);
`;

const good = {
  "isokube:target": "local",
  "isokube:kubernetesVersion": "1.35",
  "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2 } },
};

let engine: Engine;
let live: LiveCluster;

beforeAll(async () => {
  engine = await Engine.create({ program: shop + guest, config: good });
});
afterAll(async () => {
  await engine?.close();
});

const isCluster = ({ type }: { readonly type: string }) => type === "isokube:local:ControlPlane";
const changed = (run: Run) => run.steps.filter(({ op }) => op !== "same" && op !== "refresh");

async function killProcess(component: string): Promise<void> {
  const found = (await engine.processes()).find(({ environment }) => environment["ISOKUBE_COMPONENT"] === component);
  if (found === undefined) throw new Error(`no ${component} runs`);
  process.kill(found.pid, "SIGKILL");
}

async function hasEnded(component: string): Promise<void> {
  await eventually(`${component} has ended`, async () => {
    const running = (await engine.processes()).map(({ environment }) => environment["ISOKUBE_COMPONENT"]);
    return running.includes(component) ? undefined : true;
  });
}

async function workloadUid(): Promise<string> {
  return live.kubectl(["get", "deployment", "web", "--namespace", "shop", "--output", "jsonpath={.metadata.uid}"]);
}

describe("a Cluster under the real engine", () => {
  test("with bad config is refused at preview with every key, and nothing is there", async () => {
    await engine.setConfig({
      "isokube:kubernetesVersion": "1.12",
      "isokube:controlPlane": { highlyAvailable: true },
      "isokube:network": { podCidr: "10.96.0.0/12" },
    });
    const run = await engine.preview({ mayFail: true });
    expect(run.exitCode).not.toBe(0);
    const said = run.stdout + run.stderr;
    expect(said).toMatch(/isokube:kubernetesVersion = "1.12": .* Fix: use one of 1.35, 1.36\./);
    expect(said).toMatch(/isokube:controlPlane.highlyAvailable = true: .* Fix: leave out/);
    expect(said).toMatch(/isokube:network.podCidr = "10.96.0.0\/12": it overlaps serviceCidr 10.96.0.0\/16/);
    // The stack's own resource is there before the program runs; nothing else may be.
    expect(new Set(run.steps.map(({ type }) => type))).toEqual(new Set(["pulumi:pulumi:Stack"]));
    await engine.setConfig({ ...good, "isokube:controlPlane": {}, "isokube:network": {} });
  });

  test("is planned whole before anything is known, and comes up as planned", async () => {
    const preview = await engine.preview();
    const up = await engine.up();
    expect(up.changes).toEqual(preview.changes);
    const { kubeconfig, versions, simulated } = await engine.outputs();
    expect(versions).toEqual(["1.35.3", "1.35.3"]);
    expect(simulated).toEqual([true, true]);
    const file = join(engine.directory, "kubeconfig");
    await writeFile(file, String(kubeconfig), { mode: 0o600 });
    live = await LiveCluster.open(file);
    expect(await live.kubectl(["get", "namespaces", "--output", "name"])).toContain("namespace/guest");
  });

  test("changes nothing when nothing changed", async () => {
    expect(changed(await engine.up())).toEqual([]);
  });

  test("keeps everything deployed when only its kubeconfig changes", async () => {
    const run = await engine.preview({ env: { GUEST_CONTEXT: "renamed" } });
    expect(changed(run).map(({ op, type, name }) => [op, type, name])).toEqual([
      ["update", "pulumi:providers:kubernetes", "guest"],
    ]);
  });

  test("that exists already can be let go, and stays", async () => {
    await engine.writeProgram(shop);
    expect((await engine.up()).changes).toMatchObject({ delete: 4 });
    const namespaces = await live.kubectl(["get", "namespaces", "--output", "name"]);
    expect(namespaces).toContain("namespace/shop");
    expect(namespaces).not.toContain("namespace/guest");
  });

  test("that is protected is not destroyed, and state and cluster agree on what is left", async () => {
    await engine.setConfig({ "isokube:deletionProtection": true });
    await engine.up();
    const refused = await engine.destroy({ mayFail: true });
    await engine.setConfig({ "isokube:deletionProtection": false });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("it is protected");
    expect(await live.kubectl(["get", "namespaces", "--output", "name"])).not.toContain("namespace/shop");
    const { resources = [] } = await engine.checkpoint();
    expect(resources.some(isCluster)).toBe(true);
    expect(resources.filter(({ type }) => type.startsWith("kubernetes:"))).toEqual([]);
    await engine.up();
  });

  test("whose API server died is found so by refresh, and mended by up with everything deployed kept", async () => {
    const uid = await workloadUid();
    await killProcess("kube-apiserver");
    const refresh = await engine.refresh();
    expect(refresh.steps.filter(isCluster).map(({ detailedDiff }) => Object.keys(detailedDiff))).toContainEqual(
      expect.arrayContaining([expect.stringMatching(/components.*kube-apiserver/)]),
    );
    const { resources = [] } = await engine.checkpoint();
    expect(resources.filter(({ type }) => type === "kubernetes:apps/v1:Deployment")).toHaveLength(1);
    const up = await engine.up();
    expect(changed(up).map(({ type }) => type)).toEqual(["isokube:local:ControlPlane"]);
    expect(await workloadUid()).toBe(uid);
  });

  test("whose etcd died is found so by refresh, though what is deployed cannot be read, and mended by up", async () => {
    const uid = await workloadUid();
    await killProcess("etcd");
    await hasEnded("kube-apiserver");
    const refresh = await engine.refresh();
    expect(refresh.steps.filter(isCluster).map(({ detailedDiff }) => Object.keys(detailedDiff))).toContainEqual(
      expect.arrayContaining([expect.stringMatching(/components.*etcd/)]),
    );
    const up = await engine.up();
    expect(changed(up).map(({ type }) => type)).toEqual(["isokube:local:ControlPlane"]);
    expect(await workloadUid()).toBe(uid);
  });

  test("is upgraded in place, with everything deployed kept", async () => {
    const uid = await workloadUid();
    await engine.setConfig({ "isokube:kubernetesVersion": "1.36" });
    const up = await engine.up();
    expect(changed(up).filter(({ type }) => !type.startsWith("pulumi:pulumi"))).toMatchObject([
      { op: "update", type: "isokube:local:ControlPlane", detailedDiff: { kubernetesVersion: "update" } },
    ]);
    expect((await engine.outputs())["versions"]).toEqual([expect.stringMatching(/^1\.36\.\d+$/)]);
    expect(await workloadUid()).toBe(uid);
  });

  test("is destroyed though nothing of it runs any more, and leaves nothing", async () => {
    for (const { pid } of await engine.processes()) process.kill(pid, "SIGKILL");
    const destroy = await engine.destroy();
    expect(Object.keys(destroy.changes)).toEqual(["delete"]);
    expect(await engine.processes()).toEqual([]);
    expect(await readdir(join(engine.isokubeHome, "clusters"))).toEqual([]);
    expect((await engine.checkpoint()).resources ?? []).toEqual([]);
  });
});
