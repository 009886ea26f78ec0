import { expect, test } from "vitest";
import type { SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { changingCluster, opsOf } from "./changing-cluster.js";

const general = { cpu: 4, memory: "16Gi", min: 2, max: 4 };
const larger = { ...general, cpu: 8, memory: "32Gi" };
const spare = { ...general, min: 0, spot: true };
const open = { endpoint: "both", allowedCidrs: ["203.0.113.0/24"], auditLogs: true };
const good = {
  "isokube:target": "aws",
  "isokube:kubernetesVersion": "1.35",
  "isokube:compute": "pools",
  "isokube:pools": { general },
  "isokube:controlPlane": open,
};

let simulated: SimulatedEngine;
let cloud: SimulatedCloud;
const { plan, upCalls } = changingCluster("aws", good, (started) => {
  ({ simulated, cloud } = started);
});

test("another size makes the new pool before the old one goes, and leaves the cluster alone", async () => {
  const steps = await plan({ "isokube:pools": { general: larger } });
  expect(opsOf(steps, "Cluster")).toEqual([]);
  expect(opsOf(steps, "NodeGroup").filter((op) => op !== "replace")).toEqual(["create-replacement", "delete-replaced"]);
  const calls = await upCalls();
  expect(calls.filter((call) => call.endsWith("NodeGroup"))).toEqual(["create NodeGroup", "delete NodeGroup"]);
  expect(cloud.resources("NodeGroup")).toHaveLength(1);
});

test("another pool is only added", async () => {
  const steps = await plan({ "isokube:pools": { general: larger, spare } });
  expect(opsOf(steps, "NodeGroup")).toEqual(["create"]);
  expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
  await upCalls();
});

const groupOf = (pool: string) => cloud.resource("NodeGroup", `shop-${pool}`);

test.each([
  { title: "a higher maximum leaves the size that the autoscaler chose", min: 2, max: 8, autoscaled: 3, size: 3 },
  { title: "a minimum above the size raises it", min: 5, max: 8, autoscaled: 3, size: 5 },
  { title: "a maximum below the size lowers it", min: 1, max: 4, autoscaled: 7, size: 4 },
])("of a pool's bounds $title", async ({ min, max, autoscaled, size }) => {
  await cloud.drift(groupOf("general"), { "scalingConfig.desiredSize": autoscaled });
  const steps = await plan({ "isokube:pools": { general: { ...larger, min, max }, spare } });
  expect(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`)).toEqual(["update NodeGroup"]);
  expect(await upCalls()).toEqual(["update NodeGroup"]);
  expect(groupOf("general").outputs["scalingConfig"]).toEqual({ minSize: min, maxSize: max, desiredSize: size });
  expect(await plan({})).toEqual([]);
});

test("what the autoscaler does between two bounds is no change, whether looked at or not", async () => {
  await cloud.drift(groupOf("general"), { "scalingConfig.desiredSize": 2 });
  expect(await plan({})).toEqual([]);
  expect(await upCalls()).toEqual([]);
  const refresh = await simulated.engine.refresh();
  expect(refresh.changes["update"], refresh.output).toBeUndefined();
  expect(await plan({})).toEqual([]);
});

test("a pool that replaces another starts as large as that is, within its own bounds", async () => {
  await cloud.drift(groupOf("general"), { "scalingConfig.desiredSize": 4 });
  await plan({ "isokube:pools": { general: { ...general, min: 1, max: 3 }, spare } });
  expect(await upCalls()).toEqual(expect.arrayContaining(["create NodeGroup", "delete NodeGroup"]));
  expect(groupOf("general").outputs["scalingConfig"]).toEqual({ minSize: 1, maxSize: 3, desiredSize: 3 });
});

test("a size that cannot be looked up is told with the permission that is missing", async () => {
  cloud.setFaults([{ operation: "invoke", type: "getNodeGroups", kind: "denied" }]);
  const run = await simulated.engine.preview({ mayFail: true });
  cloud.setFaults([]);
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toMatch(/pools\.general: how many nodes it has now .* cannot be looked up: .*AccessDenied/);
  expect(run.output).toContain("Fix: allow eks:ListNodegroups and eks:DescribeNodegroup");
});

test("a public endpoint becomes private in place", async () => {
  const steps = await plan({ "isokube:controlPlane": { endpoint: "private", auditLogs: true } });
  const [cluster] = steps.filter(({ type }) => type.endsWith(":Cluster"));
  expect(cluster).toMatchObject({ op: "update", detailedDiff: { "vpcConfig.endpointPublicAccess": "update" } });
  expect(steps).toHaveLength(1);
  expect(await upCalls()).toContain("update Cluster");
});

test("deletion protection is switched in place, and keeps the cluster", async () => {
  expect(opsOf(await plan({ "isokube:deletionProtection": true }), "Cluster")).toEqual(["update"]);
  await upCalls();
  const refused = await simulated.engine.destroy({ mayFail: true, timeoutSeconds: 200 });
  expect(refused.output).toContain("deletion protection enabled");
  expect(cloud.resources("Cluster")).toHaveLength(1);
  await simulated.engine.setConfig({ "isokube:deletionProtection": false });
  await upCalls();
});

test("what would make the cluster anew is refused at preview, with the property", async () => {
  const before = cloud.calls().filter(({ operation }) => operation !== "invoke").length;
  await simulated.engine.setConfig({ "isokube:network": { serviceCidr: "10.97.0.0/16" } });
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain("network.serviceCidr");
  expect(run.output).toContain("replaceCluster");
  expect(cloud.calls().filter(({ operation }) => operation !== "invoke")).toHaveLength(before);
  await simulated.engine.setConfig({ "isokube:network": {} });
});

test("the next minor goes to the control plane first, then to nodes, in place", async () => {
  const steps = await plan({ "isokube:kubernetesVersion": "1.36" });
  expect(opsOf(steps, "Cluster")).toEqual(["update"]);
  expect(new Set(opsOf(steps, "NodeGroup"))).toEqual(new Set(["update"]));
  const calls = await upCalls();
  const at = (call: string) => calls.indexOf(call);
  expect(at("update Cluster")).toBeGreaterThanOrEqual(0);
  expect(at("update NodeGroup")).toBeGreaterThan(at("update Cluster"));
  const api = await cloud.api(cloud.resource("Cluster"));
  try {
    expect(await api.get("/version")).toMatchObject({ major: "1", minor: "36" });
  } finally {
    api.close();
  }
});

test("the way back is refused at preview", async () => {
  await simulated.engine.setConfig({ "isokube:kubernetesVersion": "1.35" });
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain("kubernetesVersion");
  await simulated.engine.setConfig({ "isokube:kubernetesVersion": "1.36" });
});

test("a replacement that is asked for by name happens, and the cluster is another one then", async () => {
  const before = cloud.resource("Cluster");
  await simulated.engine.setConfig({
    "isokube:network": { serviceCidr: "10.97.0.0/16" },
    "isokube:replaceCluster": "shop",
  });
  await simulated.engine.up({ timeoutSeconds: 250 });
  const after = cloud.resource("Cluster");
  expect(after.access?.certificateAuthorityData).not.toBe(before.access?.certificateAuthorityData);
  await simulated.engine.setConfig({ "isokube:replaceCluster": "" });
});

test("a load balancer that was made by hand outlives the cluster, as in a real cloud, and holds the network", async () => {
  const api = await cloud.api(cloud.resource("Cluster"));
  try {
    await api.create("/api/v1/namespaces/default/services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "by-hand" },
      spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    });
  } finally {
    api.close();
  }
  const run = await simulated.engine.destroy({ mayFail: true, timeoutSeconds: 200 });
  expect(run.output).toMatch(/DependencyViolation: .* still holds the load balancer of default\/by-hand/);
  expect(cloud.resources("Cluster")).toEqual([]);
  expect(await cloud.leftovers()).toContainEqual(expect.stringContaining("load balancer of default/by-hand"));
});
