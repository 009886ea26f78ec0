import { afterAll, beforeAll, expect, test } from "vitest";
import { isGone } from "../../src/onprem/host/lock-owner.js";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { startHosts, type TestHosts } from "../support/hosts/index.js";
import { allReady, changesOf, kubectlOf, readinessOf } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { atFile, atStep, HostFiles, untilItEnds } from "../support/hosts/strikes.js";
import { eventually } from "../support/processes.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
export const kubeconfig = shop.kubeconfig;
`;

let hosts: TestHosts;
let engine: Engine;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 3, names: ["cp1", "cp2", "cp3"] });
  engine = await Engine.create({ program, config: onpremConfig(hosts, bundle.folder, ["cp1", "cp2", "cp3"]) });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("control planes join though runs are killed and hosts lose their power meanwhile", {
  timeout: 1_200_000,
}, async () => {
  const [second, third] = [hosts.get("cp2"), hosts.get("cp3")];
  const etcdManifest = "/etc/kubernetes/manifests/etcd.yaml";
  const etcdData = "/var/lib/etcd/member";
  const strikes = [
    atStep(second, "join", "begin", "kill"),
    atFile(second, "/etc/kubernetes/pki/etcd/ca.key", "kill, unheard"),
    atFile(second, etcdManifest, "power"),
    atFile(second, etcdData, "kill"),
    atFile(second, etcdData, "power", 1500),
    atStep(second, "join", "done", "kill"),
    atFile(third, "/etc/kubernetes/kubelet.conf", "power"),
    atFile(third, etcdManifest, "kill, unheard"),
    atFile(third, etcdData, "power", 300),
    atStep(third, "join", "done", "cut"),
    atStep(second, "load-balancer", "begin", "kill"),
    atFile(third, "/etc/haproxy/isokube-ca.crt", "power"),
    atStep(third, "load-balancer", "done", "kill, unheard"),
  ];
  const fallen = await untilItEnds(engine, "up", strikes);
  expect(fallen.length, fallen.join("\n")).toBeGreaterThanOrEqual(9);
});

test("etcd has three members that vote, and no orphan", { timeout: 200_000 }, async () => {
  const kubectl = await kubectlOf(engine);
  const names = ["cp1", "cp2", "cp3"];
  for (const host of hosts) expect(await votersSeenBy(host.name), host.name).toEqual(names);
  let seen = "";
  await eventually(
    "all nodes are Ready",
    async () => {
      seen = await readinessOf(kubectl);
      return seen === allReady(...names) ? true : undefined;
    },
    { timeoutSeconds: 60, everyMs: 1000, seen: () => seen },
  );
  for (const host of hosts) {
    const lock = new HostFiles(host).read("/run/isokube/lock");
    expect(lock === "" || isGone(lock), `${host.name}: ${lock}`).toBe(true);
  }
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(changesOf(run)).toEqual([]);
});

/** Names of the members that vote, as one of them tells it; one that was added and never started has no name. */
async function votersSeenBy(name: string): Promise<string[]> {
  const pki = "/etc/kubernetes/pki";
  const credentials = `--cacert ${pki}/etcd/ca.crt --cert ${pki}/apiserver-etcd-client.crt --key ${pki}/apiserver-etcd-client.key`;
  const answer = await hosts
    .get(name)
    .exec(`curl -sS ${credentials} -X POST -d '{}' https://127.0.0.1:2379/v3/cluster/member/list`);
  const { members } = JSON.parse(answer) as { members: { name?: string; isLearner?: boolean }[] };
  return members
    .map((member) => (member.isLearner === true ? `learner ${member.name}` : (member.name ?? "no name")))
    .sort();
}
