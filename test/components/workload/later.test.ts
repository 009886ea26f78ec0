import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { checkLaterLeaves, laterLeaves } from "../../../src/components/workload/later.js";
import { prepareWorkload } from "../../../src/components/workload/prepare.js";
import type { TypedWorkloadArgs } from "../../../src/components/workload/typed-args.js";
import { ValidationError } from "../../../src/core/validation.js";
import { MockEngine } from "./mocks.js";
import { container, local, minimal, resources } from "./samples.js";

beforeAll(async () => {
  await MockEngine.start({ preview: true });
});

/** What is wrong once every leaf is known that ever will be. */
async function later(args: TypedWorkloadArgs): Promise<ValidationError | undefined> {
  const prepared = prepareWorkload("web", args);
  try {
    await checkLaterLeaves(prepared, laterLeaves(prepared));
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
  return undefined;
}

const web = (changes: object): TypedWorkloadArgs => ({
  cluster: local,
  containers: { web: { ...container, ...changes } },
});
const password = pulumi.secret("hunter2");
const unknown = pulumi.output(pulumi.unknown as unknown as string);

test("what is right passes", async () => {
  expect(
    await later({
      ...web({ image: pulumi.output("web:1"), env: { P: password } }),
      namespace: Promise.resolve("shop"),
    }),
  ).toBeUndefined();
});

test("everything is told at once", async () => {
  const error = await later({
    cluster: local,
    namespace: pulumi.output("Shop"),
    containers: {
      web: {
        image: pulumi.output("web:latest"),
        resources: { cpu: Promise.resolve("x"), memory: pulumi.output("64Mi"), memoryLimit: pulumi.output("32Mi") },
      },
    },
  });
  expect(error?.problems.map(({ path, value }) => [path, value]).sort()).toEqual([
    ["containers.web.image", "web:latest"],
    ["containers.web.resources.cpu", "x"],
    ["containers.web.resources.memoryLimit", "32Mi"],
    ["namespace", "Shop"],
  ]);
});

test("what a preview cannot know is left to the update, the rest is checked", async () => {
  expect(await later(web({ image: unknown }))).toBeUndefined();
  const error = await later(web({ image: unknown, resources: { ...resources, cpu: pulumi.output("x") } }));
  expect(error?.problems.map(({ path }) => path)).toEqual(["containers.web.resources.cpu"]);
});

test("a leaf that is not even a text is named", async () => {
  const number = pulumi.output(5 as unknown as string);
  const error = await later({ ...minimal, namespace: number });
  expect(error?.problems).toEqual([expect.objectContaining({ code: "shape/wrong-type", path: "namespace" })]);
});

describe("what is secret", () => {
  test.each([
    {
      place: "a variable that is not sensitive",
      path: "containers.web.env.P",
      args: web({ env: { P: { value: password, sensitive: false } } }),
    },
    { place: "an argument", path: "containers.web.args[0]", args: web({ args: [password] }) },
    { place: "a command", path: "containers.web.command[0]", args: web({ command: [password] }) },
    {
      place: "a probe's command",
      path: "containers.web.liveness.exec[0]",
      args: web({ liveness: { exec: [password] } }),
    },
    {
      place: "a probe's header",
      path: "containers.web.liveness.http.headers.Authorization",
      args: web({ liveness: { http: { path: "/", port: 80, headers: { Authorization: password } } } }),
    },
    {
      place: "a config file",
      path: "volumes.c.config.data.f",
      args: { ...minimal, volumes: { c: { config: { data: { f: password } } } } },
    },
    {
      place: "a pod annotation",
      path: "podAnnotations.note",
      args: { ...minimal, podAnnotations: { note: password } },
    },
    { place: "an annotation", path: "annotations.note", args: { ...minimal, annotations: { note: password } } },
    { place: "a label", path: "labels.note", args: { ...minimal, labels: { note: password } } },
  ])("is refused in $place, and not printed", async ({ path, args }) => {
    const error = await later(args);
    expect(error?.problems).toEqual([expect.objectContaining({ code: "secret/in-plain", path })]);
    expect(error?.message).not.toContain("hunter2");
  });

  test("is not printed where it is wrong", async () => {
    const error = await later(web({ image: pulumi.secret("private/web:latest") }));
    expect(error?.problems).toEqual([expect.objectContaining({ code: "image/latest", value: "[secret]" })]);
    expect(`${error?.message} ${JSON.stringify(error?.problems)}`).not.toContain("private/web");
  });

  test("is not printed as part of a fix either", async () => {
    const error = await later(web({ liveness: { http: { path: pulumi.secret("s3cret"), port: 80 } } }));
    expect(error?.problems).toEqual([expect.objectContaining({ code: "probe/relative-path" })]);
    expect(`${error?.message} ${JSON.stringify(error?.problems)}`).not.toContain("s3cret");
  });
});
