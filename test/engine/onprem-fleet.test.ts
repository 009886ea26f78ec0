import { afterAll, beforeAll, expect, test } from "vitest";
import { withPeakMemory } from "../../bench/memory.js";
import { Engine, type Run } from "../support/engine.js";
import { isPlugin, OnpremFleet } from "../support/onprem-fleet/index.js";
import { emptyClusterProgram } from "../support/onprem-fleet/program.js";

/**
 * How much is asked of 200 hosts, and how. How long that takes is for `npm run bench -- fleet`: a machine that runs
 * other tests at the same time would tell more of them than of this.
 */
const hosts = 200;
const controlPlanes = 3;
/** The stack; the cluster with its guard, its control plane and its provider; every other host. */
const resources = 1 + 4 + (hosts - controlPlanes);
const patient = { timeoutSeconds: 280 };

let fleet: OnpremFleet;
let engine: Engine;

beforeAll(async () => {
  fleet = await OnpremFleet.start({ hosts, controlPlanes, latencyMilliseconds: 2, kubernetesVersion: "1.35.3" });
  engine = await Engine.create({ program: await emptyClusterProgram(), config: fleet.config() });
});
afterAll(async () => {
  await engine?.close();
  await fleet?.close();
});

/** What one command asked of the hosts. */
async function asked(work: () => Promise<Run>) {
  const before = { ...fleet.asked };
  const { result, peakMib } = await withPeakMemory(engine.directory, work, { counts: isPlugin, everyMs: 2000 });
  return {
    run: result,
    peakMib,
    facts: fleet.asked.facts - before.facts,
    clusters: fleet.asked.nodes - before.nodes,
    // All workers ask after the same control planes, and what they saw is good for ten seconds.
    mostLooksAtControlPlanes: controlPlanes * (3 + Math.ceil(result.seconds / 10)),
  };
}

function expectFewQuestions(found: Awaited<ReturnType<typeof asked>>): void {
  const workers = hosts - controlPlanes;
  expect(found.facts).toBeGreaterThanOrEqual(hosts);
  expect(found.facts - workers).toBeLessThanOrEqual(found.mostLooksAtControlPlanes);
  expect(found.clusters).toBeLessThanOrEqual(found.mostLooksAtControlPlanes);
  expect(found.peakMib).toBeGreaterThan(50);
  expect(found.peakMib).toBeLessThanOrEqual(400);
}

test("a preview of a cluster to be made looks at each host once", { timeout: 300_000 }, async () => {
  const found = await asked(() => engine.preview(patient));
  expect(found.run.changes).toEqual({ create: resources });
  expectFewQuestions(found);
});

test("however much Pulumi does at once, no more than 20 hosts are connected", { timeout: 300_000 }, async () => {
  fleet.isMade = true;
  // The hosts are members already: they are taken over, and nothing is done to them.
  const found = await asked(() => engine.up({ ...patient, args: ["--parallel", "100"] }));
  expect(found.run.changes).toEqual({ create: resources });
  expect(fleet.counts.connections.most).toBeLessThanOrEqual(20);
  // Workers of a cluster that is not in the state are looked at with its control planes, to be prepared meanwhile.
  expect(found.facts).toBeLessThanOrEqual(2 * hosts + found.mostLooksAtControlPlanes);
  expect(found.peakMib).toBeLessThanOrEqual(400);
});

test("a preview of a made cluster looks at each host once, and at many at a time", { timeout: 300_000 }, async () => {
  fleet.counts.connections.most = 0;
  const found = await asked(() => engine.preview(patient));
  expect(found.run.changes).toEqual({ same: resources });
  expectFewQuestions(found);
  // Pulumi compares resources one after another.
  expect(fleet.counts.connections.most).toBeGreaterThan(10);
});

test("a refresh looks at each host once", { timeout: 300_000 }, async () => {
  const found = await asked(() => engine.refresh(patient));
  expect(found.run.changes).toEqual({ same: resources });
  expectFewQuestions(found);
});
