import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Contents, plainLeafTools } from "../../src/components/workload/leaf-tools.js";
import { prepareWorkload } from "../../src/components/workload/prepare.js";
import { objectsOf, renderWorkload } from "../../src/components/workload/render.js";
import { drawWorkload } from "../components/workload/arbitrary.js";
import { Engine, type Run } from "../support/engine.js";
import { LiveCluster, type LiveObject } from "../support/live-cluster.js";

let cluster: LiveCluster;
beforeAll(async () => {
  cluster = await LiveCluster.create();
});
afterAll(() => cluster?.close());

describe("what valid arguments render to", () => {
  const collections: Record<string, string> = {
    ServiceAccount: "/api/v1/namespaces/admission/serviceaccounts",
    ConfigMap: "/api/v1/namespaces/admission/configmaps",
    Secret: "/api/v1/namespaces/admission/secrets",
    Service: "/api/v1/namespaces/admission/services",
    Pod: "/api/v1/namespaces/admission/pods",
    PodDisruptionBudget: "/apis/policy/v1/namespaces/admission/poddisruptionbudgets",
    Deployment: "/apis/apps/v1/namespaces/admission/deployments",
    ReplicaSet: "/apis/apps/v1/namespaces/admission/replicasets",
    HorizontalPodAutoscaler: "/apis/autoscaling/v2/namespaces/admission/horizontalpodautoscalers",
  };

  beforeAll(async () => {
    const restricted = ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]);
    const namespace = { metadata: { name: "admission", labels: Object.fromEntries(restricted) } };
    expect(await cluster.call("POST", "/api/v1/namespaces", namespace)).toMatchObject({ status: 201 });
    // Pods are admitted only once their service account is there.
    await vi.waitFor(async () => expect(await cluster.get(`${collections["ServiceAccount"]}/default`)).toBeDefined(), {
      timeout: 10_000,
      interval: 100,
    });
  });

  /** Has the API server validate, default and admit the object without keeping it. */
  async function dryRun(object: object): Promise<void> {
    const { kind } = object as { kind: string };
    const { status, body, warnings } = await cluster.call(
      "POST",
      `${collections[kind]}?dryRun=All&fieldValidation=Strict`,
      object,
    );
    expect({ kind, status, warnings }, JSON.stringify({ body, object }, undefined, 1)).toEqual({
      kind,
      status: 201,
      warnings: [],
    });
  }

  const tools = {
    ...plainLeafTools,
    secretChecksum: (_: string, contents: Contents) => plainLeafTools.configChecksum(contents),
  };

  test("is accepted by the API server, strictly and under the Pod Security Standard restricted", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const args = { ...drawWorkload(g), namespace: "admission" };
        const rendered = renderWorkload(prepareWorkload("web", args).spec, tools);
        // Priority classes and service accounts of the drawn names are not there; neither is what makes a pod safe.
        const template = (rendered.deployment ?? rendered.replicaSet)?.spec as {
          template: { metadata: object; spec: object };
        };
        const pod = {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { ...template.template.metadata, name: "web", namespace: "admission" },
          spec: { ...template.template.spec, serviceAccountName: "default" },
        };
        await Promise.all([...objectsOf(rendered), pod].map(dryRun));
      }),
      { numRuns: 150, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: true, endOnFailure: true },
    );
  });
});

describe("a workload that lives", () => {
  const secrets = ["first-p4ssword", "second-p4ssword", "k3y-material"];
  const program = `
import * as pulumi from "@pulumi/pulumi";
import { Namespace, Workload } from "isokube";
const config = new pulumi.Config();
const cluster = { target: "existing", kubeconfig: process.env.LIVE_KUBECONFIG };
const namespace = new Namespace("shop", { cluster });
const web = new Workload("web", {
  cluster,
  namespace: namespace.namespaceName,
  containers: {
    web: {
      image: namespace.urn.apply(() => config.require("image")),
      ports: { http: 8080 },
      resources: { cpu: "10m", memory: "16Mi" },
      env: { PASSWORD: pulumi.secret(process.env.LIVE_PASSWORD) },
      mounts: [{ volume: "keys", path: "/keys" }],
    },
  },
  volumes: { keys: { secret: { data: { key: "k3y-material" } } } },
  scaling: config.requireObject("scaling"),
});
export const host = web.host;
// The rest of a large stack: Pulumi deletes what left the program only after all of it.
await new Promise((resolve) => setTimeout(resolve, Number(process.env.LIVE_LINGER_MS ?? 0)));
`;
  const deploymentPath = "/apis/apps/v1/namespaces/shop/deployments";
  const autoscalerPath = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web";
  const runs: Run[] = [];
  let engine: Engine;

  const settings = { image: "registry.example/web:1.0", password: secrets[0] ?? "", scaling: { fixed: 3 } as object };
  async function configure(changes: Partial<typeof settings>): Promise<void> {
    Object.assign(settings, changes);
    await engine.setConfig({ "shop:image": settings.image, "shop:scaling": settings.scaling });
  }

  async function up(changes: Partial<typeof settings> = {}, env: Record<string, string> = {}): Promise<Run> {
    await configure(changes);
    const run = await engine.up({ ...withPassword(env), args: ["--diff"] });
    runs.push(run);
    return run;
  }

  /** Not through the config, which the engine's event log repeats. */
  const withPassword = (more: Record<string, string> = {}) => ({ env: { LIVE_PASSWORD: settings.password, ...more } });
  const live = () => cluster.get(`${deploymentPath}/web`);
  const replicas = (deployment: LiveObject | undefined) => deployment?.spec?.["replicas"];
  const ready = (deployment: LiveObject | undefined) => deployment?.status?.["readyReplicas"];
  const revision = (deployment: LiveObject | undefined) =>
    deployment?.metadata.annotations?.["deployment.kubernetes.io/revision"];

  beforeAll(async () => {
    engine = await Engine.create({ program, project: "shop", env: { LIVE_KUBECONFIG: cluster.kubeconfig } });
  });
  afterAll(() => engine?.close());

  test("is not begun while a leaf that is known only later is wrong, and the message is just the message", async () => {
    await configure({ image: "registry.example/web:latest" });
    const run = await engine.up({ ...withPassword(), mayFail: true });
    expect(run.exitCode).not.toBe(0);
    const errors = run.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    expect(errors).toEqual([
      expect.stringContaining('containers.web.image = "registry.example/web:latest": the tag latest'),
    ]);
    expect(errors.join()).not.toMatch(/\n\s+at /);
    expect(await live()).toBeUndefined();
    expect(run.steps.filter(({ name, type }) => name === "web" && type.startsWith("kubernetes:"))).toEqual([]);
  });

  test("never has fewer than 2 ready pods from fixed 3 over auto to fixed 3, and ends at 3", async () => {
    await up({ image: "registry.example/web:1.0", scaling: { fixed: 3 } });
    const seen: { replicas: unknown; ready: unknown }[] = [];
    const watch = await cluster.watch(`${deploymentPath}?fieldSelector=metadata.name%3Dweb`, (deployment) =>
      seen.push({ replicas: replicas(deployment), ready: ready(deployment) ?? 0 }),
    );
    try {
      await up({ scaling: { auto: { min: 2, max: 6 } } });
      expect(replicas(await live()), "the autoscaler takes over what there is").toBe(3);
      expect(await cluster.get(autoscalerPath)).toMatchObject({ spec: { minReplicas: 2, maxReplicas: 6 } });

      // A change of the pods while the autoscaler owns their number, which it raises meanwhile.
      await up({ scaling: { auto: { min: 4, max: 6 } }, password: secrets[1] ?? "" });
      await vi.waitFor(async () => expect(ready(await live())).toBe(4), { timeout: 15_000, interval: 100 });
      expect(revision(await live()), "the new password rolled the pods").toBe("2");
      const idle = await engine.preview({ ...withPassword(), args: ["--refresh"] });
      runs.push(idle);
      expect(idle.changes, "what the autoscaler did is nobody's drift").toEqual({ same: expect.any(Number) });

      // While it exists this autoscaler brings 3 back to 4 within a second, and there would be time to.
      await up({ scaling: { fixed: 3 } }, { LIVE_LINGER_MS: "3500" });
      expect(await cluster.get(autoscalerPath)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(replicas(await live())).toBe(3);
      expect(ready(await live())).toBe(3);
      expect(revision(await live()), "scaling rolls nothing").toBe("2");
    } finally {
      watch.stop();
    }
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.filter(({ replicas: asked, ready: there }) => Number(asked) < 2 || Number(there) < 2)).toEqual([]);
  });

  test("changes nothing when nothing changed", async () => {
    const run = await up();
    expect(run.changes).toEqual({ same: expect.any(Number) });
    expect(run.changes["same"]).toBeGreaterThan(7);
  });

  test("shows nothing secret in state, output and diffs", async () => {
    const { text } = await engine.stackExport();
    // The SDK's debug messages hold every answer of the engine in full, whoever's program it is.
    const shown = (log: string) => log.split("\n").filter((line) => !line.includes('"severity":"debug"'));
    const everything = [text, ...runs.flatMap(({ stdout, stderr, raw }) => [stdout, stderr, ...shown(raw)])].join("\n");
    for (const secret of secrets) {
      expect(everything.includes(secret), `${secret} is shown`).toBe(false);
      expect(everything.includes(Buffer.from(secret).toString("base64")), `${secret} is shown encoded`).toBe(false);
    }
    expect(everything).toContain("isokube.dev/secret-checksum");
    const checksum = JSON.stringify(await live()).match(/"isokube.dev\/secret-checksum":"([0-9a-f]+)"/)?.[1];
    expect(checksum).toMatch(/^[0-9a-f]{32}$/);
    expect(everything.includes(checksum ?? ""), "its checksum is shown").toBe(false);
  });
});
