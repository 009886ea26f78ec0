import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Line } from "../../src/plugin/engine-client.js";
import { connectEngineLog, type EngineLog } from "../../src/plugin/engine-log.js";

const sent: Line[] = [];
let deliver: () => Promise<void>;

vi.mock("../../src/plugin/engine-client.js", () => ({
  connect: () => ({
    send: async (line: Line) => {
      await deliver();
      sent.push(line);
    },
  }),
}));

describe("status lines", () => {
  let log: EngineLog;
  const messages = (): string[] => sent.map(({ message }) => message);

  beforeEach(() => {
    vi.useFakeTimers();
    sent.length = 0;
    deliver = async () => undefined;
    log = connectEngineLog(() => "127.0.0.1:1");
  });
  afterEach(() => vi.useRealTimers());

  test("in quick succession are thinned out, and the last is always shown", async () => {
    for (const message of ["a", "b", "c"]) log.status("urn", message);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(messages()).toEqual(["a", "c"]);
    log.status("urn", "d");
    await vi.advanceTimersByTimeAsync(0);
    expect(messages()).toEqual(["a", "c", "d"]);
  });

  test("of one resource do not hold back those of another", async () => {
    log.status("one", "a");
    log.status("two", "b");
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([
      { urn: "one", message: "a", passing: true },
      { urn: "two", message: "b", passing: true },
    ]);
  });

  test("give way to the next; a note stays", async () => {
    log.status("urn", "working");
    await log.note("urn", "cp1: 3 steps");
    expect(sent.map(({ message, passing }) => [message, passing])).toEqual([
      ["working", true],
      ["cp1: 3 steps", false],
    ]);
  });

  test("are all there when the operation answers", async () => {
    log.status("urn", "working");
    log.status("urn", "done");
    await log.settle("urn");
    expect(messages()).toEqual(["working", "done"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(messages()).toEqual(["working", "done"]);
  });

  test("that cannot be delivered hold up nothing", async () => {
    deliver = () => Promise.reject(new Error("the engine is busy"));
    log.status("urn", "working");
    await expect(log.settle("urn")).resolves.toBeUndefined();
  });

  test("go nowhere before the engine's address is known", async () => {
    const early = connectEngineLog(() => undefined);
    early.status("urn", "working");
    await early.settle("urn");
    expect(sent).toEqual([]);
  });
});
