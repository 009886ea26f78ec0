import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { nameOfUrn } from "../support/engine-events.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { daysLeft, daysLeftServed, replaceCertificate, replaceEmbedded } from "../support/hosts/certificates.js";
import { startHosts, type TestHosts } from "../support/hosts/index.js";
import type { KubectlAt } from "../support/hosts/kubectl.js";
import { allReady, changesOf, healthAfterRefresh, kubectlOf, readinessOf } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { eventually } from "../support/processes.js";

/*
 * What another hand, or time, changes on the hosts of a running cluster: a refresh names it, an up mends it. And what the
 * program says otherwise of kubelets and kube-proxy later reaches those that run.
 */

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
const shop = new Cluster("shop", clusterArgsFromConfig());
export const kubeconfig = shop.kubeconfig;
`;

let hosts: TestHosts;
let engine: Engine;
let kubectl: KubectlAt;
let config: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"] });
  config = onpremConfig(hosts, bundle.folder, ["cp1"]);
  engine = await Engine.create({ program, config });
  await engine.up({ timeoutSeconds: 800 });
  kubectl = await kubectlOf(engine);
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

const refreshing = { timeout: 200_000 };
const mending = { timeout: 600_000 };

/** Everything that is not as planned is named, and mended; then there is nothing left to do. */
async function up(): Promise<string[]> {
  const run = await engine.up({ timeoutSeconds: 400 });
  expect(run.exitCode, run.output).toBe(0);
  const changes = changesOf(run);
  expect(changesOf(await engine.up({ timeoutSeconds: 180 }))).toEqual([]);
  await eventually("all nodes are ready", async () =>
    (await readinessOf(kubectl)) === allReady("cp1", "worker1") ? true : undefined,
  );
  return changes;
}

/** The API server and etcd. */
const servers = [6443, 2379];
const served = (port: number) => daysLeftServed(hosts.get("cp1").address, port);

interface Block {
  readonly hostSettings: Readonly<Record<string, unknown>>;
}
const block = () => config["isokube:onprem"] as Block;
const kubeProxy = () => block().hostSettings["kubeProxy"] as object;
const ask = (more: Readonly<Record<string, unknown>>) =>
  engine.setConfig({
    ...config,
    "isokube:onprem": { ...block(), hostSettings: { ...block().hostSettings, ...more } },
  });

const kubeletClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";

test("nothing has drifted right after up", refreshing, async () => {
  expect(await healthAfterRefresh(engine)).toEqual({ cp1: "as planned", worker1: "as planned" });
});

test("a refresh names what was stopped, edited, lost, or is about to end", refreshing, async () => {
  const [cp1, worker1] = [hosts.get("cp1"), hosts.get("worker1")];
  const pki = "/etc/kubernetes/pki";
  const soon = { signer: cp1, endsInDays: 10 };
  await replaceCertificate(cp1, { ...soon, certificate: `${pki}/apiserver.crt`, key: `${pki}/apiserver.key` });
  const etcd = { certificate: `${pki}/etcd/server.crt`, key: `${pki}/etcd/server.key`, authority: "etcd/ca" };
  await replaceCertificate(cp1, { ...soon, ...etcd });
  await replaceCertificate(cp1, { ...soon, certificate: kubeletClient });
  await replaceCertificate(worker1, { signer: cp1, endsInDays: -1, certificate: kubeletClient });
  await cp1.exec("echo '# by hand' >> /etc/kubernetes/manifests/kube-scheduler.yaml");
  await cp1.exec("sysctl --quiet --write net.ipv4.ip_forward=0");
  await kubectl.text(["delete", "node", "cp1"]);
  await worker1.exec("echo 'maxPods: 11' >> /var/lib/kubelet/config.yaml");
  await worker1.exec("systemctl stop kubelet containerd");
  // Both read their certificate anew: what is served is what is going to end.
  for (const port of servers)
    await eventually(`port ${port} serves it`, async () => ((await served(port)) < 11 ? true : undefined), {
      timeoutSeconds: 90,
      everyMs: 1000,
    });
  const health = await healthAfterRefresh(engine);
  expect(health["cp1"]).toContain("net.ipv4.ip_forward is 0, not 1");
  expect(health["cp1"]).toContain("changed by another hand: kube-scheduler");
  expect(health["cp1"]).toMatch(/certificates: apiserver ends on 20\d\d-\d\d-\d\d, etcd\/server ends on 20/);
  expect(health["cp1"]).toMatch(/renew the kubelet's certificates: kubelet-client ends on 20/);
  expect(health["cp1"]).toContain("make the node known again: the cluster does not know it any more");
  expect(health["worker1"]).toContain("containerd is inactive");
  expect(health["worker1"]).toContain("changed by another hand: /var/lib/kubelet/config.yaml");
  expect(health["worker1"]).toContain("start the kubelet: it is inactive");
  expect(health["worker1"]).toMatch(/renew the kubelet's certificates: kubelet-client ended on 20/);
});

test("and an up mends it", mending, async () => {
  const [cp1, worker1] = [hosts.get("cp1"), hosts.get("worker1")];
  const changes = await up();
  expect(changes).toContain("update isokube:onprem:ControlPlane shop");
  expect(changes).toContain("update isokube:onprem:Worker shop-worker1");
  expect(await healthAfterRefresh(engine)).toEqual({ cp1: "as planned", worker1: "as planned" });
  expect((await cp1.exec("sysctl --values net.ipv4.ip_forward")).trim()).toBe("1");
  expect(await cp1.exec("cat /etc/kubernetes/manifests/kube-scheduler.yaml")).not.toContain("by hand");
  expect(await daysLeft(cp1, kubeletClient)).toBeGreaterThan(300);
  expect(await daysLeft(worker1, kubeletClient)).toBeGreaterThan(300);
  expect(await worker1.exec("ls /etc/kubernetes")).not.toContain("bootstrap");
  expect(await worker1.exec("cat /var/lib/kubelet/config.yaml")).not.toContain("maxPods: 11");
  for (const port of servers) expect(await served(port), String(port)).toBeGreaterThan(300);
  const { metadata, spec } = await kubectl.json<Node>(["get", "node", "cp1"]);
  expect(metadata.labels).toHaveProperty("node-role.kubernetes.io/control-plane");
  expect(spec.taints).toContainEqual({ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" });
});

test("a worker that was deleted from the API joins again", mending, async () => {
  await kubectl.text(["delete", "node", "worker1"]);
  expect((await healthAfterRefresh(engine))["worker1"]).toBe("join the cluster: the cluster does not know it any more");
  // A Deployment whose pod went with the node is waited for once more where the refresh saw it without.
  const { resources = [] } = await engine.checkpoint();
  const unready = resources.filter(
    ({ type, initErrors = [] }) => type.startsWith("kubernetes:apps/v1:") && initErrors.length > 0,
  );
  const waitedFor = unready.map(({ type, urn }) => `update ${type} ${nameOfUrn(urn)}`);
  expect((await up()).sort()).toEqual(["update isokube:onprem:Worker shop-worker1", ...waitedFor].sort());
});

test("settings of kubelets and kube-proxy that are asked for later reach those that run", mending, async () => {
  await ask({ kubelet: { maxPods: 77 }, kubeProxy: { ...kubeProxy(), metricsBindAddress: "127.0.0.1:20249" } });
  expect(await up()).toEqual(
    expect.arrayContaining(["update isokube:onprem:ControlPlane shop", "update isokube:onprem:Worker shop-worker1"]),
  );
  for (const name of ["cp1", "worker1"]) {
    await eventually(`${name} takes 77 pods`, async () => {
      const { status } = await kubectl.json<Node>(["get", "node", name]);
      return status.allocatable["pods"] === "77" ? true : undefined;
    });
    await eventually(
      `kube-proxy of ${name} listens where it was told`,
      async () =>
        (await hosts.get(name).exec("ss -Hltn 'sport = 20249'")).includes("127.0.0.1:20249") ? true : undefined,
      { timeoutSeconds: 60, everyMs: 1000 },
    );
  }
  // What joins go by.
  const stored = await kubectl.text(["--namespace", "kube-system", "get", "configmap", "kubelet-config", "-o", "yaml"]);
  expect(stored).toContain("maxPods: 77");
});

test(
  "a setting that no kubelet starts with stops at the first host, and taking it back mends that",
  mending,
  async () => {
    await ask({ kubelet: { maxPods: 77, featureGates: { NobodyHasThis: true } } });
    const failed = await engine.up({ mayFail: true, timeoutSeconds: 400 });
    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toMatch(/the kubelet of cp1 ends as often as it is started; it says: .*NobodyHasThis/);
    expect(await hosts.get("worker1").exec("cat /var/lib/kubelet/config.yaml")).not.toContain("NobodyHasThis");
    const stored = await kubectl.text([
      "--namespace",
      "kube-system",
      "get",
      "configmap",
      "kubelet-config",
      "-o",
      "yaml",
    ]);
    expect(stored).not.toContain("NobodyHasThis");
    await ask({ kubelet: { maxPods: 77 } });
    await up();
    expect(await hosts.get("cp1").exec("cat /var/lib/kubelet/config.yaml")).not.toContain("NobodyHasThis");
  },
);

test("a cluster that was off until its certificates had ended comes back with an up", mending, async () => {
  const [cp1, worker1] = [hosts.get("cp1"), hosts.get("worker1")];
  const ended = { signer: cp1, endsInDays: -1 };
  for (const [names, authority] of [
    [["apiserver", "apiserver-kubelet-client"], "ca"],
    [["apiserver-etcd-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client"], "etcd/ca"],
    [["front-proxy-client"], "front-proxy-ca"],
  ] as const) {
    for (const name of names) {
      const path = `/etc/kubernetes/pki/${name}`;
      await replaceCertificate(cp1, { ...ended, certificate: `${path}.crt`, key: `${path}.key`, authority });
    }
  }
  for (const name of ["admin", "super-admin", "controller-manager", "scheduler"]) {
    await replaceEmbedded(cp1, `/etc/kubernetes/${name}.conf`, ended);
  }
  for (const host of [cp1, worker1]) await replaceCertificate(host, { ...ended, certificate: kubeletClient });
  await Promise.all(hosts.all.map((host) => host.reboot()));
  const run = await engine.up({ timeoutSeconds: 450, preview: true });
  expect(run.exitCode, run.output).toBe(0);
  expect(run.output).toContain("then whatever else shows that there is to do");
  await eventually("all nodes are ready", async () =>
    (await readinessOf(kubectl)) === allReady("cp1", "worker1") ? true : undefined,
  );
  expect(await healthAfterRefresh(engine)).toEqual({ cp1: "as planned", worker1: "as planned" });
});

interface Node {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly taints?: readonly object[] };
  readonly status: { readonly allocatable: Readonly<Record<string, string>> };
}
