import { describe, expect, test } from "vitest";
import { checkControlPlane } from "../../../src/plugin/control-plane/check.js";
import { defaultClusterName } from "../../../src/plugin/control-plane/spec.js";
import { type PropertyMap, Secret, unknown } from "../../../src/plugin/properties.js";
import { general, minimal, releases, running, urn } from "./inputs.js";

function check(newInputs: PropertyMap, oldInputs?: PropertyMap) {
  return checkControlPlane({ urn, oldInputs, newInputs }, releases);
}

function problemsOf(newInputs: PropertyMap, oldInputs?: PropertyMap): string[] {
  return check(newInputs, oldInputs).problems.map(({ code, path }) => `${code} at ${path}`);
}

const pool = (change: PropertyMap): PropertyMap => ({ ...minimal, pools: [{ ...general, ...change }] });

describe("defaults", () => {
  test("are filled in at every depth", () => {
    const { inputs, problems } = check({ pools: [general] });
    expect(problems).toEqual([]);
    expect(inputs).toEqual({
      clusterName: "shop-dev-main",
      kubernetesVersion: "1.35",
      pools: [{ ...general, arch: "amd64", labels: {}, taints: [] }],
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      auditLogs: false,
      secretsEncryption: false,
      hpaSyncPeriodSeconds: 15,
      hpaDownscaleStabilizationSeconds: 300,
      metricsResolutionSeconds: 15,
      components: running,
    });
  });

  test("do not replace what the program gives, and null counts as left out", () => {
    const { inputs } = check({ ...minimal, clusterName: "mine", auditLogs: true, podCidr: null });
    expect(inputs).toMatchObject({ clusterName: "mine", auditLogs: true, podCidr: "10.244.0.0/16" });
  });

  test("keep the name of a cluster that was imported, or whose resource got another name", () => {
    expect(check(minimal, { ...minimal, clusterName: "from-elsewhere" }).inputs["clusterName"]).toBe("from-elsewhere");
  });

  test("checking what a check gave changes nothing", () => {
    const { inputs } = check(minimal);
    expect(check(inputs, inputs)).toEqual({ inputs, problems: [] });
  });

  test.each([
    ["urn:pulumi:dev::shop::isokube:local:ControlPlane::main", "shop-dev-main"],
    ["urn:pulumi:dev::shop::isokube:index:Cluster$isokube:local:ControlPlane::main", "shop-dev-main"],
    ["urn:pulumi:Dev::shop::isokube:local:ControlPlane::main", /^shop-dev-main-[0-9a-f]{8}$/],
    ["urn:pulumi:dev::shop::isokube:local:ControlPlane::a b", /^shop-dev-a-b-[0-9a-f]{8}$/],
    [`urn:pulumi:dev::shop::isokube:local:ControlPlane::${"x".repeat(80)}`, /^shop-dev-x+-[0-9a-f]{8}$/],
  ])("the name that %s gives is safe in a path and tells resources apart", (from, expected) => {
    const name = defaultClusterName(from);
    expect(name).toMatch(expected);
    expect(name.length).toBeLessThanOrEqual(63);
    expect(defaultClusterName(`${from}2`)).not.toBe(name);
  });
});

describe("every mistake is named by its path", () => {
  test.each<[string, PropertyMap, string[]]>([
    ["no pools", { kubernetesVersion: "1.35" }, ["input/missing at pools"]],
    ["a misspelt property", { ...minimal, podCIDR: "10.0.0.0/16" }, ["input/unknown at podCIDR"]],
    ["a property of the outputs", { ...minimal, endpoint: "https://x" }, ["input/unknown at endpoint"]],
    ["processes of its own choice", { ...minimal, components: { etcd: "down" } }, ["input/unknown at components"]],
    ["a number as a version", { ...minimal, kubernetesVersion: 1.35 }, ["input/type at kubernetesVersion"]],
    ["an unknown version", { ...minimal, kubernetesVersion: "1.20" }, ["version/unsupported at kubernetesVersion"]],
    ["a patch not offered", { ...minimal, kubernetesVersion: "1.35.2" }, ["version/unsupported at kubernetesVersion"]],
    ["a word as a version", { ...minimal, kubernetesVersion: "stable" }, ["version/unsupported at kubernetesVersion"]],
    ["a name no folder has", { ...minimal, clusterName: "../etc" }, ["name/invalid at clusterName"]],
    ["a text as a flag", { ...minimal, auditLogs: "yes" }, ["input/type at auditLogs"]],
    ["a period of nothing", { ...minimal, hpaSyncPeriodSeconds: 0 }, ["input/type at hpaSyncPeriodSeconds"]],
    ["half a second", { ...minimal, hpaSyncPeriodSeconds: 1.5 }, ["input/type at hpaSyncPeriodSeconds"]],
    ["metrics too often", { ...minimal, metricsResolutionSeconds: 5 }, ["input/type at metricsResolutionSeconds"]],
    ["pools by name", { ...minimal, pools: { general } }, ["input/type at pools"]],
    ["a pool that is none", { ...minimal, pools: ["general"] }, ["input/type at pools[0]"]],
    [
      "a pool without size",
      { ...minimal, pools: [{ name: "a", count: 1 }] },
      ["input/missing at pools[0].cpu", "input/missing at pools[0].memory"],
    ],
    ["fewer than no nodes", pool({ count: -1 }), ["input/type at pools[0].count"]],
    ["a quantity with a slip", pool({ memory: "16GiB" }), ["quantity/invalid at pools[0].memory"]],
    ["no processor", pool({ cpu: "0" }), ["quantity/invalid at pools[0].cpu"]],
    ["another processor", pool({ arch: "riscv" }), ["input/type at pools[0].arch"]],
    ["a pool name no node has", pool({ name: "Big_Pool" }), ["name/invalid at pools[0].name"]],
    ["node names too long", pool({ name: "a".repeat(62), count: 11 }), ["name/too-long at pools[0].name"]],
    ["two pools of one name", { ...minimal, pools: [general, general] }, ["pool/duplicate at pools[1].name"]],
    ["a label key", pool({ labels: { "a/b/c": "x" } }), ['label/key at pools[0].labels["a/b/c"]']],
    ["a label value", pool({ labels: { team: "a b" } }), ["label/value at pools[0].labels.team"]],
    [
      "a label that is ours",
      pool({ labels: { "isokube.dev/pool": "x" } }),
      ['label/reserved at pools[0].labels["isokube.dev/pool"]'],
    ],
    ["a label that is no text", pool({ labels: { team: 1 } }), ["input/type at pools[0].labels.team"]],
    ["a taint without effect", pool({ taints: [{ key: "a" }] }), ["input/missing at pools[0].taints[0].effect"]],
    [
      "a taint's effect",
      pool({ taints: [{ key: "a", effect: "Never" }] }),
      ["input/type at pools[0].taints[0].effect"],
    ],
    ["a taint's key", pool({ taints: [{ key: "-", effect: "NoExecute" }] }), ["taint/key at pools[0].taints[0].key"]],
    [
      "a taint's value",
      pool({ taints: [{ key: "a", value: "b c", effect: "NoExecute" }] }),
      ["taint/value at pools[0].taints[0].value"],
    ],
    ["no block of addresses", { ...minimal, podCidr: "10.0.0.0" }, ["cidr/invalid at podCidr"]],
    ["host bits", { ...minimal, serviceCidr: "10.96.0.1/16" }, ["cidr/invalid at serviceCidr"]],
    ["IPv6", { ...minimal, podCidr: "fd00::/56" }, ["cidr/family at podCidr"]],
    ["too many Services", { ...minimal, serviceCidr: "10.0.0.0/8" }, ["cidr/size at serviceCidr"]],
    ["room for one pod", { ...minimal, podCidr: "10.0.0.0/31" }, ["cidr/size at podCidr"]],
    ["overlapping blocks", { ...minimal, podCidr: "10.0.0.0/8" }, ["cidr/overlap at serviceCidr"]],
    ["more nodes than addresses", { ...pool({ count: 300 }), podCidr: "10.244.0.0/16" }, ["cidr/too-few at podCidr"]],
    [
      "all at once",
      { kubernetesVersion: "9.9", pools: [{ ...general, cpu: "x" }], podCidr: "?", auditLogs: 1 },
      [
        "input/type at auditLogs",
        "version/unsupported at kubernetesVersion",
        "quantity/invalid at pools[0].cpu",
        "cidr/invalid at podCidr",
      ],
    ],
  ])("%s", (_, inputs, expected) => {
    expect(problemsOf(inputs)).toEqual(expected);
  });

  test("with the value, the reason and a fix", () => {
    expect(check({ ...minimal, serviceCidr: "10.96.0.1/16" }).problems).toEqual([
      {
        code: "cidr/invalid",
        path: "serviceCidr",
        value: "10.96.0.1/16",
        why: "it has bits set beyond its prefix",
        fix: "write 10.96.0.0/16",
      },
    ]);
  });

  test("an unsupported version gets the list of those there are", () => {
    const [problem] = check({ ...minimal, kubernetesVersion: "1.20" }).problems;
    expect(problem?.fix).toBe("use one of 1.34 (1.34.1), 1.35 (1.35.3), 1.36 (1.36.3)");
  });
});

describe("a version after another", () => {
  test.each([
    ["the same", "1.35", "1.35", []],
    ["the same in other words", "1.35", "1.35.3", []],
    ["the next minor", "1.35", "1.36", []],
    ["an older minor", "1.36", "1.35", ["version/downgrade at kubernetesVersion"]],
    ["an older minor not offered", "1.36", "1.20", ["version/downgrade at kubernetesVersion"]],
    ["the next but one", "1.34", "1.36", ["version/skipped-minor at kubernetesVersion"]],
  ])("%s", (_, before, after, expected) => {
    const old = check({ ...minimal, kubernetesVersion: before }).inputs;
    expect(problemsOf({ ...minimal, kubernetesVersion: after }, old)).toEqual(expected);
  });

  test("may be older when it is another cluster", () => {
    const old = check({ ...minimal, kubernetesVersion: "1.36" }).inputs;
    expect(problemsOf({ ...minimal, clusterName: "other", kubernetesVersion: "1.35" }, old)).toEqual([]);
  });
});

describe("values that are not known yet", () => {
  test.each<[string, PropertyMap]>([
    ["everything", { kubernetesVersion: unknown, pools: unknown, podCidr: unknown, clusterName: unknown }],
    ["a pool", { ...minimal, pools: [unknown] }],
    ["parts of a pool", pool({ name: unknown, count: unknown, cpu: unknown, labels: unknown, taints: [unknown] })],
    ["a secret one", { ...minimal, podCidr: new Secret(unknown) }],
  ])("%s pass and stay what they are", (_, inputs) => {
    const result = check(inputs);
    expect(result.problems).toEqual([]);
    expect(result.inputs).toMatchObject(inputs);
  });

  test("do not keep the known ones from being checked", () => {
    expect(problemsOf(pool({ name: unknown, cpu: "x" }))).toEqual(["quantity/invalid at pools[0].cpu"]);
  });
});

describe("secret values", () => {
  test("stay secret, with the defaults filled in behind them", () => {
    const { inputs, problems } = check({
      ...minimal,
      pools: new Secret([general]),
      podCidr: new Secret("10.1.0.0/16"),
    });
    expect(problems).toEqual([]);
    expect(inputs["podCidr"]).toEqual(new Secret("10.1.0.0/16"));
    expect(inputs["pools"]).toEqual(new Secret([{ ...general, arch: "amd64", labels: {}, taints: [] }]));
  });

  test.each<[string, PropertyMap]>([
    ["a text", { ...minimal, podCidr: new Secret("hunter2") }],
    [
      "of the wrong type",
      { ...minimal, podCidr: new Secret(["hunter2"]), hpaSyncPeriodSeconds: new Secret("hunter2") },
    ],
    ["inside a pool", pool({ cpu: new Secret("hunter2") })],
    ["around a pool", { ...minimal, pools: new Secret([{ ...general, arch: "hunter2" }]) }],
  ])("%s are checked and never shown", (_, inputs) => {
    const { problems } = check(inputs);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
