import { expect, test } from "vitest";
import { changeProblems } from "../../src/local/settle.js";
import type { LocalClusterSpec } from "../../src/local/spec.js";
import { compareVersions } from "../../src/local/version-order.js";
import { spec } from "./fixtures.js";

test.each<{ what: string; change: Partial<LocalClusterSpec>; codes: string[] }>([
  { what: "nothing", change: {}, codes: [] },
  { what: "pools, logs and encryption", change: { pools: [], auditLogs: true, secretsEncryption: true }, codes: [] },
  { what: "the next minor", change: { kubernetesVersion: "1.36.3" }, codes: [] },
  { what: "an older patch", change: { kubernetesVersion: "1.35.2" }, codes: ["version/downgrade"] },
  { what: "an older minor", change: { kubernetesVersion: "1.34.9" }, codes: ["version/downgrade"] },
  { what: "another pod range", change: { podCidr: "10.0.0.0/16" }, codes: ["cluster/fixed"] },
  {
    what: "both ranges",
    change: { podCidr: "10.0.0.0/16", serviceCidr: "10.1.0.0/16" },
    codes: ["cluster/fixed", "cluster/fixed"],
  },
  {
    what: "another owner, whatever else",
    change: { owner: "urn:other", podCidr: "10.0.0.0/16" },
    codes: ["cluster/owner"],
  },
])("changing $what gives $codes", ({ change, codes }) => {
  expect(changeProblems(spec, { ...spec, ...change }).map(({ code }) => code)).toEqual(codes);
});

test("a cluster of another owner is refused by naming both", () => {
  const [problem] = changeProblems(spec, { ...spec, owner: "urn:other" });
  expect(problem?.why).toContain(spec.owner);
  expect(problem?.why).toContain("urn:other");
});

test.each([
  ["1.35.3", "1.35.3", 0],
  ["1.35.10", "1.35.9", 1],
  ["v1.36.0", "1.35.10", 1],
  ["1.9.0", "1.10.0", -1],
])("%s against %s is %i", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
