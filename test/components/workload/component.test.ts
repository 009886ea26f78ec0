import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Namespace } from "../../../src/components/namespace.js";
import { Workload } from "../../../src/components/workload.js";
import { ValidationError } from "../../../src/core/validation.js";
import type { ClusterRef } from "../../../src/providers/contract.js";
import { MockEngine } from "./mocks.js";
import { container, local, minimal, withPort } from "./samples.js";

const deploymentType = "kubernetes:apps/v1:Deployment";
const secretType = "kubernetes:core/v1:Secret";

let engine: MockEngine;
/** A cluster of the test's own: its provider belongs to the run in which it was made. */
let cluster: ClusterRef;
beforeEach(async () => {
  engine = await MockEngine.start();
  cluster = { ...local };
});
afterEach(async () => {
  await engine.settled();
});

/** What an Output holds once it is known. */
function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

test("registers the component and its objects, and nothing else", async () => {
  new Workload("web", { ...withPort, cluster, scaling: { auto: { max: 4 } } });
  const registered = await engine.settled();
  expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    "isokube:index:Workload web",
    "kubernetes:apps/v1:Deployment web",
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler web",
    "kubernetes:core/v1:Service web",
    "kubernetes:core/v1:ServiceAccount web",
    "kubernetes:policy/v1:PodDisruptionBudget web",
    "pulumi:providers:kubernetes isokube-local",
  ]);
});

test("Kubernetes names are the workload's, Pulumi names the component's", async () => {
  new Workload("shop-web", {
    ...minimal,
    cluster,
    name: "web",
    volumes: { settings: { config: { data: { a: "b" } } } },
  });
  await engine.settled();
  expect(await engine.only(deploymentType)).toMatchObject({ name: "shop-web", inputs: { metadata: { name: "web" } } });
  expect(await engine.only("kubernetes:core/v1:ConfigMap")).toMatchObject({
    name: "shop-web-settings",
    inputs: { metadata: { name: "web-settings" } },
  });
});

test("one provider serves all components of one cluster", async () => {
  new Namespace("shop", { cluster });
  new Workload("a", { ...minimal, cluster, namespace: "shop" });
  new Workload("b", { ...minimal, cluster, namespace: "shop" });
  const registered = await engine.settled();
  expect(registered.filter(({ type }) => type === "pulumi:providers:kubernetes")).toHaveLength(1);
});

test("says where it is reached", async () => {
  const web = new Workload("web", { ...withPort, cluster, namespace: "shop" });
  const silent = new Workload("silent", { ...minimal, cluster, namespace: "shop" });
  expect(await known(web.host)).toBe("web.shop.svc");
  expect(await known(silent.host)).toBeUndefined();
  expect(await known(web.namespace)).toBe("shop");
});

describe("what is secret", () => {
  const password = pulumi.secret("hunter2");

  test("goes into a Secret, and nowhere else", async () => {
    new Workload("web", {
      cluster,
      containers: { web: { ...container, env: { PASSWORD: password, HOST: "db" } } },
    });
    const secret = await engine.only(secretType);
    const deployment = await engine.only(deploymentType);
    const registered = await engine.settled();
    const encoded = Buffer.from("hunter2").toString("base64");
    expect(JSON.stringify(secret.inputs)).toContain(encoded);
    expect(secret).toMatchObject({ name: "web-env", inputs: { metadata: { name: "web-env" } } });
    for (const other of registered.filter((resource) => resource !== secret)) {
      expect(JSON.stringify(other.inputs)).not.toMatch(new RegExp(`hunter2|${encoded}`));
    }
    expect(JSON.stringify(deployment.inputs)).toContain('"secretKeyRef":{"key":"web.PASSWORD","name":"web-env"}');
  });

  test("stays marked, and so does its checksum", async () => {
    new Workload("web", { cluster, containers: { web: { ...container, env: { PASSWORD: password } } } });
    await engine.settled();
    const mark = { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig };
    expect((await engine.only(secretType)).inputs).toMatchObject({ data: mark });
    // The stand-in marks the whole block that holds a secret; the engine marks the leaf.
    expect((await engine.only(deploymentType)).inputs).toMatchObject({ spec: mark });
  });
});

test("leaves that are known later arrive in the objects", async () => {
  new Workload("web", {
    cluster,
    containers: { web: { image: pulumi.output("web:1"), resources: container.resources } },
  });
  await engine.settled();
  expect((await engine.only(deploymentType)).inputs).toMatchObject({
    spec: { template: { spec: { containers: [{ image: "web:1" }] } } },
  });
});

describe("Namespace", () => {
  test("enforces the Pod Security Standard restricted", async () => {
    const shop = new Namespace("shop", { cluster, labels: { team: "a" }, annotations: { note: "b" } });
    await engine.settled();
    expect((await engine.only("kubernetes:core/v1:Namespace")).inputs).toMatchObject({
      metadata: {
        name: "shop",
        annotations: { note: "b" },
        labels: {
          team: "a",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    });
    expect(await known(shop.namespaceName)).toBe("shop");
  });

  test.each([
    { title: "a name that is none", name: "Shop", args: { cluster: local }, code: "name/namespace", path: "name" },
    {
      title: "a system namespace",
      name: "kube-system",
      args: { cluster: local },
      code: "name/namespace",
      path: "name",
    },
    { title: "no cluster", name: "shop", args: {}, code: "shape/missing", path: "cluster" },
    {
      title: "a misspelt property",
      name: "shop",
      args: { cluster: local, label: {} },
      code: "shape/unknown-property",
      path: "label",
    },
    {
      title: "a looser standard",
      name: "shop",
      args: { cluster: local, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      code: "label/reserved",
      path: 'labels["pod-security.kubernetes.io/enforce"]',
    },
    {
      title: "a bad label",
      name: "shop",
      args: { cluster: local, labels: { a: "b c" } },
      code: "label/value",
      path: "labels.a",
    },
  ])("refuses $title, and registers nothing", async ({ name, args, code, path }) => {
    const make = () => Reflect.construct(Namespace, [name, args]);
    expect(make).toThrow(ValidationError);
    try {
      make();
    } catch (error) {
      expect(error).toMatchObject({ problems: [{ code, path }] });
    }
    expect(await engine.settled()).toEqual([]);
  });
});
