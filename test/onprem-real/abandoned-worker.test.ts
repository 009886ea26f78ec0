import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { type HostSnapshot, startHosts, type TestHosts } from "../support/hosts/index.js";
import { changesOf, expectAsBefore, snapshotsOf } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { HostFiles, journalOf } from "../support/hosts/strikes.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";

new Cluster("shop", clusterArgsFromConfig());
`;

/** A run of these ends with an error right after the control planes: what comes next needs more. */
const upToTheControlPlanes = ["Cluster", "ReplacementGuard", "ControlPlane"].flatMap((type) => [
  "--target",
  `**:${type}::shop`,
]);

const markerFile = "/etc/isokube/node.json";

let hosts: TestHosts;
let engine: Engine;
let before: ReadonlyMap<string, HostSnapshot>;
let bundle: string;

beforeAll(async () => {
  bundle = (await ensureBundle("1.35")).folder;
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"] });
  before = await snapshotsOf(hosts);
  engine = await Engine.create({ program, config: onpremConfig(hosts, bundle, ["cp1"]) });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("a worker is prepared with the control planes, and belongs to the cluster before it joins", {
  timeout: 400_000,
}, async () => {
  const run = await engine.up({ args: upToTheControlPlanes, mayFail: true, timeoutSeconds: 380 });
  expect(changesOf(run)).toContain("create isokube:onprem:ControlPlane shop");
  expect(JSON.parse(await hosts.get("worker1").exec(["cat", markerFile]))).toMatchObject({
    cluster: "shop",
    role: "worker",
    state: "joining",
  });
});

test("its images came when the control plane had its own, all else before", () => {
  const timesOf = (host: string) => {
    const notes = journalOf(new HostFiles(hosts.get(host)));
    return (phase: string, event: "begin" | "done") => {
      const note = notes.find((each) => each.phase === phase && each.event === event);
      if (note === undefined) throw new Error(`${host} has no ${event} of ${phase}: ${JSON.stringify(notes)}`);
      return Date.parse(note.time);
    };
  };
  const [controlPlane, worker] = [timesOf("cp1"), timesOf("worker1")];
  expect(worker("binaries", "begin")).toBeLessThan(controlPlane("images", "done"));
  expect(worker("images", "begin")).toBeGreaterThanOrEqual(controlPlane("images", "done"));
  expect(worker("images", "begin")).toBeLessThan(controlPlane("initialise", "done"));
});

test("taken out of the program before it joined, the preview says that it is given back", {
  timeout: 200_000,
}, async () => {
  await engine.setConfig(onpremConfig(hosts, bundle, ["cp1"], []));
  const { output } = await engine.preview({ timeoutSeconds: 180 });
  expect(output).toContain("give the host back (it was prepared as a worker and is listed no more)");
});

test("up gives it back as it was, and has nothing to do then", { timeout: 600_000 }, async () => {
  await engine.up({ timeoutSeconds: 380 });
  await expectAsBefore([hosts.get("worker1")], before);
  expect(changesOf(await engine.up({ timeoutSeconds: 180 }))).toEqual([]);
});
