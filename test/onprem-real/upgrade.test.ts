import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { etcdMembers } from "../support/hosts/etcd.js";
import { startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import type { KubectlAt } from "../support/hosts/kubectl.js";
import { changesOf, kubectlOf, nodesOf, shopProgram } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { UpgradeWatch } from "../support/hosts/upgrade-watch.js";
import { eventually } from "../support/processes.js";

const program = shopProgram({
  workload: 'scaling: { fixed: 3 }, disruption: { minAvailable: 2 }, service: { type: "LoadBalancer" },',
});

const controlPlanes = ["cp1", "cp2", "cp3"];
const workers = ["worker1", "worker2"];
const names = [...controlPlanes, ...workers];
/** By its owner, before the upgrade; it is the owner's to say when it takes pods again. */
const cordoned = "cp3";

/** What has been done to a host, as its journal tells it. */
const journalOf = (host: TestHost) => host.exec(["cat", "/var/lib/isokube/journal.jsonl"]);

/** Images that kubelet never clears away, also where nothing uses them. */
async function pinnedOn(name: string): Promise<string[]> {
  const filter = `'labels."io.cri-containerd.pinned"==pinned'`;
  return (await hosts.get(name).exec(`ctr --namespace k8s.io images ls -q ${filter}`)).trim().split("\n");
}

let hosts: TestHosts;
let engine: Engine;
let kubectl: KubectlAt;
let image: string;
let next: string;
let watch: UpgradeWatch | undefined;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  next = (await ensureBundle("1.36")).folder;
  image = bundle.agnhost;
  hosts = await startHosts({ count: names.length, names });
  engine = await Engine.create({
    program,
    config: { "test:image": image, ...onpremConfig(hosts, bundle.folder, controlPlanes, ["worker1"]) },
  });
  await engine.up({ timeoutSeconds: 900 });
  kubectl = await kubectlOf(engine);
}, 3_000_000);
afterAll(async () => {
  await watch?.end();
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("a worker more touches no other host", { timeout: 400_000 }, async () => {
  const others = hosts.all.filter(({ name }) => name !== "worker2");
  const before = await Promise.all(others.map(journalOf));
  await engine.setConfig(onpremConfig(hosts, (await ensureBundle("1.35")).folder, controlPlanes));
  const up = await engine.up({ timeoutSeconds: 380 });
  expect(changesOf(up)).toEqual([
    "create isokube:onprem:Worker shop-worker2",
    // Which hosts may have which certificate is in its environment.
    "update kubernetes:apps/v1:Deployment shop-csr-approver-deployment-kubelet-csr-approver",
  ]);
  expect(await Promise.all(others.map(journalOf))).toEqual(before);
});

test("a minor cannot be skipped: the preview says so", { timeout: 200_000 }, async () => {
  await engine.setConfig({ "isokube:kubernetesVersion": "1.37" });
  const { exitCode, output } = await engine.preview({ mayFail: true, timeoutSeconds: 180 });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/kubernetesVersion[\s\S]*1\.37/);
});

test("a worker that cannot be drained stays in service, and no other is taken out of it", {
  timeout: 1_300_000,
}, async () => {
  for (const name of names) expect(await pinnedOn(name), name).toContain("registry.k8s.io/kube-proxy:v1.35.3");
  const labels = { app: "stuck" };
  for (const worker of workers) await kubectl.startOn(worker, image, labels);
  await kubectl.apply({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "stuck", namespace: "default" },
    spec: { minAvailable: workers.length, selector: { matchLabels: labels } },
  });
  await engine.setConfig({
    ...onpremConfig(hosts, next, controlPlanes),
    "isokube:kubernetesVersion": "1.36",
  });
  await kubectl.text(["cordon", cordoned]);
  const watched = { namespace: "shop", workload: "web", version: "v1.36.3", cordoned: [cordoned] };
  watch = await UpgradeWatch.begin(kubectl, watched);
  const up = await engine.up({ mayFail: true, timeoutSeconds: 1200 });
  expect(up.exitCode).not.toBe(0);
  expect(up.output).toMatch(/node worker\d could not be drained within 60 s: .*stays-\d/);
  expect(up.output).toMatch(/worker\d was not begun, because worker\d has failed/);
  expect(await nodesOf(kubectl)).toEqual(
    names.map((name) => ({
      ...{ name, ready: true, schedulable: name !== cordoned },
      version: workers.includes(name) ? "v1.35.3" : "v1.36.3",
    })),
  );
});

test("the next up goes on: control planes and workers are upgraded in order, and the workload goes on", {
  timeout: 700_000,
}, async () => {
  await kubectl.text(["delete", "poddisruptionbudget", "stuck"]);
  const up = await engine.up({ timeoutSeconds: 600 }).finally(() => watch?.end());
  expect(up.exitCode).toBe(0);
  expect(changesOf(up)).toEqual(
    expect.arrayContaining(workers.map((name) => `update isokube:onprem:Worker shop-${name}`)),
  );
  const seen = watch?.seen();
  // Enough was seen for the rest to mean something.
  expect(seen?.looks).toBeGreaterThan(20);
  expect(seen?.budget).toEqual({ desired: 2, leastHealthy: expect.any(Number) });
  expect(seen?.budget.leastHealthy).toBeGreaterThanOrEqual(2);
  expect(seen?.mostWorkersOut).toBe(1);
  expect(seen?.mostControlPlanesOut).toBeLessThanOrEqual(1);
  expect(seen?.order.slice(0, 3)).toEqual(controlPlanes);
  expect([...(seen?.order ?? [])].sort()).toEqual(names);
  expect(seen?.imageTroubles).toEqual([]);
  expect(seen?.requests.answered).toBeGreaterThan(20);
  expect(seen?.requests.longestSilenceSeconds).toBeLessThan(10);
});

test("every node runs the new release and takes pods, but for the one its owner cordoned; what kubeadm brings is of it too", {
  timeout: 180_000,
}, async () => {
  expect(await nodesOf(kubectl)).toEqual(
    names.map((name) => ({ name, ready: true, schedulable: name !== cordoned, version: "v1.36.3" })),
  );
  const images = async (label: string) => {
    const pods = await kubectl.json<{ items: Pod[] }>(["--namespace", "kube-system", "get", "pods", "-l", label]);
    return pods.items.map(({ spec, status }) => {
      const [container] = spec.containers;
      return `${container?.image} ${status.containerStatuses?.every(({ ready }) => ready) ?? false}`;
    });
  };
  expect(await images("k8s-app=kube-proxy")).toEqual(names.map(() => "registry.k8s.io/kube-proxy:v1.36.3 true"));
  expect(new Set(await images("k8s-app=kube-dns"))).toEqual(new Set(["registry.k8s.io/coredns/coredns:v1.14.2 true"]));
  const onEach = (image: string) => controlPlanes.map(() => `registry.k8s.io/${image} true`);
  expect(await images("component=kube-apiserver")).toEqual(onEach("kube-apiserver:v1.36.3"));
  expect(await images("component=etcd")).toEqual(onEach("etcd:3.6.8-0"));
  const members = await etcdMembers(hosts.get("cp1"));
  expect(members.map(({ name, voter, healthy }) => ({ name, voter, healthy }))).toEqual(
    controlPlanes.map((name) => ({ name, voter: true, healthy: true })),
  );
  for (const node of names) {
    const answer = await kubectl.runOn(node, image, ["connect", "--timeout=5s", "web.shop.svc.cluster.local:8080"]);
    expect(answer, node).toEqual({ node, phase: "Succeeded", log: "" });
  }
});

test("images of the former release are left to kubelet, those of the new one are kept", async () => {
  for (const name of names) {
    const pinned = await pinnedOn(name);
    expect(pinned, name).toContain("registry.k8s.io/kube-proxy:v1.36.3");
    expect(
      pinned.filter((image) => image.includes("v1.35.")),
      name,
    ).toEqual([]);
  }
});

test("again there is nothing to do", { timeout: 200_000 }, async () => {
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(changesOf(run)).toEqual([]);
});

test("none is taken out of service beside a worker that is not Ready", { timeout: 900_000 }, async () => {
  const [broken, other] = [hosts.get("worker1"), hosts.get("worker2")];
  await broken.exec("systemctl stop kubelet");
  await eventually(
    "worker1 is not Ready",
    async () => ((await nodesOf(kubectl)).some(({ name, ready }) => name === "worker1" && !ready) ? true : undefined),
    { timeoutSeconds: 120, everyMs: 2000 },
  );
  const config: Readonly<Record<string, unknown>> = {
    ...onpremConfig(hosts, next, controlPlanes),
    "isokube:kubernetesVersion": "1.36",
  };
  const block = config["isokube:onprem"] as { readonly hostSettings: object };
  const onprem = { ...block, hostSettings: { ...block.hostSettings, kubelet: { maxPods: 77 } } };
  await engine.setConfig({ ...config, "isokube:onprem": onprem });
  await engine.up({ timeoutSeconds: 600 });
  // All hosts have one clock: that of the kernel which they share.
  const startedAt = async (host: TestHost): Promise<number> =>
    Number(await host.exec("systemctl show --value --property ActiveEnterTimestampMonotonic kubelet"));
  expect(await startedAt(other)).toBeGreaterThan(await startedAt(broken));
  for (const name of workers) {
    const { status } = await kubectl.json<NodeObject>(["get", "node", name]);
    expect({ name, pods: status.allocatable["pods"] }).toEqual({ name, pods: "77" });
  }
  expect((await nodesOf(kubectl)).every(({ ready }) => ready)).toBe(true);
});

interface NodeObject {
  readonly status: { readonly allocatable: Readonly<Record<string, string>> };
}

interface Pod {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}
