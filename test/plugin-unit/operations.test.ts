import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { trackOperations } from "../../src/plugin/operations.js";
import { PartialFailure } from "../../src/plugin/resource.js";

/** A display whose last line takes a while to be shown. */
const slowLog = { status: () => undefined, note: async () => undefined, settle: () => sleep(20) };

const untilAborted = (signal: AbortSignal): Promise<unknown> => sleep(60_000, undefined, { signal });

describe("operations", () => {
  test("are idle only when the last line of the last one is shown", async () => {
    const operations = trackOperations(slowLog);
    const order: string[] = [];
    const one = operations.run("a", undefined, async () => "done").then(() => order.push("answered"));
    await operations.idle();
    order.push("idle");
    await one;
    expect(order).toEqual(["answered", "idle"]);
  });

  test("become idle after they were cancelled", async () => {
    const operations = trackOperations(slowLog);
    const one = operations.run("a", undefined, ({ signal }) => untilAborted(signal));
    const other = operations.run("b", undefined, ({ signal }) => untilAborted(signal));
    operations.cancel("the engine is gone");
    await expect(one).rejects.toThrow("the engine is gone");
    await expect(other).rejects.toThrow("the engine is gone");
    await operations.idle();
  });

  test("are refused once cancelled", async () => {
    const operations = trackOperations(slowLog);
    operations.cancel("the deployment was cancelled");
    await expect(operations.run("a", undefined, async () => "done")).rejects.toThrow("the deployment was cancelled");
  });

  test("keep what is half-made when they are cancelled", async () => {
    const operations = trackOperations(slowLog);
    const half = new PartialFailure("id", {}, {}, ["cut off"]);
    const one = operations.run("a", undefined, ({ signal }) => untilAborted(signal).catch(() => Promise.reject(half)));
    operations.cancel("the deployment was cancelled");
    await expect(one).rejects.toBe(half);
  });

  test("have no limit unless they are given one", async () => {
    const operations = trackOperations(slowLog);
    await expect(operations.run("a", 0, async () => sleep(5, "done"))).resolves.toBe("done");
    await expect(operations.run("a", 0.01, ({ signal }) => untilAborted(signal))).rejects.toThrow("more than 0.01 s");
  });
});
