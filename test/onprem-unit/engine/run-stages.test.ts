import { describe, expect, it } from "vitest";
import { runStages } from "../../../src/onprem/engine/run-stages.js";
import type { Plan } from "../../../src/onprem/plan.js";
import { RemoteFailure } from "../../../src/onprem/remote.js";

const step = (node: string, phase: string) => ({ node, phase, title: phase, why: "it lacks" });
const plan: Plan = {
  problems: [],
  stages: [
    { concurrency: 2, steps: [step("a", "one"), step("a", "two"), step("b", "one")] },
    { concurrency: 1, steps: [step("a", "last")] },
  ],
};
const { signal } = new AbortController();

describe("a plan", () => {
  it("is run stage by stage, one host's steps in their order", async () => {
    const done: string[] = [];
    await runStages(plan, signal, async ({ node, phase }) => void done.push(`${node} ${phase}`));
    expect([...done].sort()).toEqual(["a last", "a one", "a two", "b one"]);
    expect(done.indexOf("a one")).toBeLessThan(done.indexOf("a two"));
    expect(done.at(-1)).toBe("a last");
  });

  it("runs a step beside the one before it where it may, and what comes after them once both are done", async () => {
    const seen: string[] = [];
    const steps = [step("a", "one"), { ...step("a", "two"), beside: "one" }, { ...step("a", "three"), beside: "one" }];
    await runStages({ problems: [], stages: [{ concurrency: 1, steps }] }, signal, async ({ phase }) => {
      seen.push(`${phase} begins`);
      await new Promise((wake) => setTimeout(wake, phase === "one" ? 20 : 5));
      seen.push(`${phase} ends`);
    });
    expect(seen).toEqual(["one begins", "two begins", "two ends", "one ends", "three begins", "three ends"]);
  });

  it("waits for what runs beside a step that fails, and begins nothing more", async () => {
    const seen: string[] = [];
    const steps = [step("a", "one"), { ...step("a", "two"), beside: "one" }, step("a", "three")];
    const work = runStages({ problems: [], stages: [{ concurrency: 1, steps }] }, signal, async ({ phase }) => {
      if (phase === "one") throw new Error("one is lost");
      await new Promise((wake) => setTimeout(wake, 10));
      seen.push(phase);
    });
    await expect(work).rejects.toThrow("one is lost");
    expect(seen).toEqual(["two"]);
  });

  it("fails as its step did, so that the kind of failure can still be told", async () => {
    const lost = new RemoteFailure("b", "unreachable", "the connection was lost");
    const work = runStages(plan, signal, ({ node }) => (node === "b" ? Promise.reject(lost) : Promise.resolve()));
    await expect(work).rejects.toBe(lost);
  });

  it("tells all failures of steps that ran side by side", async () => {
    const work = runStages(plan, signal, ({ node }) => Promise.reject(new Error(`${node} is full`)));
    await expect(work).rejects.toThrow("a is full\nb is full");
  });
});
