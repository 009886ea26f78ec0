import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { apiQuestion, openWatch } from "../support/hosts/api.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { etcdMembers } from "../support/hosts/etcd.js";
import { type HostSnapshot, startHosts, type TestHosts } from "../support/hosts/index.js";
import type { KubectlAt } from "../support/hosts/kubectl.js";
import {
  allReady,
  askAt,
  changesOf,
  expectAsBefore,
  healthAfterRefresh,
  kubectlOf,
  nodesOf,
  readinessOf,
  shopProgram,
  snapshotsOf,
  webAddress,
} from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { Watch } from "../support/hosts/watch.js";
import { eventually } from "../support/processes.js";

const program = shopProgram({ workload: 'scaling: { fixed: 2 }, service: { type: "LoadBalancer" },' });

/** From the death of the host that holds the virtual address; it may hold the store's leader, too. */
const apiLimitSeconds = 15;

let hosts: TestHosts;
let bundle: string;
let engine: Engine;
let before: ReadonlyMap<string, HostSnapshot>;
let kubeconfig: string;
let kubectl: KubectlAt;
let virtualAddress: string;
/** Asks the workload, from the first test that it answers in to the last of those that change hosts. */
let workload: Watch | undefined;

/** The address stays when there is but one control plane behind it. */
function stackOf(...controlPlanes: string[]): Readonly<Record<string, unknown>> {
  const config = onpremConfig(hosts, bundle, controlPlanes, ["worker1"]);
  return {
    ...config,
    "isokube:onprem": { ...(config["isokube:onprem"] as object), endpoint: { vip: virtualAddress } },
  };
}
const etcdNow = (on: string) => etcdMembers(hosts.get(on));
const healthy = (...names: string[]) =>
  names.map((name) => ({ name, peer: `https://${hosts.get(name).address}:2380`, voter: true, healthy: true }));

beforeAll(async () => {
  const made = await ensureBundle("1.35");
  bundle = made.folder;
  hosts = await startHosts({ count: 5, names: ["cp1", "cp2", "cp3", "worker1", "cp4"] });
  virtualAddress = hosts.network.replace(/0\/24$/, "5");
  before = await snapshotsOf(hosts);
  engine = await Engine.create({ program, config: { "test:image": made.agnhost, ...stackOf("cp1", "cp2", "cp3") } });
}, 3_000_000);
afterAll(async () => {
  await workload?.stop();
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("up makes three control planes behind one address, and etcd has three healthy members", {
  timeout: 900_000,
}, async () => {
  await engine.up({ timeoutSeconds: 800 });
  kubeconfig = String((await engine.outputs())["kubeconfig"]);
  kubectl = await kubectlOf(engine);
  await expectReady("cp1", "cp2", "cp3", "worker1");
  expect(await etcdNow("cp2")).toEqual(healthy("cp1", "cp2", "cp3"));
  expect(await holders()).toEqual(["cp1"]);
});

test("again there is nothing to do", { timeout: 200_000 }, async () => {
  expect(await changesOfUp()).toEqual([]);
});

test("the workload answers", { timeout: 90_000 }, async () => {
  // The API that tells the address goes away in between: it is asked once.
  const address = await webAddress(kubectl);
  const ask = async () => void (await askAt(address, "/healthz"));
  await eventually(
    "the load balancer's address answers",
    () =>
      ask().then(
        () => true,
        () => undefined,
      ),
    { timeoutSeconds: 60, everyMs: 500 },
  );
  workload = new Watch(ask);
});

test("who asks at the address is spread over every API server", { timeout: 60_000 }, async () => {
  const [holder] = (await holders()).map((name) => hosts.get(name));
  if (holder === undefined) throw new Error("nobody holds the address");
  const names = ["cp1", "cp2", "cp3"];
  // Each one open until it is ended: what the load balancer counts.
  const watches = names.flatMap((each) => [each, each]).map(() => openWatch(kubeconfig, "/api/v1/namespaces"));
  try {
    await Promise.all(watches.map(({ begun }) => begun));
    const open = await holder.exec(["ss", "-Htnp", "state", "established", "dport", "=", ":6443"]);
    const balanced = open.split("\n").filter((line) => line.includes('"haproxy"'));
    const counts = names.map(
      (name) => balanced.filter((line) => line.includes(`${hosts.get(name).address}:6443`)).length,
    );
    expect(Math.min(...counts), open).toBeGreaterThanOrEqual(2);
    // Each new one goes where fewest are; some of before may have ended since.
    expect(Math.max(...counts) - Math.min(...counts), open).toBeLessThanOrEqual(2);
  } finally {
    for (const { end } of watches) end();
  }
});

test("a load balancer that is down is told by a refresh, and clients do without it", { timeout: 300_000 }, async () => {
  const [name] = await holders();
  if (name === undefined) throw new Error("nobody holds the address");
  const api = new Watch(apiQuestion(kubeconfig, "/api/v1/namespaces/shop", 5000), 200);
  await sleep(1000);
  await hosts.get(name).exec(["systemctl", "stop", "haproxy"]);
  expect((await healthAfterRefresh(engine))[name]).toBe("load balancer: haproxy is inactive");
  await api.stop();
  // At most the question that was under way.
  expect(api.failures.length, JSON.stringify(api.failures)).toBeLessThanOrEqual(1);
  expect(await holders()).toEqual([name]);
  expect(await changesOfUp()).toHaveLength(1);
  expect(await hosts.get(name).exec(["systemctl", "is-active", "haproxy"])).toBe("active\n");
  expect(await changesOfUp()).toEqual([]);
});

test("when the host that holds the address dies, the API answers there again in time", {
  timeout: 120_000,
}, async () => {
  // The holder is the first control plane, on which the cluster was made: the most that one host can be.
  expect(await holders()).toEqual(["cp1"]);
  // Read from the store, not from the API server's memory.
  const api = new Watch(apiQuestion(kubeconfig, "/api/v1/namespaces/shop", 2000), 200);
  await sleep(1000);
  expect(api.failures).toEqual([]);
  const died = Date.now();
  await hosts.get("cp1").kill();
  // Longer than the limit: what answers once may fall silent again while the others agree on who leads.
  await sleep((apiLimitSeconds + 5) * 1000);
  await api.stop();
  const seconds = api.secondsUntilSteady(died);
  console.log(`the API answered again, and without a break, ${seconds.toFixed(1)} s after its host had died`);
  expect(seconds).toBeLessThan(apiLimitSeconds);
  expect(await holders()).toHaveLength(1);
});

test("a refresh names the dead host and takes nothing for gone", { timeout: 200_000 }, async () => {
  const known = await resourcesOfState();
  const refresh = await engine.refresh({ mayFail: true, timeoutSeconds: 180 });
  expect(refresh.exitCode).not.toBe(0);
  expect(refresh.output).toMatch(/cluster shop: cp1: 10\.89\.\d+\.11:22 cannot be reached: /);
  expect(refresh.output).toContain("take it out of the program and run");
  expect(await resourcesOfState()).toEqual(known);
});

test("what would lose the quorum is refused at the preview, and nothing is changed", { timeout: 200_000 }, async () => {
  const look = async () => ({ etcd: await etcdNow("cp2"), nodes: (await nodesOf(kubectl)).map(({ name }) => name) });
  const seen = await look();
  await engine.setConfig(stackOf("cp1"));
  const preview = await engine.preview({ mayFail: true, timeoutSeconds: 180 });
  expect(preview.exitCode).not.toBe(0);
  expect(preview.output).toMatch(
    /removing it would stop etcd: 1 of 2 voting members would be healthy, and 2 are needed/,
  );
  expect(preview.output).toContain("nothing was changed on any host");
  expect(await look()).toEqual(seen);
});

test("the dead host leaves and another takes its place", { timeout: 400_000 }, async () => {
  await engine.setConfig(stackOf("cp2", "cp3", "cp4"));
  await engine.up({ timeoutSeconds: 380 });
  expect(await etcdNow("cp2")).toEqual(healthy("cp2", "cp3", "cp4"));
  await expectReady("cp2", "cp3", "cp4", "worker1");
  expect(await holders()).toHaveLength(1);
});

test("the workload has answered all the while", async () => {
  await workload?.stop();
  expect(workload?.failures).toEqual([]);
});

test("an API server that ends, on the host with the address, is out of the clients' way at once", {
  timeout: 150_000,
}, async () => {
  const [name] = await holders();
  if (name === undefined) throw new Error("nobody holds the address");
  const { address } = hosts.get(name);
  const api = new Watch(apiQuestion(kubeconfig, "/api/v1/namespaces/shop", 5000), 100);
  await sleep(1000);
  // As a crash: the kubelet starts it anew, and meanwhile the address may move.
  await hosts.get(name).exec(["pkill", "-9", "kube-apiserver"]);
  await sleep(15_000);
  await api.stop();
  expect(api.probes.length).toBeGreaterThan(50);
  // At most the question that was under way.
  expect(api.failures.length, JSON.stringify(api.failures)).toBeLessThanOrEqual(1);
  await eventually(
    `the API server of ${name} is ready again`,
    async () => {
      const { code } = await hosts.get("worker1").tryExec(["curl", "-skf", `https://${address}:6443/readyz`]);
      return code === 0 ? true : undefined;
    },
    { timeoutSeconds: 60, everyMs: 500 },
  );
});

test("after that there is nothing to do", { timeout: 200_000 }, async () => {
  expect(await changesOfUp()).toEqual([]);
});

test("the dead host comes back as it was, and is no part of the cluster", { timeout: 120_000 }, async () => {
  await hosts.get("cp1").start();
  // Its kubelet and keepalived start at once, and its store finds out that it was removed.
  await sleep(15_000);
  expect(await holders()).not.toContain("cp1");
  await expectReady("cp2", "cp3", "cp4", "worker1");
  expect(await etcdNow("cp2")).toEqual(healthy("cp2", "cp3", "cp4"));
});

test("destroy leaves the hosts as they were", { timeout: 400_000 }, async () => {
  await engine.destroy({ timeoutSeconds: 380 });
  // The one that was removed while it was dead keeps what it had: nobody could reach it.
  await expectAsBefore(
    hosts.all.filter(({ name }) => name !== "cp1"),
    before,
  );
});

async function changesOfUp(): Promise<string[]> {
  return changesOf(await engine.up({ timeoutSeconds: 180 }));
}

async function resourcesOfState(): Promise<string[]> {
  return ((await engine.checkpoint()).resources ?? []).map(({ urn }) => urn).sort();
}

/** These are all nodes, and ready as soon as the network's pod runs on each. */
async function expectReady(...names: string[]): Promise<void> {
  let seen = "";
  await eventually(
    `${names.join(", ")} are ready`,
    async () => {
      seen = await readinessOf(kubectl);
      return seen === allReady(...names) ? true : undefined;
    },
    { timeoutSeconds: 60, everyMs: 500, seen: () => seen },
  );
}

/** Names of the hosts that have the virtual address. */
async function holders(): Promise<string[]> {
  const alive = hosts.all.filter((host) => host.isOn());
  const addresses = await Promise.all(alive.map((host) => host.exec(["ip", "-o", "-4", "address"])));
  return alive.filter((_, index) => addresses[index]?.includes(` ${virtualAddress}/`)).map(({ name }) => name);
}
