import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Engine, type StackResource } from "../test/support/engine.js";
import { nameOfUrn } from "../test/support/engine-events.js";
import { withPeakMemory } from "./memory.js";
import type { PairedFigures } from "./statistics.js";

const count = 100;

/** The program under measurement: what a user of isokube writes. */
const isokubeProgram = `
import { Namespace, Workload } from "isokube";
const cluster = { target: "local", kubeconfig: process.env.BENCH_KUBECONFIG };
const namespace = new Namespace("bench-isokube", { cluster });
for (let index = 0; index < ${count}; index++) {
  new Workload("web-" + index, {
    cluster,
    namespace: namespace.namespaceName,
    containers: {
      web: {
        image: "registry.example/web:1.4.2",
        ports: { http: 8080 },
        env: { INDEX: String(index) },
        resources: { cpu: "10m", memory: "16Mi" },
        readiness: { http: "/ready" },
      },
    },
    scaling: { auto: { min: 2, max: 6, cpu: 70 } },
  });
}
`;

/** The peer: the very same objects, handed to the SDK as they are. */
const rawProgram = `
import * as k8s from "@pulumi/kubernetes";
import { readFileSync } from "node:fs";
const provider = new k8s.Provider("kubernetes", { kubeconfig: process.env.BENCH_KUBECONFIG });
const classes = {
  "kubernetes:apps/v1:Deployment": k8s.apps.v1.Deployment,
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": k8s.autoscaling.v2.HorizontalPodAutoscaler,
  "kubernetes:core/v1:ConfigMap": k8s.core.v1.ConfigMap,
  "kubernetes:core/v1:Namespace": k8s.core.v1.Namespace,
  "kubernetes:core/v1:Service": k8s.core.v1.Service,
  "kubernetes:core/v1:ServiceAccount": k8s.core.v1.ServiceAccount,
  "kubernetes:policy/v1:PodDisruptionBudget": k8s.policy.v1.PodDisruptionBudget,
};
const made = new Map();
for (const { urn, type, name, inputs, dependencies, ignoreChanges } of JSON.parse(readFileSync("objects.json", "utf8"))) {
  const dependsOn = dependencies.map((dependency) => made.get(dependency));
  made.set(urn, new classes[type](name, inputs, { provider, dependsOn, ignoreChanges }));
}
`;

interface RawObject {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];
}

type StateResource = StackResource & { readonly dependencies?: readonly string[] };

/** What the isokube program sent to the provider, in another namespace. */
function rawObjects(resources: readonly StateResource[]): RawObject[] {
  const sent = resources.filter((resource) => /^kubernetes:(?!yaml)/.test(resource.type));
  const urns = new Set(sent.map((resource) => resource.urn));
  return sent.map((resource) => ({
    urn: resource.urn,
    type: resource.type,
    // Two kinds of object may share a name; in the flat program their type tells them apart.
    name: nameOfUrn(resource.urn),
    inputs: JSON.parse(JSON.stringify(resource.inputs).replaceAll('"bench-isokube"', '"bench-raw"')),
    dependencies: (resource.dependencies ?? []).filter((urn) => urns.has(urn)),
    ignoreChanges: resource.type.endsWith(":Deployment") ? ["spec.replicas"] : [],
  }));
}

/** Ratios of `preview`, `up` and no-op `up` of 100 Workloads to the same objects written raw. */
export async function benchWorkloads(kubeconfig: string, pairs: number): Promise<PairedFigures[]> {
  const env = { BENCH_KUBECONFIG: kubeconfig };
  const isokube = await Engine.create({ program: isokubeProgram, project: "isokube", env });
  const raw = await Engine.create({ program: rawProgram, project: "raw", env });
  const figures = new Map<string, { isokube: number[]; peer: number[]; unit: string }>();
  const note = (quantity: string, unit: string, who: "isokube" | "peer", value: number) => {
    process.stderr.write(`${who}: ${quantity}: ${value.toFixed(2)} ${unit}\n`);
    const row = figures.get(quantity) ?? { isokube: [], peer: [], unit };
    figures.set(quantity, row);
    row[who].push(value);
  };
  const measure = async (who: "isokube" | "peer", engine: Engine) => {
    const preview = await engine.preview();
    note(`preview of ${count} Workloads`, "s", who, preview.seconds);
    const up = await withPeakMemory(engine.directory, () => engine.up({ timeoutSeconds: 600 }));
    note(`up of ${count} Workloads`, "s", who, up.result.seconds);
    note("peak memory of that up, all processes", "MiB", who, up.peakMib);
    const again = await engine.up({ preview: true });
    if ((again.changes["same"] ?? 0) < count * 4 || Object.keys(again.changes).some((op) => op !== "same")) {
      throw new Error(`the second up of ${engine.project} was to change nothing: ${JSON.stringify(again.changes)}`);
    }
    note("no-op up", "s", who, again.seconds);
  };
  try {
    // The first up, not counted, tells which objects the peer must write.
    await isokube.up({ timeoutSeconds: 600 });
    const { resources = [] } = await isokube.checkpoint();
    const objects = rawObjects(resources);
    await writeFile(join(raw.projectDirectory, "objects.json"), JSON.stringify(objects));
    await isokube.destroy({ timeoutSeconds: 600 });
    for (let pair = 0; pair < pairs; pair++) {
      // Who goes first changes, so that neither always finds the warmer server.
      const order = [["isokube", isokube] as const, ["peer", raw] as const];
      if (pair % 2 === 1) order.reverse();
      for (const [who, engine] of order) await measure(who, engine);
      await Promise.all([isokube.destroy({ timeoutSeconds: 600 }), raw.destroy({ timeoutSeconds: 600 })]);
    }
  } finally {
    await Promise.all([isokube.close(), raw.close()]);
  }
  return [...figures].map(([quantity, row]) => ({ quantity, ...row, limit: 1.1 }));
}
