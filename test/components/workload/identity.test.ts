import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { plainLeafTools } from "../../../src/components/workload/leaf-tools.js";
import { prepareWorkload } from "../../../src/components/workload/prepare.js";
import { objectsOf, renderWorkload } from "../../../src/components/workload/render.js";
import { Workload } from "../../../src/components/workload.js";
import type { ClusterRef } from "../../../src/providers/contract.js";
import { MockEngine } from "./mocks.js";
import { minimal } from "./samples.js";

vi.mock("../../../src/providers/registry.js", () => import("../../support/fake-cloud/registry.js"));

let engine: MockEngine;
let cluster: ClusterRef;
beforeEach(async () => {
  engine = await MockEngine.start();
  cluster = { kubeconfig: "k", target: "gcp", workloadIdentity: { project: "shop" } };
});

const grants = [{ role: "roles/storage.objectViewer" }, { role: pulumi.output("roles/pubsub.publisher") }];
const metadataOf = (inputs: Record<string, unknown>) => inputs["metadata"];

test("the service account and the pods carry what the cloud asks for", async () => {
  new Workload("web", { ...minimal, cluster, namespace: "shop", identity: { grants } });
  const account = await engine.only("kubernetes:core/v1:ServiceAccount");
  expect(metadataOf(account.inputs)).toMatchObject({
    annotations: {
      "fake.example.com/identity": "shop/shop/web",
      "fake.example.com/roles": "roles/storage.objectViewer,roles/pubsub.publisher",
    },
  });
  const { inputs } = await engine.only("kubernetes:apps/v1:Deployment");
  expect(inputs["spec"]).toMatchObject({ template: { metadata: { labels: { "fake.example.com/use": "true" } } } });
  // A label of the cloud's must not decide which pods belong to the workload.
  expect(JSON.stringify((inputs["spec"] as { selector: object }).selector)).not.toContain("fake.example.com");
});

test("what the cloud makes is there before the pods", async () => {
  new Workload("web", { ...minimal, cluster, identity: { grants } });
  await engine.only("kubernetes:apps/v1:Deployment");
  const order = engine.registered.map(({ type }) => type);
  expect(order).toContain("fake:cloud:Identity");
  expect(order.indexOf("fake:cloud:Identity")).toBeLessThan(order.indexOf("kubernetes:apps/v1:Deployment"));
});

test("nothing is granted that was not asked for", async () => {
  new Workload("web", { ...minimal, cluster });
  const account = await engine.only("kubernetes:core/v1:ServiceAccount");
  expect(metadataOf(account.inputs)).not.toHaveProperty("annotations");
  expect(engine.registered.map(({ type }) => type)).not.toContain("fake:cloud:Identity");
});

test("a workload with an identity", async () => {
  const { spec } = prepareWorkload("web", {
    ...minimal,
    cluster,
    serviceAccount: { annotations: { team: "shop" } },
    identity: { grants: [{ role: "roles/storage.objectViewer" }] },
  });
  const identity = { serviceAccountAnnotations: { "cloud.example.com/id": "web" }, podLabels: { use: "true" } };
  const text = objectsOf(renderWorkload(spec, plainLeafTools, { identity }))
    .map((object) => stringify(object))
    .join("---\n");
  await expect(text).toMatchFileSnapshot("__snapshots__/cloud-identity.yaml");
});
