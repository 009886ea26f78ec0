import { afterAll, beforeAll, expect, test } from "vitest";
import { isGone } from "../../src/onprem/host/lock-owner.js";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { type HostSnapshot, startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import type { KubectlAt } from "../support/hosts/kubectl.js";
import {
  allReady,
  askWeb,
  changesOf,
  expectAsBefore,
  kubectlOf,
  readinessOf,
  shopProgram,
  snapshotsOf,
} from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { atFile, atStep, type Blow, HostFiles, type Strike, untilItEnds } from "../support/hosts/strikes.js";
import { eventually } from "../support/processes.js";

const program = shopProgram({ workload: 'scaling: { fixed: 1 }, service: { type: "LoadBalancer" },' });

let hosts: TestHosts;
let engine: Engine;
let before: ReadonlyMap<string, HostSnapshot>;
let kubectl: KubectlAt;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"] });
  before = await snapshotsOf(hosts);
  engine = await Engine.create({
    program,
    config: { "test:image": bundle.agnhost, ...onpremConfig(hosts, bundle.folder, ["cp1"]) },
  });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("up that is struck at every boundary and inside long steps comes to its end", { timeout: 1_500_000 }, async () => {
  const [cp, worker] = [hosts.get("cp1"), hosts.get("worker1")];
  const strikes = [
    atStep(cp, "claim", "begin", "kill"),
    atStep(cp, "claim", "done", "kill, unheard"),
    atStep(cp, "kernel", "begin", "cut"),
    atStep(cp, "kernel", "done", "kill"),
    atStep(cp, "containerd", "begin", "kill, unheard"),
    atStep(cp, "containerd", "done", "kill"),
    atStep(cp, "binaries", "begin", "kill", 100),
    atStep(cp, "binaries", "begin", "cut", 300, 2),
    atStep(cp, "binaries", "done", "kill, unheard"),
    atStep(cp, "kubelet-service", "begin", "kill"),
    atStep(cp, "kubelet-service", "done", "kill, unheard"),
    atStep(cp, "images", "begin", "kill", 300),
    atStep(cp, "images", "begin", "blink", 1000, 2),
    atStep(cp, "images", "begin", "power", 6000, 2),
    atStep(cp, "images", "done", "cut"),
    atStep(cp, "control-plane-files", "begin", "kill"),
    atStep(cp, "control-plane-files", "done", "kill, unheard"),
    atStep(cp, "initialise", "begin", "kill"),
    atFile(cp, "/etc/kubernetes/pki/ca.crt", "kill, unheard"),
    atFile(cp, "/etc/kubernetes/admin.conf", "power"),
    atFile(cp, "/var/lib/etcd/member", "blink"),
    atStep(cp, "initialise", "begin", "kill", 9000, 4),
    atStep(cp, "initialise", "done", "kill"),
    atStep(cp, "finish", "begin", "kill, unheard"),
    atStep(cp, "finish", "done", "cut"),
    atStep(worker, "claim", "begin", "kill"),
    atStep(worker, "kernel", "done", "kill, unheard"),
    atStep(worker, "containerd", "begin", "power", 200),
    atStep(worker, "binaries", "done", "kill"),
    atStep(worker, "kubelet-service", "done", "kill"),
    atStep(worker, "images", "begin", "kill, unheard", 500),
    atStep(worker, "images", "done", "kill"),
    atStep(worker, "join", "begin", "kill"),
    atFile(worker, "/etc/kubernetes/pki/ca.crt", "power"),
    atStep(worker, "join", "begin", "kill, unheard", 1500, 2),
    atFile(worker, "/var/lib/kubelet/pki/kubelet-client-current.pem", "kill"),
    atStep(worker, "join", "done", "kill"),
  ];
  const fallen = await untilItEnds(engine, "up", strikes);
  console.log(`never came: ${strikes.map(({ what }) => what).join("; ")}`);
  expect(fallen.length, fallen.join("\n")).toBeGreaterThanOrEqual(25);
});

test("nothing half-done is left: the nodes, the member, the locks, the units, the tokens", {
  timeout: 200_000,
}, async () => {
  kubectl = await kubectlOf(engine);
  expect(await readinessOf(kubectl)).toBe(allReady("cp1", "worker1"));
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(changesOf(run)).toEqual([]);
  for (const host of hosts) {
    const files = new HostFiles(host);
    // The last run that was killed may have left its lock, and the next had nothing to do: it counts for nothing.
    const lock = files.read("/run/isokube/lock");
    expect(lock === "" || isGone(lock), `${host.name}: ${lock}`).toBe(true);
    expect(JSON.parse(files.read("/etc/isokube/node.json"))).toMatchObject({ state: "member", node: host.name });
    const units = await host.exec(
      "systemctl list-units --no-legend --plain 'isokube-*'; systemctl --failed --no-legend",
    );
    expect(units, host.name).toBe("");
    const parts = await host.exec(
      "find / -xdev '(' -name '*isokube-part*' -o -name 'isokube-kubeadm.*' ')' -not -path '/proc/*'",
    );
    expect(parts, host.name).toBe("");
  }
});

test("all hosts lose their power and come back: the cluster is there by itself", { timeout: 300_000 }, async () => {
  await Promise.all(hosts.all.map((host) => host.kill()));
  await Promise.all(hosts.all.map((host) => host.start()));
  await webAnswers();
  expect(await readinessOf(kubectl)).toBe(allReady("cp1", "worker1"));
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(changesOf(run)).toEqual([]);
});

test("destroy that is struck comes to its end, and the hosts are as they were", { timeout: 900_000 }, async () => {
  const [cp, worker] = [hosts.get("cp1"), hosts.get("worker1")];
  const gone = (host: TestHost, path: string, blow: Blow): Strike => ({
    what: `${host.name} ${path} is gone`,
    host,
    blow,
    hasCome: (files) => !files.has(path),
  });
  const leaving = (host: TestHost, blow: Blow, afterMs?: number): Strike => ({
    what: `${host.name} leaves`,
    host,
    blow,
    hasCome: (files) => files.read("/etc/isokube/node.json").includes('"leaving"'),
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  const strikes = [
    leaving(worker, "kill"),
    leaving(worker, "kill, unheard", 1500),
    gone(worker, "/etc/kubernetes/kubelet.conf", "power"),
    gone(worker, "/usr/local/bin/kubelet", "kill"),
    leaving(cp, "kill"),
    gone(cp, "/etc/kubernetes/admin.conf", "power"),
    gone(cp, "/usr/local/bin/kubelet", "kill, unheard"),
  ];
  await untilItEnds(engine, "destroy", strikes);
  await expectAsBefore(hosts.all, before);
});

async function webAnswers(): Promise<void> {
  let seen = "";
  await eventually(
    "the workload answers",
    async () => {
      try {
        return (await askWeb(kubectl, "/hostname")).startsWith("web-") ? true : undefined;
      } catch (error) {
        seen = String(error);
        return undefined;
      }
    },
    { timeoutSeconds: 150, everyMs: 1000, seen: () => seen },
  );
}
