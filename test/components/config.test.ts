import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { Cluster } from "../../src/components/cluster.js";
import { clusterArgsFromConfig, targetFromConfig } from "../../src/components/config.js";
import { ValidationError } from "../../src/core/validation.js";

const pools = JSON.stringify({ general: { cpu: 4, memory: "16Gi", min: 2 } });

async function withConfig(config: Record<string, string>): Promise<void> {
  pulumi.runtime.setAllConfig(config);
  await pulumi.runtime.setMocks(
    { newResource: (args) => ({ id: args.name, state: args.inputs }), call: () => ({}) },
    "shop",
    "prod",
  );
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ValidationError) return error.problems.map(({ code, path }) => `${code} ${path}`).sort();
    throw error;
  }
  return [];
}

beforeEach(() => withConfig({}));

describe("targetFromConfig", () => {
  test("reads one value", async () => {
    await withConfig({ "isokube:target": "local" });
    expect(targetFromConfig()).toBe("local");
  });

  test("names the key when it is missing", () => {
    expect(() => targetFromConfig()).toThrow(/The config of stack prod: 1 problem; .*\n {2}isokube:target: /);
  });

  test("names the key and the choices when it is none of the targets", async () => {
    await withConfig({ "isokube:target": "amazon" });
    expect(() => targetFromConfig()).toThrow(/isokube:target = "amazon": .*"aws", "azure"/);
  });
});

describe("clusterArgsFromConfig", () => {
  test("reads texts, structures and flags as they are meant", async () => {
    await withConfig({
      "isokube:target": "local",
      "isokube:kubernetesVersion": "1.35",
      "isokube:pools": pools,
      "isokube:deletionProtection": "true",
      "isokube:requirePortableTo": '["azure"]',
      "isokube:local": '{"hpaSyncPeriodSeconds":5}',
      "isokube:image": "the program's own",
      "other:target": "nonsense",
    });
    expect(Object.fromEntries(Object.entries(clusterArgsFromConfig()))).toEqual({
      target: "local",
      kubernetesVersion: "1.35",
      pools: { general: { cpu: "4", memory: "16Gi", min: 2 } },
      deletionProtection: true,
      requirePortableTo: ["azure"],
      local: { hpaSyncPeriodSeconds: 5 },
    });
  });

  test("names every bad key at once", async () => {
    await withConfig({
      "isokube:target": "local",
      "isokube:kubernetesVersion": "latest",
      "isokube:pool": pools,
      "isokube:pools": "two",
      "isokube:network": '{"podCidr":5}',
      "isokube:deletionProtection": "maybe",
    });
    expect(problemsOf(clusterArgsFromConfig)).toEqual([
      "config/unknown-key isokube:pool",
      "shape/wrong-type isokube:deletionProtection",
      "shape/wrong-type isokube:network.podCidr",
      "shape/wrong-type isokube:pools",
      "version/format isokube:kubernetesVersion",
    ]);
  });

  test("never shows what may be secret", async () => {
    await withConfig({ "isokube:target": "existing", "isokube:existing": '{"kubeconfig":12345678}' });
    expect(() => clusterArgsFromConfig()).toThrow(/isokube:existing.kubeconfig: /);
    expect(() => clusterArgsFromConfig()).not.toThrow(/12345678/);
  });

  test("lets a Cluster name the keys of what is wrong in meaning, and not of what the program wrote", async () => {
    await withConfig({ "isokube:target": "local", "isokube:kubernetesVersion": "1.12", "isokube:pools": pools });
    const args = clusterArgsFromConfig();
    expect(problemsOf(() => new Cluster("shop", { ...args, network: { cidr: "office" } }))).toEqual([
      "cidr/format network.cidr",
      "version/not-offered isokube:kubernetesVersion",
    ]);
  });

  test("lets a Cluster name the key of what is missing", async () => {
    await withConfig({ "isokube:target": "local" });
    const args = clusterArgsFromConfig();
    expect(problemsOf(() => new Cluster("shop", args))).toEqual(["pools/none isokube:pools"]);
  });
});
