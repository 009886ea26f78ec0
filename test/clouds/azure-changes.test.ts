import { afterAll, beforeAll, expect, test } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { EngineStep } from "../support/engine-events.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
new Cluster("shop", clusterArgsFromConfig());
`;
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
beforeAll(async () => {
  simulated = await createSimulatedEngine({ program, clouds: ["azure"], config: good, minors: ["1.35", "1.36"] });
  cloud = simulated.cloud("azure");
  await simulated.engine.up({ timeoutSeconds: 200 });
}, 400_000);
afterAll(async () => {
  await simulated?.engine.close();
});

/** Steps on resources of Azure, but for those that are as they were. */
async function plan(change: Readonly<Record<string, unknown>>): Promise<readonly EngineStep[]> {
  await simulated.engine.setConfig(change);
  const { steps } = await simulated.engine.preview({ args: ["--diff"] });
  return steps.filter(({ op, type }) => op !== "same" && op !== "read" && type.startsWith("azure-native:"));
}

/** Short types and operations of steps, each once. */
const shown = (steps: readonly EngineStep[]): string[] =>
  [...new Set(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`))].sort();

/** Changes of the cloud since, as `create AgentPool`. */
async function upCalls(): Promise<readonly string[]> {
  const before = cloud.calls().length;
  await simulated.engine.up({ timeoutSeconds: 200 });
  return cloud
    .calls()
    .slice(before)
    .filter(({ operation }) => ["create", "update", "delete"].includes(operation))
    .map(({ operation, token }) => `${operation} ${token.split(":").at(-1)}`);
}

test("another size makes the new pool before the old one goes, and leaves the cluster alone", async () => {
  const steps = await plan({ "isokube:pools": { general: larger } });
  expect(shown(steps)).toEqual(["create-replacement AgentPool", "delete-replaced AgentPool", "replace AgentPool"]);
  expect(await upCalls()).toEqual(["create AgentPool", "delete AgentPool"]);
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

test("deletion protection comes by itself, keeps cluster and nodes, and goes by itself", async () => {
  expect(shown(await plan({ "isokube:deletionProtection": true }))).toEqual(["create ManagementLockByScope"]);
  expect(await upCalls()).toEqual(["create ManagementLockByScope"]);
  const refused = await simulated.engine.destroy({ mayFail: true, timeoutSeconds: 200 });
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain("because it is protected");
  expect(cloud.calls("delete").filter(({ token }) => /ManagedCluster|AgentPool/.test(token))).toHaveLength(1);
  await upCalls();
  expect(shown(await plan({ "isokube:deletionProtection": false }))).toEqual(["delete ManagementLockByScope"]);
  expect(await upCalls()).toEqual(["delete ManagementLockByScope"]);
});

test("deletion protection keeps pools from being replaced, and says so at preview", async () => {
  await plan({ "isokube:deletionProtection": true });
  await upCalls();
  await simulated.engine.setConfig({ "isokube:pools": { general } });
  const run = await simulated.engine.preview({ mayFail: true });
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain("marked for protection");
  // The protection is lifted first: a pool that has left the program could not be told any more.
  await simulated.engine.setConfig({ "isokube:deletionProtection": false, "isokube:pools": twoPools });
  await upCalls();
  await simulated.engine.setConfig({ "isokube:pools": { general } });
  expect(await upCalls()).toEqual(expect.arrayContaining(["create AgentPool", "delete AgentPool"]));
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
