import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import {
  compareSnapshots,
  type HostSnapshot,
  startHosts,
  type TestHost,
  type TestHosts,
} from "../support/hosts/index.js";
import { KubectlAt } from "../support/hosts/kubectl.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { type Blow, HostFiles, journalOf, runUnderStrikes, type Strike } from "../support/hosts/strikes.js";
import { eventually } from "../support/processes.js";

const program = `
import * as pulumi from "@pulumi/pulumi";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: {
    web: {
      image: new pulumi.Config("test").require("image"), args: ["netexec", "--http-port=8080"], ports: { http: 8080 },
      resources: { cpu: "50m", memory: "64Mi" }, readiness: { http: "/healthz" },
    },
  },
  security: { runAsUser: 65532 },
  scaling: { fixed: 1 },
  service: { type: "LoadBalancer" },
});
export const kubeconfig = shop.kubeconfig;
`;

let hosts: TestHosts;
let engine: Engine;
let before: HostSnapshot[];
let kubectl: KubectlAt;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"] });
  before = await Promise.all(hosts.all.map((host) => host.snapshot()));
  engine = await Engine.create({
    program,
    config: { "test:image": bundle.agnhost, ...onpremConfig(hosts, bundle.folder, ["cp1"]) },
  });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

/** When a step has begun for the `nth` time on a host, or ended. */
function step(host: TestHost, phase: string, event: "begin" | "done", blow: Blow, afterMs?: number, nth = 1): Strike {
  return {
    what: `${host.name} ${phase} ${event}${afterMs === undefined ? "" : ` + ${afterMs} ms`}`,
    host,
    blow,
    hasCome: (files) => journalOf(files).filter((line) => line.phase === phase && line.event === event).length >= nth,
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

/** When a file is there. */
function file(host: TestHost, path: string, blow: Blow, afterMs?: number): Strike {
  return {
    what: `${host.name} ${path}`,
    host,
    blow,
    hasCome: (files) => files.has(path),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

/** Runs the command until nothing strikes it any more. Gives what fell, in order. */
async function untilItEnds(command: "up" | "destroy", strikes: Strike[]): Promise<string[]> {
  const fallen: string[] = [];
  const most = strikes.length + 3;
  for (let turn = 1; turn <= most; turn += 1) {
    const begun = performance.now();
    const struck = await runUnderStrikes(engine, strikes, { command, timeoutSeconds: 400 });
    fallen.push(...struck.strikes);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const { run } = struck;
    console.log(`${command} ${turn}: ${seconds} s, ${struck.strikes.join("; ") || "nothing"}, ${run?.exitCode}`);
    if (run !== undefined && run.exitCode !== 0) console.log(run.output.slice(-1500));
    if (run?.exitCode === 0) return fallen;
    // Without a blow it has no reason to fail.
    if (struck.strikes.length === 0) throw new Error(`${command} ${turn} failed by itself:\n${run?.output}`);
  }
  throw new Error(`${command} did not come to its end in ${most} runs: ${fallen.join("\n")}`);
}

test("up that is struck at every boundary and inside long steps comes to its end", { timeout: 1_500_000 }, async () => {
  const [cp, worker] = [hosts.get("cp1"), hosts.get("worker1")];
  const strikes = [
    step(cp, "claim", "begin", "kill"),
    step(cp, "claim", "done", "kill, unheard"),
    step(cp, "kernel", "begin", "cut"),
    step(cp, "kernel", "done", "kill"),
    step(cp, "containerd", "begin", "kill, unheard"),
    step(cp, "containerd", "done", "kill"),
    step(cp, "binaries", "begin", "kill", 100),
    step(cp, "binaries", "begin", "cut", 300, 2),
    step(cp, "binaries", "done", "kill, unheard"),
    step(cp, "kubelet-service", "begin", "kill"),
    step(cp, "kubelet-service", "done", "kill, unheard"),
    step(cp, "images", "begin", "kill", 300),
    step(cp, "images", "begin", "blink", 1000, 2),
    step(cp, "images", "begin", "power", 6000, 2),
    step(cp, "images", "done", "cut"),
    step(cp, "control-plane-files", "begin", "kill"),
    step(cp, "control-plane-files", "done", "kill, unheard"),
    step(cp, "initialise", "begin", "kill"),
    file(cp, "/etc/kubernetes/pki/ca.crt", "kill, unheard"),
    file(cp, "/etc/kubernetes/admin.conf", "power"),
    file(cp, "/var/lib/etcd/member", "blink"),
    step(cp, "initialise", "begin", "kill", 9000, 4),
    step(cp, "initialise", "done", "kill"),
    step(cp, "finish", "begin", "kill, unheard"),
    step(cp, "finish", "done", "cut"),
    step(worker, "claim", "begin", "kill"),
    step(worker, "kernel", "done", "kill, unheard"),
    step(worker, "containerd", "begin", "power", 200),
    step(worker, "binaries", "done", "kill"),
    step(worker, "kubelet-service", "done", "kill"),
    step(worker, "images", "begin", "kill, unheard", 500),
    step(worker, "images", "done", "kill"),
    step(worker, "join", "begin", "kill"),
    file(worker, "/etc/kubernetes/pki/ca.crt", "power"),
    step(worker, "join", "begin", "kill, unheard", 1500, 2),
    file(worker, "/var/lib/kubelet/pki/kubelet-client-current.pem", "kill"),
    step(worker, "join", "done", "kill"),
  ];
  const fallen = await untilItEnds("up", strikes);
  console.log(`never came: ${strikes.map(({ what }) => what).join("; ")}`);
  expect(fallen.length, fallen.join("\n")).toBeGreaterThanOrEqual(25);
});

test("nothing half-done is left: the nodes, the member, the locks, the units, the tokens", {
  timeout: 200_000,
}, async () => {
  const config = join(engine.directory, "kubeconfig");
  writeFileSync(config, String((await engine.outputs())["kubeconfig"]), { mode: 0o600 });
  kubectl = await KubectlAt.of(config);
  expect(await readyNodes()).toEqual(["cp1 True", "worker1 True"]);
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(run.steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`)).toEqual([]);
  for (const host of hosts) {
    const files = new HostFiles(host);
    expect(files.has("/run/isokube/lock"), host.name).toBe(false);
    expect(JSON.parse(files.read("/etc/isokube/node.json"))).toMatchObject({ state: "member", node: host.name });
    const last = new Map(journalOf(files).map(({ phase, event }) => [phase, event]));
    expect(
      [...last].filter(([, event]) => event !== "done"),
      host.name,
    ).toEqual([]);
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
  expect(await readyNodes()).toEqual(["cp1 True", "worker1 True"]);
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(run.steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`)).toEqual([]);
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
  await untilItEnds("destroy", strikes);
  for (const [index, host] of hosts.all.entries()) {
    const seen = before[index];
    if (seen === undefined) throw new Error(`${host.name} was not looked at before`);
    const { added, missing } = compareSnapshots(withoutRuntime(seen), withoutRuntime(await host.snapshot()));
    expect({ added, missing }, host.name).toEqual({ added: {}, missing: {} });
  }
});

async function readyNodes(): Promise<string[]> {
  const { items } = await kubectl.json<{ items: Node[] }>(["get", "nodes"]);
  return items
    .map(({ metadata, status }) => `${metadata.name} ${status.conditions.find(({ type }) => type === "Ready")?.status}`)
    .sort();
}

async function webAnswers(): Promise<void> {
  let seen = "";
  await eventually(
    "the workload answers",
    async () => {
      try {
        const service = await kubectl.json<Service>(["--namespace", "shop", "get", "service", "web"]);
        const address = service.status.loadBalancer.ingress?.[0]?.ip;
        const answer = await fetch(`http://${address}:8080/hostname`, { signal: AbortSignal.timeout(3000) });
        return (await answer.text()).startsWith("web-") ? true : undefined;
      } catch (error) {
        seen = String(error);
        return undefined;
      }
    },
    { timeoutSeconds: 150, everyMs: 1000, seen: () => seen },
  );
}

/** containerd is the distribution's, and what it keeps of its own is not a cluster's. */
function withoutRuntime(snapshot: HostSnapshot): HostSnapshot {
  const own = / \/(var\/lib|opt)\/containerd(\/|$)/;
  return { ...snapshot, files: snapshot.files.filter((file) => !own.test(file)) };
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}
interface Service {
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip?: string }[] } };
}
