import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBundle } from "../../src/onprem/artifacts/read-bundle.js";
import { Engine } from "../support/engine.js";
import { ensureBundle, type TestBundle } from "../support/hosts/bundle.js";
import { type HostSnapshot, startHosts, type TestHosts } from "../support/hosts/index.js";
import { KubectlAt } from "../support/hosts/kubectl.js";
import { Mirror } from "../support/hosts/mirror.js";
import { expectAsBefore, snapshotsOf } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";

// The hosts without what a program puts into the cluster: the mirror has images of static programs only.
const program = `
import * as pulumi from "@pulumi/pulumi";
import { OnpremControlPlane, OnpremWorker } from "isokube";

const test = new pulumi.Config("test");
const cluster = test.requireObject("cluster");
const [first, second] = test.requireObject("hosts");
const controlPlane = new OnpremControlPlane("shop", {
  ...cluster, auditLogs: true, secretsEncryption: true, hosts: [first],
});
const { clusterId, caHash } = controlPlane;
new OnpremWorker("worker1", { ...cluster, host: second, controlPlanes: [first], clusterId, caHash });
export const kubeconfig = controlPlane.kubeconfig;
`;

let hosts: TestHosts;
let bundle: TestBundle;
let mirror: Mirror;
let engine: Engine;
let before: ReadonlyMap<string, HostSnapshot>;
const folder = mkdtempSync(join(tmpdir(), "isokube-mirror-"));

beforeAll(async () => {
  bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"] });
  mirror = await Mirror.start({ bundle: bundle.folder, address: hosts.network.replace("0/24", "1"), folder });
  for (const host of hosts) await host.exec(trustAuthority, { input: mirror.authority });
  before = await snapshotsOf(hosts);
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, mirror.authority);
  engine = await Engine.create({ program, config: config(), env: { NODE_EXTRA_CA_CERTS: authority } });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await mirror?.close();
  await hosts?.close();
  rmSync(folder, { recursive: true });
}, 120_000);

/** As whoever runs hosts behind a mirror does once, in the image that they are made of. */
const trustAuthority = "cat > /usr/local/share/ca-certificates/mirror.crt && update-ca-certificates > /dev/null";

function config(artifacts: object = {}): Record<string, unknown> {
  const { "isokube:onprem": options } = onpremConfig(hosts, bundle.folder, ["cp1"]) as {
    "isokube:onprem": { hostSettings: object };
  };
  return {
    "test:cluster": {
      clusterName: "shop",
      kubernetesVersion: "1.35",
      controlPlaneEndpoint: { kind: "single", address: hosts.get("cp1").address },
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      artifacts: { kind: "online", ...mirror.places, ...artifacts },
      hostSettings: { kubelet: {}, kubeProxy: {}, ...options.hostSettings },
      maxUnavailable: 1,
      drainTimeoutSeconds: 60,
      onDestroy: "reset",
    },
    "test:hosts": hosts.all.map(({ name, address, hostKey, user, privateKeyFile }) => ({
      name,
      role: name.startsWith("cp") ? "controlPlane" : "worker",
      host: {
        address,
        ssh: { user, port: 22, hostKey, knownHostsFile: "/dev/null", privateKeyFile, agent: false },
        sudo: { kind: "passwordless" },
      },
      pool: "general",
      labels: {},
      taints: [],
    })),
  };
}

test("a program that is not what its digest says is refused, and not put in its place", {
  timeout: 300_000,
}, async () => {
  mirror.spoilt.add("kubeadm");
  const run = await engine.up({ timeoutSeconds: 250, mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output, run.output).toMatch(
    /kubeadm\\?": at https:.*\/bin\/linux\/amd64\/kubeadm the host got a file with the SHA-256/,
  );
  const found = await hosts.get("cp1").exec("ls /usr/local/bin /var/lib/isokube/downloads");
  expect(found).not.toContain("kubeadm");
  mirror.spoilt.clear();
});

function digests() {
  const [kubelet, kubeadm, kubectl] = ["kubelet", "kubeadm", "kubectl"].map((name) => mirror.digestOf(name));
  return { kubelet, kubeadm, kubectl, cniPlugins: mirror.cniDigest };
}

test("hosts fetch what they need themselves, and go on where a download broke off", { timeout: 700_000 }, async () => {
  mirror.breaking.add("kubeadm");
  // The archive of plugins is packed anew, and hence not the official one, whose digest is known.
  await engine.setConfig(config({ digests: { amd64: digests() } }));
  await engine.up({ timeoutSeconds: 600 });
  const kubectl = await KubectlAt.of(await kubeconfig());
  const nodes = await kubectl.json<{ items: { metadata: { name: string }; status: { nodeInfo: object } }[] }>([
    "get",
    "nodes",
  ]);
  expect(nodes.items.map(({ metadata, status }) => [metadata.name, status.nodeInfo])).toEqual([
    ["cp1", expect.objectContaining({ kubeletVersion: "v1.35.3" })],
    ["worker1", expect.objectContaining({ kubeletVersion: "v1.35.3" })],
  ]);
  expect(mirror.asked).toContainEqual(expect.stringMatching(/^GET \/files\/.*\/kubeadm bytes=\d{7,}-$/));
  // What runs is what was asked for, to the last byte.
  const { images } = openBundle(bundle.folder);
  const there = await hosts.get("cp1").exec("ctr --namespace k8s.io images ls");
  for (const name of ["kube-apiserver", "etcd", "pause"]) {
    const image = [...images.values()].find((each) => each.name.includes(`/${name}:`));
    expect(there).toMatch(new RegExp(`^${image?.name} .*${image?.digest}`, "m"));
  }
  expect(mirror.asked).toContainEqual(expect.stringMatching(/^HEAD \/v2\/all\/images\/kube-apiserver\/manifests\/v1/));
});

const kubeconfig = async (): Promise<string> => {
  const file = join(engine.directory, "kubeconfig");
  writeFileSync(file, String((await engine.outputs())["kubeconfig"]), { mode: 0o600 });
  return file;
};

test("the kubelet pulls images of workloads from there, too", { timeout: 120_000 }, async () => {
  const kubectl = await KubectlAt.of(await kubeconfig());
  const { address } = hosts.get("cp1");
  // There is no pod network, and nobody who would approve the certificate that a kubelet shows logs with.
  const args = ["connect", "--timeout=5s", `${address}:6443`];
  const answer = await kubectl.runOn("worker1", bundle.agnhost, args, { hostNetwork: true, withLog: false });
  expect(answer).toEqual({ node: "worker1", phase: "Succeeded", log: "" });
  expect(mirror.asked).toContainEqual(expect.stringContaining("/v2/all/images/e2e-test-images/agnhost/manifests/"));
});

test("again there is nothing to do", { timeout: 100_000 }, async () => {
  const run = await engine.up();
  expect(run.steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type}`)).toEqual([]);
});

test("destroy leaves the hosts as they were, also when the mirror is gone", { timeout: 300_000 }, async () => {
  await mirror.close();
  await engine.destroy({ timeoutSeconds: 250 });
  await expectAsBefore(hosts.all, before);
});
