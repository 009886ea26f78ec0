import { describe, expect, test } from "vitest";
import {
  closestName,
  dataKeyProblem,
  dnsLabelProblem,
  dnsSubdomainProblem,
  envNameProblem,
  labelKeyProblem,
  labelValueProblem,
  portNameProblem,
  serviceNameProblem,
} from "../../src/core/names.js";

describe.each([
  {
    check: dnsLabelProblem,
    good: ["web", "1web", "a", "a-b", "a".repeat(63)],
    bad: ["", "-a", "a-", "Web", "a_b", "a.b", "a".repeat(64)],
  },
  { check: serviceNameProblem, good: ["web", "w1"], bad: ["1web", "web-", "", "w".repeat(64)] },
  { check: dnsSubdomainProblem, good: ["web", "a.b-c.d", "1.2"], bad: ["a..b", ".a", "a.", "A.b", "a".repeat(254)] },
  {
    check: portNameProblem,
    good: ["http", "h2c", "a-b", "x".repeat(15)],
    bad: ["8080", "", "a--b", "-a", "Http", "x".repeat(16)],
  },
  {
    check: envNameProblem,
    good: ["PATH", "_x", "a.b-c", "A1"],
    bad: ["", "1A", "A=B", "A B", "..", "..a", ".", "Ä"],
  },
  { check: dataKeyProblem, good: ["a.pem", "_x", "1", ".a"], bad: ["", ".", "..", "..a", "a/b", "a b"] },
  {
    check: labelKeyProblem,
    good: ["app", "a.b/c", "example.com/App_1"],
    bad: ["", "/a", "a/", "a/b/c", "-a", "A.B/c", "x".repeat(64)],
  },
  { check: labelValueProblem, good: ["", "v1.2_3-x", "A"], bad: ["-a", "a b", "a/b", "x".repeat(64)] },
])("$check.name", ({ check, good, bad }) => {
  test.each(good)("takes %j", (name) => expect(check(name)).toBeUndefined());
  test.each(bad)("refuses %j and says why", (name) => expect(check(name)).toMatch(/^(is|must) /));
});

describe("closestName", () => {
  test.each([
    ["conteiners", ["containers", "sidecars"], "containers"],
    ["Image", ["image", "name"], "image"],
    ["prot", ["port", "path"], "port"],
    ["volume", ["containers", "volumes"], "volumes"],
    ["zzz", ["image", "name"], undefined],
    ["x", [], undefined],
  ])("of %j among %j is %j", (name, candidates, expected) => {
    expect(closestName(name, candidates)).toBe(expected);
  });
});
