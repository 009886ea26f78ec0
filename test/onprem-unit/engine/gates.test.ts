import { expect, test } from "vitest";
import { Gates } from "../../../src/onprem/engine/gates.js";

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

test("so many are let through at once, the next when one has ended", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 2);
  const parts = ["worker1", "worker2", "worker3"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => gate.roll(name, work));
  expect(log).toEqual(["worker1", "worker2"]);
  parts[0]?.end();
  await ended[0];
  expect(log).toEqual(["worker1", "worker2", "worker3"]);
  for (const { end } of parts) end();
  await Promise.all(ended);
});

test("after one has failed none is begun, until it has been tried again", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 1);
  const first = workOf(log, "worker1");
  const ended = [gate.roll("worker1", first.work), gate.roll("worker2", workOf(log, "worker2").work)].map(messageOf);
  first.end(new Error("node worker1 could not be drained"));
  expect(await Promise.all(ended)).toEqual([
    "node worker1 could not be drained",
    "worker2 was not begun, because worker1 has failed and no further worker is taken out of service. Fix: what worker1 met; the next run goes on",
  ]);
  expect(log).toEqual(["worker1"]);
  const done = async () => undefined;
  expect(await messageOf(gate.roll("worker2", done))).toContain("worker1 has failed");
  expect(await messageOf(gate.roll("worker1", done))).toBe("done");
  expect(await messageOf(gate.roll("worker2", done))).toBe("done");
});

test("one that runs when another fails goes on to its end, and a worker that leaves is not kept", async () => {
  const log: string[] = [];
  const gate = new Gates().of("shop", 2);
  const parts = ["worker1", "worker2"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => messageOf(gate.roll(name, work)));
  parts[0]?.end(new Error("no"));
  expect(await ended[0]).toBe("no");
  parts[1]?.end();
  expect(await ended[1]).toBe("done");
  expect(await messageOf(gate.pass(async () => undefined))).toBe("done");
});

test("clusters do not wait for each other", async () => {
  const log: string[] = [];
  const gates = new Gates();
  const parts = ["shop", "bank"].map((name) => ({ name, ...workOf(log, name) }));
  const ended = parts.map(({ name, work }) => gates.of(name, 1).roll("worker1", work));
  expect(log).toEqual(["shop", "bank"]);
  for (const { end } of parts) end();
  await Promise.all(ended);
});
