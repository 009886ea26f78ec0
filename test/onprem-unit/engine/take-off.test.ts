import { expect, test } from "vitest";
import { takeOff, wasOnlyPrepared } from "../../../src/onprem/engine/take-off.js";
import type { HostFacts, HostSight } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { renderMarker } from "../../../src/onprem/host/marker.js";
import type { Connector, Remote, RemoteScript } from "../../../src/onprem/remote.js";
import type { NodeSpec } from "../../../src/onprem/spec.js";
import { clusterSpec, hostFacts, marker, nodeSpec } from "../fixtures.js";

const worker = nodeSpec("worker1");
const prepared = { marker: marker(worker, { state: "joining" }) };
const seen = (over: Partial<HostFacts>): HostSight => ({ reachable: true, facts: hostFacts(worker, over) });

test("a worker that was prepared and did not begin to join is known by nobody else", () => {
  expect(wasOnlyPrepared(clusterSpec(), worker, seen(prepared))).toBe(true);
});

test.each<[string, HostSight | undefined]>([
  ["that has begun to join", seen({ ...prepared, caHash: "sha256:1" })],
  ["that is a node", seen({ marker: marker(worker) })],
  ["that is on its way out", seen({ marker: marker(worker, { state: "leaving" }) })],
  ["that nobody claimed", seen({ marker: undefined })],
  ["of another cluster", seen({ marker: marker(worker, { state: "joining", cluster: "other" }) })],
  ["that has another name by now", seen({ marker: marker(worker, { state: "joining", node: "worker2" }) })],
  ["that became a control plane", seen({ marker: marker(worker, { state: "joining", role: "controlPlane" }) })],
  ["that cannot be reached", { reachable: false, kind: "unreachable", why: "no route" }],
  ["that was not looked at", undefined],
])("a host %s is left alone", (_, sight) => {
  expect(wasOnlyPrepared(clusterSpec(), worker, sight)).toBe(false);
});

/** Takes the cluster off a host that is lost when it is to be reset, as often as is said; tells how often it was. */
async function cutOff(node: NodeSpec, state: "joining" | "member", times: number): Promise<number> {
  let content = renderMarker(marker(node, { state }));
  let resets = 0;
  const run = async ({ text }: RemoteScript) => {
    if (!text.includes("kubelet.service")) return { exitCode: 0, stdout: "", stderr: "" };
    resets += 1;
    throw new Error("the host is lost");
  };
  const remote: Remote = {
    name: node.name,
    run,
    runUnit: run,
    readFile: async (path) => (path === hostPaths.marker ? Buffer.from(content) : undefined),
    writeFile: async (file) => {
      content = String(file.content);
    },
    upload: async () => undefined,
    close: async () => undefined,
  };
  const connector: Connector = { use: async (_, work) => work(remote), close: async () => undefined };
  const options = { connector, signal: new AbortController().signal, report: () => undefined };
  for (let time = 0; time < times; time++) await takeOff(node, clusterSpec(), options).catch(() => undefined);
  return resets;
}

test.each([
  { what: "a worker that never joined", node: worker, state: "joining" as const },
  { what: "a control plane", node: nodeSpec("cp1"), state: "member" as const },
])("$what is found again by the run after one that was cut off", async ({ node, state }) => {
  expect(await cutOff(node, state, 2)).toBe(2);
});

test("a worker that is a node is never reset without the API", async () => {
  expect(await cutOff(worker, "member", 1)).toBe(0);
});
