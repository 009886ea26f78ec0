import { expect, test } from "vitest";
import type { SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { changingCluster, opsOf } from "./changing-cluster.js";

const general = { cpu: 4, memory: "16Gi", min: 2, max: 4 };
const good = {
  "isokube:target": "gcp",
  "isokube:kubernetesVersion": "1.35",
  "isokube:compute": "pools",
  "isokube:pools": { general },
  "isokube:controlPlane": { endpoint: "both", allowedCidrs: ["203.0.113.0/24"], auditLogs: true },
};

let simulated: SimulatedEngine;
let cloud: SimulatedCloud;
const { plan, upCalls } = changingCluster("gcp", good, (started) => {
  ({ simulated, cloud } = started);
});
const ofPools = (calls: readonly string[]) => calls.filter((call) => call.endsWith(" NodePool"));

test("another size makes the new pool before the old one goes, and leaves the cluster alone", async () => {
  const steps = await plan({ "isokube:pools": { general: { ...general, cpu: 8, memory: "32Gi" } } });
  expect(opsOf(steps, "Cluster")).toEqual([]);
  expect(opsOf(steps, "NodePool").filter((op) => op !== "replace")).toEqual(["create-replacement", "delete-replaced"]);
  expect(ofPools(await upCalls())).toEqual(["create NodePool", "delete NodePool"]);
  expect(cloud.resources("NodePool")).toHaveLength(1);
});

test("other bounds and labels change the pool in place", async () => {
  const changed = { ...general, cpu: 8, memory: "32Gi", max: 9, labels: { "example.com/team": "shop" } };
  const steps = await plan({ "isokube:pools": { general: changed } });
  expect(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`)).toEqual(["update NodePool"]);
  expect(ofPools(await upCalls())).toEqual(["update NodePool"]);
});

test.each([
  { title: "a minimum above the live size", min: 5, max: 9 },
  { title: "a maximum below what the pool began with", min: 1, max: 2 },
])("$title changes the pool in place, and nothing changes afterwards", async ({ min, max }) => {
  const changed = { ...general, cpu: 8, memory: "32Gi", min, max };
  const steps = await plan({ "isokube:pools": { general: changed } });
  expect(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`)).toEqual(["update NodePool"]);
  expect(ofPools(await upCalls())).toEqual(["update NodePool"]);
  expect(await plan({})).toEqual([]);
});

test("a pool that replaces another starts as large as that is, within its own bounds", async () => {
  // In each of three zones.
  await cloud.drift(cloud.resource("NodePool"), { nodeCount: 3 });
  await plan({ "isokube:pools": { general: { ...general, min: 1, max: 7 } } });
  expect(ofPools(await upCalls())).toEqual(["create NodePool", "delete NodePool"]);
  expect(cloud.resource("NodePool").inputs["initialNodeCount"]).toBe(2);
  await cloud.drift(cloud.resource("NodePool"), { nodeCount: 1 });
  expect(await plan({})).toEqual([]);
});

test("another pool is only added", async () => {
  const pools = { general: { ...general, cpu: 8, memory: "32Gi" }, spare: { ...general, min: 0, spot: true } };
  await plan({ "isokube:pools": { general: pools.general } });
  await upCalls();
  const steps = await plan({ "isokube:pools": pools });
  expect(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`)).toEqual(["create NodePool"]);
  await upCalls();
});

test("a public endpoint becomes private in place", async () => {
  const steps = await plan({ "isokube:controlPlane": { endpoint: "private", auditLogs: true } });
  expect(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`)).toEqual(["update Cluster"]);
  expect(await upCalls()).toContain("update Cluster");
});

test("secrets are encrypted, and decrypted again, in place: the key comes before and goes after", async () => {
  const encrypted = { endpoint: "private", auditLogs: true, secretsEncryption: true };
  expect(opsOf(await plan({ "isokube:controlPlane": encrypted }), "Cluster")).toEqual(["update"]);
  const there = await upCalls();
  expect(there.indexOf("update Cluster")).toBeGreaterThan(there.indexOf("create CryptoKeyIAMMember"));
  await simulated.engine.setConfig({ "isokube:controlPlane": { endpoint: "private", auditLogs: true } });
  const back = await upCalls();
  expect(back.indexOf("delete CryptoKey")).toBeGreaterThan(back.indexOf("update Cluster"));
});

test("deletion protection is switched in place, and keeps the cluster", async () => {
  expect(opsOf(await plan({ "isokube:deletionProtection": true }), "Cluster")).toEqual(["update"]);
  await upCalls();
  const refused = await simulated.engine.destroy({ mayFail: true, timeoutSeconds: 200 });
  expect(refused.output).toMatch(/deletion_?protection/i);
  expect(cloud.resources("Cluster")).toHaveLength(1);
  await simulated.engine.setConfig({ "isokube:deletionProtection": false });
  await upCalls();
});

test.each([
  { property: "network.podCidr", change: { "isokube:network": { podCidr: "10.128.0.0/16" } } },
  { property: "controlPlane.highlyAvailable", change: { "isokube:controlPlane": { highlyAvailable: true } } },
])("what would make the cluster anew is refused at preview: $property", async ({ property, change }) => {
  const before = cloud.calls().filter(({ operation }) => operation !== "invoke").length;
  await simulated.engine.setConfig(change);
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain(property);
  expect(run.output).toContain("replaceCluster");
  expect(cloud.calls().filter(({ operation }) => operation !== "invoke")).toHaveLength(before);
  await simulated.engine.setConfig({
    "isokube:network": {},
    "isokube:controlPlane": { endpoint: "private", auditLogs: true },
  });
});

test("the next minor goes to the control plane first; pools follow, the new ones before the old ones go", async () => {
  const steps = await plan({ "isokube:kubernetesVersion": "1.36" });
  expect(opsOf(steps, "Cluster")).toEqual(["update"]);
  expect(opsOf(steps, "NodePool").filter((op) => op === "create-replacement")).toHaveLength(2);
  const calls = await upCalls();
  expect(calls.indexOf("create NodePool")).toBeGreaterThan(calls.indexOf("update Cluster"));
  expect(ofPools(calls).map((call) => call.split(" ")[0])).toEqual(["create", "create", "delete", "delete"]);
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
    "isokube:network": { podCidr: "10.128.0.0/14" },
    "isokube:replaceCluster": "shop",
  });
  await simulated.engine.up({ timeoutSeconds: 250 });
  expect(cloud.resource("Cluster").id).not.toBe(before.id);
  expect(cloud.resources("Network")).toHaveLength(1);
});

test("and all of it goes", async () => {
  await simulated.engine.destroy({ timeoutSeconds: 200 });
  expect(await cloud.leftovers()).toEqual([]);
});
