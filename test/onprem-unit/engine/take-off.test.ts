import { expect, test } from "vitest";
import { wasOnlyPrepared } from "../../../src/onprem/engine/take-off.js";
import type { HostFacts, HostSight } from "../../../src/onprem/facts.js";
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
