import { describe, expect, test } from "vitest";
import type { LocalClusterSpec } from "../../../src/local/spec.js";
import { checkControlPlane } from "../../../src/plugin/control-plane/check.js";
import { diffControlPlane, type Sight } from "../../../src/plugin/control-plane/diff.js";
import { resolveControlPlane } from "../../../src/plugin/control-plane/spec.js";
import { type PropertyMap, Secret, unknown } from "../../../src/plugin/properties.js";
import type { PropertyChange } from "../../../src/plugin/resource.js";
import { general, minimal, releases, running, urn } from "./inputs.js";

const checked = (inputs: PropertyMap): PropertyMap =>
  checkControlPlane({ urn, oldInputs: undefined, newInputs: inputs }, releases).inputs;

function recordOf(inputs: PropertyMap): LocalClusterSpec {
  const { clusterName: id, ...spec } = resolveControlPlane(checked(inputs), releases);
  return { id, dataDirectory: "/clusters/shop-dev-main", owner: urn, ...spec };
}

function diff(before: PropertyMap, after: PropertyMap, sight: Partial<Sight> = {}, outputs: PropertyMap = {}) {
  const recorded = recordOf(before);
  const request = {
    id: "shop-dev-main",
    oldInputs: checked(before),
    oldOutputs: { version: recorded.kubernetesVersion, components: { ...running }, ...outputs },
    newInputs: checked(after),
  };
  return diffControlPlane(request, { alive: running, recorded, ...sight }, releases);
}

const words = ({ path, kind, replaces, inputChanged }: PropertyChange): string =>
  `${kind} ${path}${replaces ? ", replaces" : ""}${inputChanged ? "" : ", seen on the machine"}`;

describe("what the program changes", () => {
  test.each<[string, PropertyMap, string[]]>([
    ["nothing", {}, []],
    ["the version's words only", { kubernetesVersion: "1.35.3" }, []],
    ["a secret mark only", { podCidr: new Secret("10.244.0.0/16") }, []],
    ["a default written out", { auditLogs: false }, []],
    ["the next minor", { kubernetesVersion: "1.36" }, ["update kubernetesVersion"]],
    ["a version not known yet", { kubernetesVersion: unknown }, ["update kubernetesVersion"]],
    ["a flag", { auditLogs: true }, ["update auditLogs"]],
    ["encryption", { secretsEncryption: true }, ["update secretsEncryption"]],
    ["a pool's size", { pools: [{ ...general, count: 5 }] }, ["update pools[0].count"]],
    ["a label", { pools: [{ ...general, labels: { "a.b/c": "d" } }] }, ['add pools[0].labels["a.b/c"]']],
    ["one more pool", { pools: [general, { ...general, name: "big" }] }, ["add pools[1]"]],
    ["no pool", { pools: [] }, ["delete pools[0]"]],
    ["the pools' addresses", { podCidr: "10.1.0.0/16" }, ["update podCidr, replaces"]],
    ["addresses not known yet", { serviceCidr: unknown }, ["update serviceCidr, replaces"]],
    ["the name", { clusterName: "other" }, ["update clusterName, replaces"]],
    ["several", { auditLogs: true, hpaSyncPeriodSeconds: 5 }, ["update auditLogs", "update hpaSyncPeriodSeconds"]],
  ])("%s", (_, change, expected) => {
    expect(diff(minimal, { ...minimal, ...change }).changes.map(words)).toEqual(expected);
  });

  test("a replacement keeps its folder only when the old cluster is gone first", () => {
    expect(diff(minimal, { ...minimal, podCidr: "10.1.0.0/16" }).deleteBeforeReplace).toBe(true);
    expect(diff(minimal, { ...minimal, clusterName: "other" }).deleteBeforeReplace).toBe(false);
  });
});

describe("what the machine tells", () => {
  test.each<[string, Partial<Sight>, PropertyMap, string[]]>([
    [
      "a process that died since",
      { alive: { ...running, etcd: "down" } },
      {},
      ["update components.etcd, seen on the machine"],
    ],
    [
      "one that was down at the last refresh",
      {},
      { components: { ...running, "kube-scheduler": "down", kwok: "unhealthy" } },
      ["update components.kube-scheduler, seen on the machine", "update components.kwok, seen on the machine"],
    ],
    [
      "no cluster at all",
      { recorded: undefined, alive: { etcd: "down", kwok: "down" } },
      {},
      ["update components.etcd, seen on the machine", "update components.kwok, seen on the machine"],
    ],
    [
      "an update that was cut off",
      { recorded: recordOf({ ...minimal, pools: [{ ...general, count: 9 }] }) },
      {},
      ["update pools[0].count, seen on the machine"],
    ],
    ["an older patch than the toolchain has", {}, { version: "1.35.1" }, ["update kubernetesVersion"]],
    [
      "nothing in the state, after a create that failed early",
      {},
      { components: null, version: null },
      ["update kubernetesVersion"],
    ],
  ])("%s", (_, sight, outputs, expected) => {
    expect(diff(minimal, minimal, sight, outputs).changes.map(words)).toEqual(expected);
  });

  test("a change that the program makes too is told once, as the program's", () => {
    const after = { ...minimal, pools: [{ ...general, count: 9 }] };
    expect(diff(minimal, after).changes.map(words)).toEqual(["update pools[0].count"]);
  });
});
