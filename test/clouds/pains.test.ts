import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { Run } from "../support/engine.js";

// Of the fifteen pains in test/providers/pains.test.ts, those that only the engine can show and no other file here does.

const program = `
import * as pulumi from "@pulumi/pulumi";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const ignoresTags = ({ type, props, opts }) =>
  type === "aws:eks/cluster:Cluster"
    ? { props, opts: pulumi.mergeOptions(opts, { ignoreChanges: ["tags"] }) }
    : undefined;
const shop = new Cluster("shop", clusterArgsFromConfig(), { transforms: [ignoresTags] });
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "250m", memory: "512Mi" } } },
  scaling: { fixed: 1 },
});
export const { kubeconfig } = shop;
`;

let simulated: SimulatedEngine;
let cloud: SimulatedCloud;

beforeAll(async () => {
  simulated = await createSimulatedEngine({
    program,
    clouds: ["aws"],
    config: { "isokube:target": "aws", "isokube:kubernetesVersion": "1.35", "isokube:compute": "serverless" },
  });
  cloud = simulated.cloud("aws");
  await simulated.engine.up({ timeoutSeconds: 200 });
}, 400_000);
afterAll(async () => {
  await simulated?.engine.close();
});

const changed = ({ steps }: Run): readonly string[] =>
  steps
    .filter(({ op }) => op !== "same" && op !== "refresh" && op !== "read")
    .map(({ op, type, name }) => `${op} ${type} ${name}`);
const isInside = ({ type }: { readonly type: string }): boolean => type.startsWith("kubernetes:");

interface Meta {
  readonly metadata: { readonly uid: string };
}

async function uidOfWeb(): Promise<string> {
  const api = await cloud.api(cloud.resource("Cluster"));
  try {
    const web = await api.get<Meta>("/apis/apps/v1/namespaces/shop/deployments/web");
    return web.metadata.uid;
  } finally {
    api.close();
  }
}

test("a component's ignoreChanges never reaches its children: its transforms do", async () => {
  await cloud.drift(cloud.resource("Cluster"), { tags: { owner: "somebody" } });
  const refresh = await simulated.engine.refresh();
  expect(refresh.changes["update"], refresh.output).toBeUndefined();
  expect(changed(await simulated.engine.up())).toEqual([]);
  expect(cloud.resource("Cluster").outputs["tags"]).toEqual({ owner: "somebody" });
});

describe("a kubeconfig change replaces the Kubernetes provider and every workload", () => {
  test.each([
    [
      "another address of the API server",
      async () => {
        const cluster = cloud.resource("Cluster");
        const endpoint = cluster.access?.endpoint.replace("127.0.0.1", "localhost") ?? "";
        await cloud.drift(cluster, { endpoint });
        await simulated.engine.refresh();
        return endpoint;
      },
    ],
    [
      "another way to sign in",
      async () => {
        await simulated.engine.setConfig({ "aws:profile": "platform" });
        return "AWS_PROFILE";
      },
    ],
  ])("not %s", async (_, change) => {
    const uid = await uidOfWeb();
    const mark = await change();
    const up = await simulated.engine.up();
    expect((await simulated.engine.outputs())["kubeconfig"]).toContain(mark);
    expect(changed(up).filter((step) => step.includes("providers:kubernetes"))).toEqual([
      "update pulumi:providers:kubernetes shop-system",
      "update pulumi:providers:kubernetes shop",
    ]);
    expect(changed(up).filter((step) => step.includes(" kubernetes:"))).toEqual([]);
    expect(await uidOfWeb()).toBe(uid);
  });
});

describe("a dead cluster strands state", () => {
  const inState = async () => ((await simulated.engine.checkpoint()).resources ?? []).filter(isInside);

  test("nothing inside is forgotten unasked: a refresh fails, and says how", async () => {
    const before = (await inState()).length;
    await cloud.remove(cloud.resource("Cluster"), ...cloud.resources("Addon"));
    const refresh = await simulated.engine.refresh({ mayFail: true });
    expect(refresh.exitCode).not.toBe(0);
    expect(refresh.output).toContain("failed to read resource state due to unreachable cluster");
    expect(refresh.output).toContain("PULUMI_K8S_DELETE_UNREACHABLE");
    expect(before).toBeGreaterThan(5);
    expect(await inState()).toHaveLength(before);
  });

  test("asked to, a refresh forgets what was inside, and the next up makes all of it again", async () => {
    const refresh = await simulated.engine.refresh({ env: { PULUMI_K8S_DELETE_UNREACHABLE: "true" } });
    expect(await inState(), refresh.output).toEqual([]);
    const up = await simulated.engine.up({ timeoutSeconds: 200 });
    expect(changed(up)).toContain("create aws:eks/cluster:Cluster shop");
    expect(changed(up)).toContain("create kubernetes:apps/v1:Deployment web");
    // What the cloud still had is what the new cluster stands on.
    expect(changed(up).filter((step) => / aws:(ec2|iam)/.test(step))).toEqual([]);
    expect(await uidOfWeb()).not.toBe("");
    expect(changed(await simulated.engine.preview())).toEqual([]);
  });

  test("a cluster that is gone does not hold up a destroy either", async () => {
    await cloud.remove(cloud.resource("Cluster"), ...cloud.resources("Addon"));
    await simulated.engine.refresh({ env: { PULUMI_K8S_DELETE_UNREACHABLE: "true" } });
    await simulated.engine.destroy();
    expect(await cloud.leftovers()).toEqual([]);
  });
});
