import { expect, test } from "vitest";
import { compareMinors, defaultMinor, isAtLeast, minorOf, offeredMinors, parseMinor } from "../../src/core/versions.js";
import { defaultKubernetesMinor, kubernetesVersions } from "../../toolchain/versions.js";

test.each([
  ["1.35", { major: 1, minor: 35 }],
  ["1.35.3", undefined],
  ["v1.35", undefined],
  ["1.035", undefined],
  ["1", undefined],
  ["", undefined],
])("parseMinor(%j)", (text, minor) => {
  expect(parseMinor(text)).toEqual(minor);
});

test.each([
  ["v1.35.3", "1.35"],
  ["1.35.3", "1.35"],
  ["1.33.1-eks-1de2ab1", "1.33"],
  ["v1.32.2-gke.1182003", "1.32"],
  ["v1.35.0+k3s1", "1.35"],
  ["1.36", "1.36"],
  ["latest", undefined],
  ["135", undefined],
])("minorOf(%j) is %j", (version, minor) => {
  expect(minorOf(version)).toBe(minor);
});

test.each([
  ["1.9.0", "1.10", false],
  ["v1.29.4", "1.29", true],
  ["2.0.0", "1.99", true],
  ["nonsense", "1.29", false],
])("isAtLeast(%j, %j) is %j", (version, floor, yes) => {
  expect(isAtLeast(version, floor)).toBe(yes);
});

test("minors are compared as numbers", () => {
  expect(compareMinors({ major: 1, minor: 9 }, { major: 1, minor: 10 })).toBeLessThan(0);
});

test("the minors that are offered are the ones the toolchain can get", () => {
  expect([...offeredMinors]).toEqual(Object.keys(kubernetesVersions));
  expect(defaultMinor).toBe(defaultKubernetesMinor);
});
