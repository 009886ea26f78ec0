import { expect, test } from "vitest";
import { RecentLooks } from "../../../src/onprem/engine/recent-looks.js";

/** With a clock that a test turns. */
function start() {
  const clock = { now: 0 };
  const recent = new RecentLooks<number>(() => clock.now);
  let looks = 0;
  const look = async () => {
    looks += 1;
    return looks;
  };
  return { clock, recent, look };
}

test("a look stands for some seconds, for the very same question", async () => {
  const { clock, recent, look } = start();
  expect(await recent.of(["shop", "host1"], look)).toBe(1);
  expect(await recent.of(["shop", "host1"], look)).toBe(1);
  expect(await recent.of(["shop", "host2"], look)).toBe(2);
  clock.now += 10_000;
  expect(await recent.of(["shop", "host1"], look)).toBe(3);
});

test("a look that was begun ahead stands until its turn has come", async () => {
  const { clock, recent, look } = start();
  expect(await recent.of("worker200", look, 60)).toBe(1);
  clock.now += 59_000;
  expect(await recent.of("worker200", look)).toBe(1);
  clock.now += 1_000;
  expect(await recent.of("worker200", look)).toBe(2);
});

test("whoever asks while a look goes on waits for it, however long it takes", async () => {
  const { clock, recent, look } = start();
  let finish: (found: number) => void = () => undefined;
  const begun = recent.of("host1", () => new Promise((resolve) => (finish = resolve)));
  clock.now += 60_000;
  const asked = recent.of("host1", look);
  finish(7);
  expect(await Promise.all([begun, asked])).toEqual([7, 7]);
  expect(await recent.of("host1", look)).toBe(7);
});

test("nothing seen before a change stands after it, and no failure does", async () => {
  const { recent, look } = start();
  expect(await recent.of("host1", look)).toBe(1);
  recent.clear();
  expect(await recent.of("host1", look)).toBe(2);
  await expect(recent.of("host2", () => Promise.reject(new Error("no route")))).rejects.toThrow("no route");
  expect(await recent.of("host2", look)).toBe(3);
});
