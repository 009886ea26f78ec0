import { describe, expect, test } from "vitest";
import { capabilities, capabilitiesOf, capabilityMatrix, hasMode } from "../../src/providers/capabilities.js";
import { targetEntry } from "../../src/providers/registry.js";
import { computeModes, targets } from "../../src/providers/target.js";

const cells = targets.flatMap((target) =>
  computeModes.flatMap((compute) => {
    const mode = capabilityMatrix[target][compute];
    return hasMode(mode)
      ? capabilities.map((capability) => ({ target, compute, capability, support: mode[capability] }))
      : [];
  }),
);

describe("the capability matrix", () => {
  test("has every capability for every target and mode, and nothing else", () => {
    for (const target of targets) {
      for (const compute of computeModes) {
        const mode = capabilityMatrix[target][compute];
        if (hasMode(mode)) expect(Object.keys(mode).sort(), `${target} ${compute}`).toEqual([...capabilities].sort());
      }
    }
  });

  test("says what gives each capability, or why not and what to do instead", () => {
    for (const { target, compute, capability, support } of cells) {
      const where = `${target} ${compute} ${capability}`;
      const texts =
        support.level === "unsupported"
          ? [support.reason, support.remedy]
          : support.level === "unknown"
            ? [support.reason]
            : [support.by];
      for (const text of texts) {
        expect(text.length, where).toBeGreaterThan(2);
        // They become parts of sentences.
        expect(text, where).not.toMatch(/\.$/);
      }
    }
  });

  test("leaves nothing unknown but of clusters that are there already", () => {
    const unknowns = cells.filter(({ support }) => support.level === "unknown").map(({ target }) => target);
    expect([...new Set(unknowns)]).toEqual(["existing"]);
  });

  test("says of modes that a target has not why, and which to choose", () => {
    const missing = targets.flatMap((target) =>
      computeModes
        .filter((compute) => capabilitiesOf(target, compute) === undefined)
        .map((compute) => `${target} ${compute}`),
    );
    expect(missing).toEqual(["onprem serverless", "local serverless"]);
    for (const target of ["onprem", "local"] as const) {
      expect(capabilityMatrix[target].serverless).toMatchObject({
        level: "unsupported",
        remedy: 'set `compute: "pools"`',
      });
    }
  });

  test.each([
    "highlyAvailableControlPlane",
    "nodeAutoscaling",
    "trafficToPods",
    "loadBalancer",
    "gateway",
    "networkPolicy",
    "dns",
    "storageClasses",
  ] as const)("local cannot give %s", (capability) => {
    expect(capabilitiesOf("local")?.[capability].level).toBe("unsupported");
  });
});

describe("the registry", () => {
  test("files every adapter under its own target", () => {
    for (const target of targets) expect(targetEntry(target).provider.target).toBe(target);
  });
});
