import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { watchParent } from "../../src/plugin/parent-watch.js";

describe("the watch over the parent", () => {
  const engine = 100;
  const init = 1;
  let parent: number;
  let alive: boolean;
  let input: PassThrough;
  let deaths: number;
  let watch: { stop(): void };

  beforeEach(() => {
    vi.useFakeTimers();
    parent = engine;
    alive = true;
    input = new PassThrough();
    deaths = 0;
    watch = watchParent(
      () => {
        deaths += 1;
      },
      { parentId: () => parent, isAlive: () => alive, input },
    );
  });
  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  test("tells nothing while it lives, even when it closes the input", async () => {
    input.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deaths).toBe(0);
  });

  test("tells its death at once by the end of the input", async () => {
    parent = init;
    input.end();
    await vi.advanceTimersByTimeAsync(50);
    expect(deaths).toBe(1);
  });

  test("tells it once, and by looking where the input stays open", async () => {
    parent = init;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deaths).toBe(1);
  });

  test("tells it where a process keeps its parent's number for ever", async () => {
    alive = false;
    await vi.advanceTimersByTimeAsync(600);
    expect(deaths).toBe(1);
  });

  test("tells nothing once it was stopped", async () => {
    watch.stop();
    parent = init;
    input.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deaths).toBe(0);
  });
});
