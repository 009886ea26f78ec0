import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gates, type Rolling } from "../../../src/onprem/engine/gates.js";

const { signal } = new AbortController();

/** A cluster whose workers of these names are not Ready. */
function rolling(...notReady: readonly string[]): Rolling & { readonly reports: string[] } {
  const reports: string[] = [];
  return {
    notReady: async () => notReady,
    signal,
    report: (line) => reports.push(line),
    patienceSeconds: 0.05,
    reports,
  };
}

/** Work that goes on until it is told to end. */
function workOf(log: string[], name: string) {
  let end = (_error?: Error): void => undefined;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      log.push(name);
      end = (error) => (error === undefined ? resolve() : reject(error));
    });
  return { work, end: (error?: Error) => end(error) };
}

const messageOf = (pending: Promise<unknown>): Promise<string> =>
  pending.then(
    () => "done",
    (error: Error) => error.message,
  );

const done = async () => undefined;
/** Long enough for whoever can begin. */
const moment = () => sleep(20);

test("so many are let through at once, the next when one has ended", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 2);
  const parts = ["worker1", "worker2", "worker3"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => gate.roll(name, rolling(), work));
  await moment();
  expect(log).toEqual(["worker1", "worker2"]);
  parts[0]?.end();
  await ended[0];
  await moment();
  expect(log).toEqual(["worker1", "worker2", "worker3"]);
  for (const { end } of parts) end();
  await Promise.all(ended);
});

test("after one has failed none is begun, until it has been tried again", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 1);
  const first = workOf(log, "worker1");
  const ended = [
    gate.roll("worker1", rolling(), first.work),
    gate.roll("worker2", rolling(), workOf(log, "worker2").work),
  ].map(messageOf);
  await moment();
  first.end(new Error("node worker1 could not be drained"));
  expect(await Promise.all(ended)).toEqual([
    "node worker1 could not be drained",
    "worker2 was not begun, because worker1 has failed and no further worker is taken out of service. Fix: what worker1 met; the next run goes on",
  ]);
  expect(log).toEqual(["worker1"]);
  expect(await messageOf(gate.roll("worker2", rolling(), done))).toContain("worker1 has failed");
  expect(await messageOf(gate.roll("worker1", rolling(), done))).toBe("done");
  expect(await messageOf(gate.roll("worker2", rolling(), done))).toBe("done");
});

test("one that runs when another fails goes on to its end, and a worker that leaves is not kept", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 2);
  const parts = ["worker1", "worker2"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => messageOf(gate.roll(name, rolling(), work)));
  await moment();
  parts[0]?.end(new Error("no"));
  expect(await ended[0]).toBe("no");
  parts[1]?.end();
  expect(await ended[1]).toBe("done");
  expect(await messageOf(gate.pass("worker3", done))).toBe("done");
});

test("clusters do not wait for each other", async () => {
  const log: string[] = [];
  const gates = new Gates();
  const parts = ["shop", "bank"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => gates.of(name, 1).roll("worker1", rolling(), work));
  await moment();
  expect(log).toEqual(["shop", "bank"]);
  for (const { end } of parts) end();
  await Promise.all(ended);
});

test("none is begun beside one that is out of service already and that nobody works at", async () => {
  const gate = new Gates().of("shop", 1);
  for (const begin of ["admit", "roll"] as const) {
    const dead = rolling("worker1");
    expect(await messageOf(gate[begin]("worker2", dead, done))).toBe(
      "worker2 was not begun, because maxUnavailable is 1 and out of service already: worker1. Fix: make it Ready, or " +
        "remove it before anything else is changed (`kubectl delete node` does for one that is dead), or raise " +
        "maxUnavailable; the next run goes on",
    );
    expect(dead.reports).toEqual(["waiting until Ready: worker1; at most 1 may be out of service"]);
  }
  expect(await messageOf(new Gates().of("shop", 2).roll("worker2", rolling("worker1"), done))).toBe("done");
});

test("one that is out of service itself is begun, for with it there are no more", async () => {
  const gate = new Gates().of("shop", 1);
  for (const begin of ["admit", "roll"] as const) {
    expect(await messageOf(gate[begin]("worker1", rolling("worker1", "worker3"), done))).toBe("done");
  }
});

test("one that a run brings back is waited for, however long that takes, and has the room meanwhile", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 1);
  const notReady = new Set(["worker1"]);
  const cluster = { ...rolling(), notReady: async () => [...notReady] };
  const broken = workOf(log, "worker1");
  const mending = gate.atWork("worker1", async () => {
    // Later than the other, and longer than anybody else would be waited for.
    await sleep(100);
    await gate.roll("worker1", cluster, broken.work);
  });
  const healthy = gate.roll("worker2", cluster, async () => void log.push("worker2"));
  await sleep(200);
  expect(log).toEqual(["worker1"]);
  notReady.delete("worker1");
  broken.end();
  await Promise.all([mending, healthy]);
  expect(log).toEqual(["worker1", "worker2"]);
});

test("two do not take the same room", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 2);
  const parts = ["worker2", "worker3"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => gate.roll(name, rolling("worker1"), work));
  await moment();
  expect(log).toEqual(["worker2"]);
  parts[0]?.end();
  await ended[0];
  await sleep(100);
  expect(log).toEqual(["worker2", "worker3"]);
  parts[1]?.end();
  await Promise.all(ended);
});

test("whoever waits ends with the run", async () => {
  const gate = new Gates().of("shop", 1);
  const run = new AbortController();
  const waiting = messageOf(gate.admit("worker2", { ...rolling("worker1"), signal: run.signal, patienceSeconds: 60 }));
  await moment();
  run.abort(new Error("the run was cancelled"));
  expect(await waiting).toMatch(/aborted|cancelled/);
});
