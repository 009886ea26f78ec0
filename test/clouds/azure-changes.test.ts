import { expect, test } from "vitest";
import type { SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { changingCluster, shown } from "./changing-cluster.js";

const general = { cpu: 4, memory: "16Gi", min: 2, max: 4 };
const larger = { ...general, cpu: 8, memory: "32Gi" };
const twoPools = { general: { ...larger, max: 8 }, spare: { ...general, min: 0, spot: true } };
const good = {
  "isokube:target": "azure",
  "isokube:kubernetesVersion": "1.35",
  "isokube:compute": "pools",
  "isokube:pools": { general },
  "isokube:controlPlane": { endpoint: "both", allowedCidrs: ["203.0.113.0/24"], secretsEncryption: true },
};

let simulated: SimulatedEngine;
let cloud: SimulatedCloud;
const { plan, upCalls } = changingCluster("azure", good, (started) => {
  ({ simulated, cloud } = started);
});

test("another size makes the new pool before the old one goes, and leaves the cluster alone", async () => {
  const steps = await plan({ "isokube:pools": { general: larger } });
  expect(shown(steps)).toEqual(["create-replacement AgentPool", "delete-replaced AgentPool", "replace AgentPool"]);
  expect(await upCalls()).toEqual(["create AgentPool", "delete AgentPool"]);
});

const poolOf = (name: string) => cloud.resource("AgentPool", `shop-${name}`);

test.each([
  { title: "a higher maximum leaves the size that the autoscaler chose", min: 2, max: 8, autoscaled: 3, count: 3 },
  { title: "a minimum above the size raises it", min: 5, max: 8, autoscaled: 3, count: 5 },
  { title: "a maximum below the size lowers it", min: 2, max: 4, autoscaled: 7, count: 4 },
])("of a pool's bounds $title", async ({ min, max, autoscaled, count }) => {
  await cloud.drift(poolOf("general"), { count: autoscaled });
  expect(shown(await plan({ "isokube:pools": { general: { ...larger, min, max } } }))).toEqual(["update AgentPool"]);
  expect(await upCalls()).toEqual(["update AgentPool"]);
  expect(poolOf("general").outputs).toMatchObject({ minCount: min, maxCount: max, count });
  expect(await plan({})).toEqual([]);
});

test("another label leaves the size that the autoscaler chose, which AKS is told with every change", async () => {
  await cloud.drift(poolOf("general"), { count: 3 });
  expect(await plan({})).toEqual([]);
  await plan({ "isokube:pools": { general: { ...larger, labels: { "example.com/team": "shop" } } } });
  expect(await upCalls()).toEqual(["update AgentPool"]);
  expect(poolOf("general").outputs).toMatchObject({ count: 3, nodeLabels: { "example.com/team": "shop" } });
});

test("a pool that replaces another starts as large as that is, within its own bounds", async () => {
  await cloud.drift(poolOf("general"), { count: 4 });
  await plan({ "isokube:pools": { general: { ...general, max: 3 } } });
  expect(await upCalls()).toEqual(["create AgentPool", "delete AgentPool"]);
  expect(poolOf("general").outputs).toMatchObject({ minCount: 2, maxCount: 3, count: 3 });
  await plan({ "isokube:pools": { general: larger } });
  await upCalls();
});

test("another pool is only added, and other bounds only change", async () => {
  expect(shown(await plan({ "isokube:pools": twoPools }))).toEqual(["create AgentPool", "update AgentPool"]);
  await upCalls();
});

test("a public endpoint becomes private, and public again, in place", async () => {
  const steps = await plan({ "isokube:controlPlane": { endpoint: "private", secretsEncryption: true } });
  expect(shown(steps)).toEqual(["update ManagedCluster"]);
  expect(await upCalls()).toEqual(["update ManagedCluster"]);
  expect(shown(await plan({ "isokube:controlPlane": good["isokube:controlPlane"] }))).toEqual([
    "update ManagedCluster",
  ]);
  await upCalls();
});

test("encryption that is turned off is off before its key goes", async () => {
  const { secretsEncryption: _, ...open } = good["isokube:controlPlane"];
  await plan({ "isokube:controlPlane": open });
  const [first, ...rest] = await upCalls();
  expect(first).toBe("update ManagedCluster");
  expect([...rest].sort()).toEqual(["delete Key", "delete RoleAssignment", "delete Vault"]);
});

test("deletion protection comes by itself, keeps everything, and goes by itself", async () => {
  expect(shown(await plan({ "isokube:deletionProtection": true }))).toEqual(["create ManagementLockByScope"]);
  expect(await upCalls()).toEqual(["create ManagementLockByScope"]);
  const before = cloud.calls("delete").length;
  const refused = await simulated.engine.destroy({ mayFail: true, preview: true, timeoutSeconds: 200 });
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain("because it is protected");
  expect(cloud.calls("delete")).toHaveLength(before);
  expect(shown(await plan({ "isokube:deletionProtection": false }))).toEqual(["delete ManagementLockByScope"]);
  expect(await upCalls()).toEqual(["delete ManagementLockByScope"]);
});

test("a pool of a protected cluster cannot go: the preview says so, and the way, which is one up", async () => {
  await plan({ "isokube:deletionProtection": true });
  await upCalls();
  const before = cloud.calls().filter(({ operation }) => operation !== "invoke").length;
  await simulated.engine.setConfig({ "isokube:pools": { general } });
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toMatch(/pools\.general: would be made anew/);
  expect(run.output).toMatch(/pools\.spare: was taken away/);
  expect(run.output).toContain("Fix: set deletionProtection: false in the same pulumi up");
  expect(cloud.calls().filter(({ operation }) => operation !== "invoke")).toHaveLength(before);
  await simulated.engine.setConfig({ "isokube:deletionProtection": false });
  const calls = await upCalls();
  expect(calls.slice(0, 2)).toEqual(["create AgentPool", "delete ManagementLockByScope"]);
  expect(calls.slice(2)).toEqual(["delete AgentPool", "delete AgentPool"]);
});

test.each([
  ["network.serviceCidr", { "isokube:network": { serviceCidr: "10.97.0.0/16" } }],
  ["network.cidr", { "isokube:network": { cidr: "10.8.0.0/16" } }],
  ["network.zones", { "isokube:network": { zones: 2 } }],
])("a change of %s would make the cluster anew, and is refused at preview", async (property, change) => {
  await simulated.engine.setConfig(change);
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain(property);
  expect(run.output).toContain("replaceCluster");
  await simulated.engine.setConfig({ "isokube:network": {} });
});

test("the next minor goes to the control plane, then to the system pool, then to the others, in place", async () => {
  const steps = await plan({ "isokube:kubernetesVersion": "1.36" });
  expect(shown(steps)).toEqual(["update AgentPool", "update Deployment", "update ManagedCluster"]);
  const calls = await upCalls();
  expect(calls.slice(0, 2)).toEqual(["update ManagedCluster", "update Deployment"]);
  expect(new Set(calls.slice(2))).toEqual(new Set(["update AgentPool"]));
});

test("the way back is refused at preview", async () => {
  await simulated.engine.setConfig({ "isokube:kubernetesVersion": "1.35" });
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain("kubernetesVersion");
  await simulated.engine.setConfig({ "isokube:kubernetesVersion": "1.36" });
});

test("a replacement that is asked for by name happens, and the cluster is another one then", async () => {
  const before = cloud.resource("ManagedCluster");
  await simulated.engine.setConfig({
    "isokube:network": { podCidr: "10.128.0.0/16" },
    "isokube:replaceCluster": "shop",
  });
  await simulated.engine.up({ timeoutSeconds: 200 });
  const after = cloud.resource("ManagedCluster");
  expect(after.id).not.toBe(before.id);
  expect(after.inputs["nodeResourceGroup"]).not.toBe(before.inputs["nodeResourceGroup"]);
});

test("all of it goes without a trace", async () => {
  await simulated.engine.destroy({ timeoutSeconds: 200 });
  expect(await cloud.leftovers()).toEqual([]);
});
