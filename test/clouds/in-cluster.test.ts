import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deletionOf } from "../../src/components/cluster/vacate-classes.js";
import { LiveCluster } from "../contract/live-cluster.js";
import { chartMirror } from "../support/charts.js";
import { Engine, type Run } from "../support/engine.js";
import { withFakeCloud } from "../support/fake-cloud/bundle.js";

const program = `
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "100m", memory: "64Mi" } } },
  identity: { grants: [{ role: "roles/storage.objectViewer" }] },
});
export const kubeconfig = shop.kubeconfig;
`;

const good = {
  "isokube:target": "gcp",
  "isokube:kubernetesVersion": "1.35",
  "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2 } },
};

let engine: Engine;
let live: LiveCluster;

beforeAll(async () => {
  const [source, charts] = await Promise.all([withFakeCloud(program), chartMirror()]);
  engine = await Engine.create({ program: source, config: good, env: { ISOKUBE_CHARTS: charts } });
}, 400_000);
afterAll(async () => {
  await engine?.close();
});

const changed = (run: Run) => run.steps.filter(({ op }) => op !== "same" && op !== "refresh");
const indexOf = (run: Run, what: string) => {
  const index = run.steps.findIndex(({ op, type, name }) => op === "delete" && `${type} ${name}` === what);
  expect(index, `${what} is deleted`).toBeGreaterThanOrEqual(0);
  return index;
};

describe("a cluster of a cloud, which a local control plane stands in for", () => {
  test("is planned whole before anything is there, and comes up as planned", async () => {
    const preview = await engine.preview();
    const up = await engine.up({ timeoutSeconds: 300 });
    expect(up.changes).toEqual(preview.changes);
    const { kubeconfig } = await engine.outputs();
    const file = join(engine.directory, "kubeconfig");
    await writeFile(file, String(kubeconfig), { mode: 0o600 });
    live = await LiveCluster.open(file);
  }, 400_000);

  test("has both storage classes, and volumes that name none get the standard one", async () => {
    const classes = await live.kubectl(["get", "storageclass", "--output", "jsonpath={.items[*].metadata.name}"]);
    expect(classes.split(" ").sort()).toEqual(["fast", "standard"]);
    const standard = JSON.parse(await live.kubectl(["get", "storageclass", "standard", "--output", "json"]));
    expect(standard).toMatchObject({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      parameters: { type: "balanced" },
    });
  });

  test("deletes a storage class that stands in the way, and never its own", async () => {
    const legacy = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "legacy" } };
    await live.apply({ ...legacy, provisioner: "legacy.example.com" });
    for (const name of ["legacy", "standard", "none"]) await live.kubectl(deletionOf(name));
    const classes = await live.kubectl(["get", "storageclass", "--output", "jsonpath={.items[*].metadata.name}"]);
    expect(classes.split(" ").sort()).toEqual(["fast", "standard"]);
  });

  test("has the gateway class, and the controller that looks after it", async () => {
    const gatewayClass = JSON.parse(await live.kubectl(["get", "gatewayclass", "isokube", "--output", "json"]));
    expect(gatewayClass.spec.controllerName).toBe("gateway.envoyproxy.io/gatewayclass-controller");
    const deployments = await live.kubectl([
      "get",
      "deployments",
      "--all-namespaces",
      "--output",
      "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}:{.status.readyReplicas} {end}",
    ]);
    expect(deployments).toContain("envoy-gateway-system/envoy-gateway:1");
    expect(deployments).toContain("kube-system/load-balancers:1");
  });

  test("has told the workload's service account who it is in the cloud", async () => {
    const account = JSON.parse(
      await live.kubectl(["get", "serviceaccount", "web", "--namespace", "shop", "--output", "json"]),
    );
    expect(account.metadata.annotations).toMatchObject({
      "fake.example.com/identity": "shop/shop/web",
      "fake.example.com/roles": "roles/storage.objectViewer",
    });
  });

  test("changes nothing when nothing changed, after a refresh too", async () => {
    expect(changed(await engine.preview())).toEqual([]);
    const refresh = await engine.refresh();
    expect(refresh.changes).toEqual({ same: expect.any(Number) });
    expect(changed(await engine.preview())).toEqual([]);
  });

  test("refuses at preview what would replace it, with the property named", async () => {
    await engine.setConfig({ "isokube:network": { cidr: "10.1.0.0/16" } });
    const run = await engine.preview({ mayFail: true });
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(/network\.cidr = "10\.1\.0\.0\/16": the cluster was made with "10\.0\.0\.0\/16"/);
    expect(run.output).toContain('replaceCluster: "shop"');
    await engine.setConfig({ "isokube:replaceCluster": "shop" });
    expect((await engine.preview()).steps.find(({ type }) => type === "isokube:index:ReplacementGuard")).toMatchObject({
      op: "update",
    });
    await engine.setConfig({ "isokube:network": {}, "isokube:replaceCluster": "" });
  });

  test("is destroyed workloads first, then charts from the last to the first, then what they stood on", async () => {
    const destroy = await engine.destroy({ timeoutSeconds: 300 });
    const order = [
      "kubernetes:apps/v1:Deployment web",
      "pulumi:providers:kubernetes shop",
      "kubernetes:gateway.networking.k8s.io/v1:GatewayClass shop-gateway-class",
      "kubernetes:helm.sh/v3:Release shop-gateway",
      "kubernetes:core/v1:Namespace shop-envoy-gateway-system",
      "kubernetes:helm.sh/v3:Release shop-load-balancers",
      "pulumi:providers:kubernetes shop-system",
      "isokube:local:ControlPlane shop",
      "isokube:index:ReplacementGuard shop",
    ].map((what) => indexOf(destroy, what));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect((await engine.checkpoint()).resources ?? []).toEqual([]);
  }, 400_000);
});
