import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { Namespace } from "../../src/components/namespace.js";
import { Workload } from "../../src/components/workload.js";
import { ValidationError } from "../../src/core/validation.js";
import type { ClusterRef } from "../../src/providers/contract.js";
import { MockEngine } from "./workload/mocks.js";
import { container } from "./workload/samples.js";

let engine: MockEngine;
beforeEach(async () => {
  engine = await MockEngine.start();
});

/** Runs a program as the language host and the automation API do: in a stack of its own. */
async function run(program: () => void): Promise<string[]> {
  await pulumi.runtime.runInPulumiStack(async () => program());
  const registered = await engine.settled();
  return registered.filter(({ type }) => type === "pulumi:providers:kubernetes").map(({ name }) => name);
}

const web = (cluster: ClusterRef, name: string, more: object = {}) =>
  new Workload(name, { cluster, containers: { web: container }, ...more });

function problemsOf(make: () => void): unknown {
  try {
    make();
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
  return [];
}

describe("clusters that are plain data", () => {
  test("share a provider when they have the same kubeconfig", async () => {
    const kubeconfig = pulumi.secret("k");
    const providers = await run(() => {
      web({ target: "existing", kubeconfig }, "a");
      web({ target: "existing", kubeconfig }, "b");
      new Namespace("shop", { cluster: { target: "existing", kubeconfig } });
    });
    expect(providers).toEqual(["isokube-existing"]);
  });

  test("have a provider each by target", async () => {
    const providers = await run(() => {
      web({ target: "existing", kubeconfig: "one" }, "a");
      web({ target: "local", kubeconfig: "two" }, "b");
    });
    expect(providers.sort()).toEqual(["isokube-existing", "isokube-local"]);
  });

  test("cannot be told apart when two have one target", async () => {
    await run(() => {
      web({ target: "existing", kubeconfig: "one" }, "a");
      expect(problemsOf(() => web({ target: "existing", kubeconfig: "two" }, "b"))).toEqual([
        expect.objectContaining({
          code: "cluster/second-reference",
          path: "cluster",
          fix: expect.stringContaining("provider:"),
        }),
      ]);
    });
  });

  test("get a new provider in every run of one process", async () => {
    const cluster: ClusterRef = { target: "existing", kubeconfig: "k" };
    expect(await run(() => void web(cluster, "web"))).toEqual(["isokube-existing"]);
    engine = await MockEngine.start();
    expect(await run(() => void web(cluster, "web"))).toEqual(["isokube-existing"]);
  });

  test("give their provider the identity that they carry, so that another kubeconfig replaces nothing", async () => {
    const identity = pulumi.output("arn:aws:eks:eu-west-1:1:cluster/shop@2026");
    await run(() => void web({ target: "aws", kubeconfig: "k", identity }, "web"));
    const provider = await engine.only("pulumi:providers:kubernetes");
    expect(provider.inputs["clusterIdentifier"]).toBe("arn:aws:eks:eu-west-1:1:cluster/shop@2026");
  });

  test("leave it to Pulumi's guess without one", async () => {
    await run(() => void web({ target: "existing", kubeconfig: "k" }, "web"));
    expect((await engine.only("pulumi:providers:kubernetes")).inputs).not.toHaveProperty("clusterIdentifier");
  });

  test("keep their kubeconfig secret", async () => {
    await run(() => void web({ target: "existing", kubeconfig: "k" }, "web"));
    const provider = await engine.only("pulumi:providers:kubernetes");
    expect(pulumi.runtime.isRpcSecret(provider.inputs["kubeconfig"])).toBe(true);
  });
});

describe("two components of one name in one cluster", () => {
  const cluster: ClusterRef = { target: "existing", kubeconfig: "k" };

  test.each([
    { title: "the same namespace", first: {}, second: {}, refused: true },
    { title: "the default namespace by name", first: {}, second: { namespace: "default" }, refused: true },
    { title: "another namespace", first: { namespace: "a" }, second: { namespace: "b" }, refused: false },
  ])("in $title: refused is $refused", async ({ first, second, refused }) => {
    await run(() => {
      web(cluster, "a", { name: "web", ...first });
      expect(problemsOf(() => web(cluster, "b", { name: "web", ...second }))).toEqual(
        refused
          ? [
              expect.objectContaining({
                code: "name/taken",
                path: "name",
                why: expect.stringContaining('Workload "a"'),
              }),
            ]
          : [],
      );
    });
  });

  test("are refused where the names of their objects meet", async () => {
    const config = { config: { data: { a: "b" } } };
    await run(() => {
      web(cluster, "web", { volumes: { "a-b": config } });
      expect(problemsOf(() => web(cluster, "web-a", { volumes: { b: config } }))).toEqual([
        expect.objectContaining({ code: "name/taken", path: "volumes.b", value: "ConfigMap default/web-a-b" }),
      ]);
      expect(problemsOf(() => web(cluster, "web-a", { volumes: { c: config } }))).toEqual([]);
    });
  });

  test("are two namespaces, refused too", async () => {
    await run(() => {
      new Namespace("shop", { cluster });
      expect(problemsOf(() => new Namespace("other", { cluster, name: "shop" }))).toEqual([
        expect.objectContaining({ code: "name/taken", path: "name" }),
      ]);
    });
  });

  test("may be a namespace and a workload", async () => {
    await run(() => {
      new Namespace("shop", { cluster });
      expect(problemsOf(() => web(cluster, "shop"))).toEqual([]);
    });
  });
});
