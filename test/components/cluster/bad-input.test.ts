import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { Cluster } from "../../../src/components/cluster.js";
import { ValidationError } from "../../../src/core/validation.js";
import { badClusterCases } from "./bad-cluster-cases.js";
import { noteRegistrations, registered, written } from "./refusal.js";

noteRegistrations();

describe("a Cluster with bad arguments", () => {
  test.each(badClusterCases)("names $what, and creates nothing", ({ name = "shop", args, code, path, value, fix }) => {
    const thrown = catchError(() => new Cluster(name, written(args)));
    expect(thrown).toBeInstanceOf(ValidationError);
    const { problems, message } = thrown as ValidationError;
    expect(problems.map((problem) => `${problem.code} ${problem.path}`)).toContain(`${code} ${path}`);
    const found = problems.find((problem) => problem.code === code && problem.path === path);
    expect(found?.fix).toMatch(fix);
    if (value !== undefined) expect(found?.value).toEqual(value);
    expect(message).toContain(`Cluster ${JSON.stringify(name)}`);
    expect(message).toContain(path);
    expect(registered).toEqual([]);
  });

  test.each(badClusterCases)(
    "is told of $what alone, not of its consequences",
    ({ name = "shop", args, path, also = [] }) => {
      const { problems } = checkCluster(name, written(args));
      const places = new Set(problems.map((problem) => problem.path));
      expect([...places].sort()).toEqual([path, ...also].sort());
    },
  );

  test("is told everything at once", () => {
    const { problems } = checkCluster(
      "Shop",
      written({
        target: "local",
        kubernetesVersion: "latest",
        pools: { general: { cpu: "four", memory: "16GB", min: 3, max: 1, spott: true } },
        network: { podCidr: "nowhere" },
        controlPlane: { highlyAvailable: true },
        existing: { kubeconfig: "secret" },
      }),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "controlPlane.highlyAvailable",
      "existing",
      "kubernetesVersion",
      "name",
      "network.podCidr",
      "pools.general.cpu",
      "pools.general.memory",
      "pools.general.min",
      "pools.general.spott",
    ]);
    expect(JSON.stringify(problems)).not.toContain("secret");
  });

  test.each([undefined, null, 5, "local", []])("that are %j is told so, and nothing else", (args) => {
    expect(checkCluster("shop", args).problems.map(({ code }) => code)).toEqual(["shape/wrong-type"]);
  });

  test("whose values are known only later passes the checks that need them now", () => {
    const later = pulumi.output("nonsense");
    const args: ClusterArgs = {
      target: "local",
      kubernetesVersion: later,
      pools: { general: { cpu: later, memory: later, min: pulumi.output(5), max: 3, labels: { team: later } } },
      network: { cidr: later, podCidr: later },
    };
    expect(checkCluster("shop", args).problems).toEqual([]);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
