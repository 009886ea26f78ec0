import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkCluster } from "../../src/components/cluster/check.js";
import type { KubernetesObject, OnpremOptions } from "../../src/providers/contract.js";
import { manifestsOf } from "../../src/providers/onprem/addons.js";
import { nodesOf } from "../../src/providers/onprem/nodes.js";
import { LiveCluster } from "../contract/live-cluster.js";
import { Engine, type Run } from "../support/engine.js";
import { inClusterAccount } from "../support/in-cluster-account.js";
import { withSimulatedHosts } from "../support/onprem-stand-ins/bundle.js";
import { partPaths } from "../support/parts.js";

const program = `
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "100m", memory: "64Mi" } } },
});
export const kubeconfig = shop.kubeconfig;
`;

const bundle = mkdtempSync(join(tmpdir(), "isokube-bundle-"));
const hosts = {
  "cp-1": { address: "10.89.0.11", role: "controlPlane" },
  "w-1": { address: "10.89.0.21", role: "worker" },
} as const;
const block: OnpremOptions = {
  hosts,
  ssh: { user: "root" },
  artifacts: { bundle },
  // One is left to workloads: the kinds of gateways are brought by a pod, and pods do nothing here.
  loadBalancer: { addresses: ["10.89.0.200/32"] },
};
const good = {
  "isokube:target": "onprem",
  "isokube:kubernetesVersion": "1.35",
  "isokube:access": { admins: ["group:platform"] },
  "isokube:onprem": block,
};

let engine: Engine;
let live: LiveCluster;

beforeAll(async () => {
  engine = await Engine.create({ program: await withSimulatedHosts(program), config: good });
});
afterAll(async () => {
  await engine?.close();
  rmSync(bundle, { recursive: true });
});

/** The local control plane's metrics API is there already, and registered by other means. */
function underOtherGroup(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "APIService") return object;
  const group = "metrics.example.com";
  return { ...object, metadata: { ...object.metadata, name: `v1beta1.${group}` }, spec: { ...specOf(object), group } };
}

const specOf = (object: KubernetesObject): object => {
  const found: unknown = object["spec"];
  return typeof found === "object" && found !== null ? found : {};
};

/** As the gateway's pod does it. */
async function bringGatewayKinds(objects: readonly KubernetesObject[]): Promise<void> {
  const [program] = await partPaths(["gateway-kinds"]);
  const { kubeconfig } = await engine.outputs();
  const { args } = await inClusterAccount(String(kubeconfig), engine.directory, objects);
  await promisify(execFile)(program, [...args]);
}

const changed = (run: Run) => run.steps.filter(({ op }) => op !== "same" && op !== "refresh");
const names = async (...args: string[]): Promise<string[]> =>
  (await live.kubectl(["get", ...args, "--output", "name"])).split("\n").filter((line) => line !== "");

describe("a cluster on hosts of one's own, which a local control plane stands in for", () => {
  test("is planned whole before anything is there, and comes up as planned", async () => {
    const preview = await engine.preview();
    const up = await engine.up({ timeoutSeconds: 250 });
    expect(up.changes).toEqual(preview.changes);
    const { kubeconfig } = await engine.outputs();
    const file = join(engine.directory, "kubeconfig");
    await writeFile(file, String(kubeconfig), { mode: 0o600 });
    live = await LiveCluster.open(file);
  }, 300_000);

  test("changes nothing when nothing changed", async () => {
    expect(changed(await engine.up())).toEqual([]);
    // Not even for somebody who looks closely: what was sent is what is there.
    expect(changed(await engine.up({ args: ["--refresh"] }))).toEqual([]);
  });

  test("has pods of every add-on", async () => {
    const deployed = await names("deployments,daemonsets", "--all-namespaces");
    expect(deployed.sort()).toEqual([
      "daemonset.apps/kube-router",
      "daemonset.apps/speaker",
      "deployment.apps/controller",
      "deployment.apps/kubelet-csr-approver",
      "deployment.apps/local-path-provisioner",
      "deployment.apps/metrics-server",
      "deployment.apps/web",
    ]);
    expect(await names("storageclasses")).toEqual([
      "storageclass.storage.k8s.io/fast",
      "storageclass.storage.k8s.io/standard",
    ]);
    expect(await names("ipaddresspools,l2advertisements", "--namespace", "metallb-system")).toHaveLength(2);
  });

  test.each<[string, Partial<OnpremOptions>]>([
    ["from a bundle", { loadBalancer: { addresses: ["10.89.0.200-10.89.0.220"] } }],
    ["from their publishers", { artifacts: {} }],
    ["from a mirror", { artifacts: { images: "registry.example.com/mirror" } }],
    [
      "on one host alone",
      { hosts: { "cp-1": hosts["cp-1"] }, storage: { path: "/srv/volumes", fastPath: "/mnt/fast" } },
    ],
  ])("gets objects %s that the API server knows in every field", async (_, change) => {
    const onprem = { ...block, ...change };
    const { spec, problems } = checkCluster("shop", { target: "onprem", onprem });
    expect(problems).toEqual([]);
    const gateways = manifestsOf(spec, onprem, nodesOf(spec, onprem)).find(({ name }) => name === "gateway");
    if (gateways !== undefined) await bringGatewayKinds(gateways.objects);
    const items = manifestsOf(spec, onprem, nodesOf(spec, onprem))
      .flatMap(({ objects }) => objects)
      .map(underOtherGroup);
    const file = join(engine.directory, "objects.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict"];
    const said = await live.kubectl([...apply, "--filename", file]);
    expect(said.trim().split("\n")).toHaveLength(items.length);
  });

  test("refuses addresses that are none", async () => {
    const pool = {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name: "bad", namespace: "metallb-system" },
    };
    await expect(live.apply({ ...pool, spec: {} })).rejects.toThrow(/spec.addresses: Required value/);
    await expect(live.apply({ ...pool, spec: { addresses: [5] } })).rejects.toThrow(/spec.addresses/);
  });

  test("changes the list of hosts where it is read, and nothing else, when a host is added", async () => {
    const more = { ...hosts, "w-2": { address: "10.89.0.22", role: "worker" } };
    await engine.setConfig({ ...good, "isokube:onprem": { ...block, hosts: more } });
    const run = await engine.up();
    expect(changed(run).map(({ op, name }) => `${op} ${name}`)).toEqual([
      "create shop-w-2",
      "update shop-csr-approver-deployment-kubelet-csr-approver",
    ]);
  });

  test("goes in the order in which nothing misses what it needs, and leaves nothing", async () => {
    const run = await engine.destroy({ timeoutSeconds: 250 });
    const at = (name: string) => {
      const index = run.steps.findIndex((step) => step.op === "delete" && step.name === name);
      expect(index, `${name} is deleted`).toBeGreaterThanOrEqual(0);
      return index;
    };
    const pool = at("shop-load-balancer-addresses-ipaddresspool-metallb-system-isokube");
    expect(at("web")).toBeLessThan(pool);
    expect(pool).toBeLessThan(at("shop-metallb-daemonset-metallb-system-speaker"));
    expect(at("shop-metallb-deployment-metallb-system-controller")).toBeLessThan(
      at("shop-metallb-kinds-customresourcedefinition-ipaddresspools.metallb.io"),
    );
    expect(at("shop-metrics-server-deployment-metrics-server")).toBeLessThan(
      at("shop-kube-router-daemonset-kube-router"),
    );
    expect((await engine.checkpoint()).resources ?? []).toEqual([]);
  }, 300_000);
});
