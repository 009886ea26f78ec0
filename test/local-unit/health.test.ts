import { expect, test } from "vitest";
import { concurrently } from "../../src/local/concurrently.js";
import { hasFreshHeartbeats, livenessOf, mendedHeartbeatMs } from "../../src/local/health.js";
import { type ProcessName, processNames } from "../../src/local/layout.js";
import type { LiveNode } from "../../src/local/nodes.js";
import type { FoundProcess } from "../../src/local/processes.js";

const found = (name: ProcessName, stopped = false): FoundProcess => ({
  name,
  pid: 1,
  startTime: "1",
  stopped,
  fingerprint: "",
});
const all = processNames.map((name) => found(name));
const without = (name: ProcessName): FoundProcess[] => all.filter((process) => process.name !== name);

test.each([
  { what: "everything runs", processes: all, expected: {} },
  { what: "etcd is gone", processes: without("etcd"), expected: { etcd: "down" } },
  { what: "kwok is gone", processes: without("kwok"), expected: { kwok: "down" } },
  { what: "the nodes' kubelet is gone", processes: without("simulated-kubelet"), expected: { kwok: "down" } },
  {
    what: "the scheduler is halted",
    processes: [...without("kube-scheduler"), found("kube-scheduler", true)],
    expected: { "kube-scheduler": "unhealthy" },
  },
])("when $what, the components are told so", ({ processes, expected }) => {
  const running = {
    etcd: "running",
    "kube-apiserver": "running",
    "kube-controller-manager": "running",
    "kube-scheduler": "running",
    kwok: "running",
    "metrics-server": "running",
  };
  expect(livenessOf(processes)).toEqual({ ...running, ...expected });
});

test("when nothing runs, everything is down", () => {
  expect(new Set(Object.values(livenessOf([])))).toEqual(new Set(["down"]));
});

const now = Date.parse("2026-01-01T00:01:00Z");
const node = (lastHeartbeatTime?: string): LiveNode => ({
  metadata: { name: "n" },
  status: {
    conditions: [{ type: "Ready", status: "True", ...(lastHeartbeatTime === undefined ? {} : { lastHeartbeatTime }) }],
  },
});

test.each([
  { what: "no nodes", nodes: [], fresh: true },
  { what: "a heartbeat 20 s ago", nodes: [node("2026-01-01T00:00:40Z")], fresh: true },
  {
    what: "one old heartbeat among new ones",
    nodes: [node("2026-01-01T00:00:59Z"), node("2025-12-31T23:59:59Z")],
    fresh: false,
  },
  { what: "none ever", nodes: [node()], fresh: false },
])("$what tells that kwok is at work: $fresh", ({ nodes, fresh }) => {
  expect(hasFreshHeartbeats(nodes, now)).toBe(fresh);
});

test("what counts as mended stays well for longer than kwok takes to write the next heartbeat", () => {
  const seen = [node("2026-01-01T00:00:31Z")];
  expect(hasFreshHeartbeats(seen, now, mendedHeartbeatMs)).toBe(true);
  expect(hasFreshHeartbeats([node("2026-01-01T00:00:29Z")], now, mendedHeartbeatMs)).toBe(false);
  const kwokRenewsWithinMs = 12_000;
  expect(hasFreshHeartbeats(seen, now + kwokRenewsWithinMs)).toBe(true);
});

test("when one task fails the others are stopped and awaited before its error is thrown", async () => {
  const stop = new AbortController();
  let ended = false;
  const slow = new Promise<void>((done) => {
    stop.signal.addEventListener("abort", () =>
      setTimeout(() => {
        ended = true;
        done();
      }, 20),
    );
  });
  await expect(concurrently(stop, Promise.reject(new Error("first")), slow)).rejects.toThrow("first");
  expect(ended).toBe(true);
});
