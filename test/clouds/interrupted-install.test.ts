import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordSecret } from "../../src/components/cluster/release-record.js";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { Run } from "../support/engine.js";
import { eventually, kill } from "../support/processes.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
new Cluster("shop", clusterArgsFromConfig());
`;
const records = "/api/v1/namespaces/envoy-gateway-system/secrets";

let simulated: SimulatedEngine;
let cloud: SimulatedCloud;
beforeAll(async () => {
  simulated = await createSimulatedEngine({
    program,
    clouds: ["azure"],
    config: {
      "isokube:target": "azure",
      "isokube:kubernetesVersion": "1.35",
      "isokube:compute": "pools",
      "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2 } },
    },
  });
  cloud = simulated.cloud("azure");
}, 400_000);
afterAll(async () => {
  await simulated?.engine.close();
});

/** Helm's records of the gateway's chart; none while there is no cluster that answers. */
async function releaseRecords(): Promise<readonly RecordSecret[]> {
  const [cluster] = cloud.resources("ManagedCluster");
  if (cluster?.access === undefined) return [];
  const api = await cloud.api(cluster);
  try {
    const selector = encodeURIComponent("owner=helm,name=gateway");
    return (await api.get<{ items: readonly RecordSecret[] }>(`${records}?labelSelector=${selector}`)).items;
  } finally {
    api.close();
  }
}

const changed = (run: Run): readonly string[] =>
  run.steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`);

/** Starts a deployment, and kills its engine as soon as Helm has begun to install the chart. */
async function killedInTheMiddle(): Promise<void> {
  const running = simulated.engine.start("up", { mayFail: true, timeoutSeconds: 250 });
  await eventually(
    "Helm installs the gateway's chart",
    async () => (await releaseRecords()).find(({ metadata }) => metadata.labels?.["status"] === "pending-install"),
    { timeoutSeconds: 200 },
  );
  running.kill();
  expect((await running.finished).exitCode).toBeNull();
  // The engine's lock on the stack has outlived it.
  await simulated.engine.pulumi(["cancel", "--yes"], { stack: simulated.engine.defaultStack });
}

/** The next deployment makes what is missing, and leaves nothing to do. */
async function nextUpFinishes(): Promise<void> {
  const up = await simulated.engine.up({ timeoutSeconds: 250 });
  expect(up.steps).toContainEqual(expect.objectContaining({ op: "create", type: "kubernetes:helm.sh/v3:Release" }));
  const latest = (await releaseRecords()).map(({ metadata }) => metadata.labels).at(-1);
  expect(latest).toMatchObject({ status: "deployed", version: "2" });
  const after = await simulated.engine.preview({ args: ["--diff"] });
  expect(changed(after), after.output).toEqual([]);
}

describe("a pulumi that is killed in the middle of the install of a chart", () => {
  test("leaves a plugin that finishes it: the next up takes what is there over", async () => {
    await killedInTheMiddle();
    await nextUpFinishes();
    await simulated.engine.destroy({ timeoutSeconds: 250 });
    expect(await cloud.leftovers()).toEqual([]);
  });

  test("with its plugins, as when the machine goes: the next up goes on once nobody can be installing any more", async () => {
    await killedInTheMiddle();
    for (const { pid, command } of await simulated.engine.processes()) {
      if (command.includes("pulumi-resource-")) kill(pid);
    }
    const [left] = await releaseRecords();
    expect(left?.metadata.labels).toMatchObject({ status: "pending-install", version: "1" });
    // The time goes by in which Helm itself would have given up.
    const longAgo = String(Math.floor(Date.now() / 1000) - 3600);
    const api = await cloud.api(cloud.resource("ManagedCluster"));
    try {
      const labels = { createdAt: longAgo, modifiedAt: longAgo };
      await api.patch(`${records}/${left?.metadata.name}`, { metadata: { labels } });
    } finally {
      api.close();
    }
    await nextUpFinishes();
    await simulated.engine.destroy({ timeoutSeconds: 250 });
    expect(await cloud.leftovers()).toEqual([]);
  });
});
