import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createReporter, progressLines, type ToolchainEvent } from "../../toolchain/progress.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function record(isTTY: boolean) {
  const written: { readonly text: string; readonly at: number }[] = [];
  const begun = Date.now();
  const write = (text: string) => written.push({ text, at: (Date.now() - begun) / 1000 });
  return { written, print: progressLines({ isTTY, columns: 60, write }) };
}

describe("progress in a log", () => {
  test("is never silent for more than ten seconds while a part compiles for two minutes", () => {
    const { written, print } = record(false);
    const reporter = createReporter(print);
    const activity = reporter.begin("kubernetes");
    for (let index = 0; index < 40; index++) {
      activity.step(`compiling package ${index} of at most 40: k8s.io/api`);
      vi.advanceTimersByTime(3000);
    }
    vi.advanceTimersByTime(60_000);
    activity.end("ready (build, 132 MB)");
    reporter.close();
    const times = [0, ...written.map(({ at }) => at)];
    const silences = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...silences)).toBeLessThanOrEqual(10);
    expect(written.length).toBeLessThan(30);
    expect(written.at(-1)?.text).toBe("[ 180 s] kubernetes: ready (build, 132 MB)\n");
    expect(written.map(({ text }) => text).join("")).not.toContain("\u001b");
  });

  test("shows each new kind of step at once", () => {
    const { written, print } = record(false);
    const steps = ["resolving modules", "compiling", "compiling package 1 of at most 9: a", "linking", "ready (build)"];
    for (const step of steps) print({ part: "kwok", step, elapsedSeconds: 0 });
    expect(written.map(({ text }) => text.trim())).toEqual([
      "[   0 s] kwok: resolving modules",
      "[   0 s] kwok: compiling",
      "[   0 s] kwok: linking",
      "[   0 s] kwok: ready (build)",
    ]);
  });
});

describe("progress on a terminal", () => {
  test("is one line that never wraps, and a lasting line for each finished part", () => {
    const { written, print } = record(true);
    const events: readonly ToolchainEvent[] = [
      { part: "kubernetes", step: `compiling package 7 of at most 9: ${"k8s.io/".repeat(20)}`, elapsedSeconds: 7 },
      { part: "pulumi", step: "linking", elapsedSeconds: 9 },
      { part: "pulumi", step: "ready (build, 115 MB)", elapsedSeconds: 12 },
    ];
    for (const event of events) {
      print(event);
      vi.advanceTimersByTime(200);
    }
    const lasting = written.filter(({ text }) => text.endsWith("\n")).map(({ text }) => text);
    expect(lasting).toEqual(["\r\u001b[K[  12 s] pulumi: ready (build, 115 MB)\n"]);
    for (const { text } of written.filter(({ text: line }) => !line.endsWith("\n"))) {
      expect(text.replace("\r\u001b[K", "").length).toBeLessThan(60);
    }
  });
});
