import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSimulatedEngine } from "../test/support/clouds/engine.js";
import type { Engine, StackResource } from "../test/support/engine.js";
import { nameOfUrn } from "../test/support/engine-events.js";
import type { PairedFigures } from "./statistics.js";

/** A full cluster as a platform team writes it: three zones, three pools, encryption, audit log, admins. */
const isokubeProgram = `
import { Cluster } from "isokube";
new Cluster("shop", {
  target: "aws",
  kubernetesVersion: "1.35",
  pools: {
    general: { cpu: 4, memory: "16Gi", min: 2, max: 10, arch: "arm64" },
    memory: { cpu: 4, memory: "32Gi", min: 1, max: 4 },
    batch: { cpu: 8, memory: "16Gi", min: 0, max: 20, spot: true, taints: [{ key: "example.com/batch", effect: "NoSchedule" }] },
  },
  controlPlane: { highlyAvailable: true, endpoint: "both", allowedCidrs: ["203.0.113.0/24"], auditLogs: true, secretsEncryption: true },
  access: { admins: ["arn:aws:iam::111122223333:role/platform", "arn:aws:iam::111122223333:role/on-call"] },
  tags: { team: "platform" },
});
`;

/** The peer: the very same resources, handed to the SDKs as they are. */
const rawProgram = `
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import { readFileSync } from "node:fs";
const sdks = { aws, kubernetes: k8s };
function classOf(type) {
  const [sdk, module, name] = type.split(":");
  const path = sdk === "aws" ? [module.split("/")[0]] : module.replace(/^([a-z]+)\\.[a-z0-9.]+\\//, "$1/").split("/");
  return path.reduce((found, part) => found?.[part], sdks[sdk])?.[name] ?? k8s.apiextensions.CustomResource;
}
const made = new Map();
let kubernetes;
for (const { urn, type, name, inputs, dependencies } of JSON.parse(readFileSync("resources.json", "utf8"))) {
  const dependsOn = dependencies.map((dependency) => made.get(dependency)).filter((one) => one !== undefined);
  if (type === "pulumi:providers:kubernetes") {
    const cluster = [...made.values()].find((one) => one instanceof aws.eks.Cluster);
    kubernetes = new k8s.Provider(name, { ...inputs, kubeconfig: cluster.endpoint, clusterIdentifier: cluster.arn }, { dependsOn });
    made.set(urn, kubernetes);
  } else {
    const provider = type.startsWith("kubernetes:") ? { provider: kubernetes } : {};
    made.set(urn, new (classOf(type))(name, inputs, { ...provider, dependsOn }));
  }
}
`;

type StateResource = StackResource & { readonly dependencies?: readonly string[] };

/** What the isokube program sent to the providers, in the order in which the engine took it. */
function rawResources(resources: readonly StateResource[]): readonly object[] {
  const sent = resources.filter(({ type }) => /^(aws|kubernetes|pulumi:providers:kubernetes)(:|$)/.test(type));
  return sent.map((resource) => ({
    urn: resource.urn,
    type: resource.type,
    name: nameOfUrn(resource.urn),
    inputs: withoutDefaults(resource.inputs ?? {}),
    dependencies: resource.dependencies ?? [],
  }));
}

/** The bridge notes in the inputs which of them are defaults: no program writes that. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, inner]) => [key, withoutDefaults(inner)]),
  );
}

async function previewSeconds(engine: Engine, atLeast: number): Promise<number> {
  const run = await engine.preview();
  const created = run.changes["create"] ?? 0;
  if (created < atLeast) throw new Error(`a preview of ${atLeast} resources or more had ${created}:\n${run.output}`);
  return run.seconds;
}

/** Ratio of `preview` of a full cluster on (simulated) EKS to the same resources written raw. */
export async function benchCloudPreview(pairs: number): Promise<PairedFigures[]> {
  const isokube = await createSimulatedEngine({ program: isokubeProgram, project: "isokube", clouds: ["aws"] });
  const raw = await createSimulatedEngine({ program: rawProgram, project: "raw", clouds: ["aws"] });
  const figures = { isokube: [] as number[], peer: [] as number[] };
  try {
    // The up, not counted, tells which resources the peer must write.
    await isokube.engine.up({ timeoutSeconds: 300 });
    const { resources = [] } = await isokube.engine.checkpoint();
    const sent = rawResources(resources);
    await writeFile(join(raw.engine.projectDirectory, "resources.json"), JSON.stringify(sent));
    await isokube.engine.destroy({ timeoutSeconds: 300 });
    const measure = {
      isokube: async () => void figures.isokube.push(await previewSeconds(isokube.engine, sent.length)),
      peer: async () => void figures.peer.push(await previewSeconds(raw.engine, sent.length)),
    };
    // Not counted: files into the page cache.
    await previewSeconds(raw.engine, sent.length);
    for (let pair = 0; pair < pairs; pair++) {
      // Who goes first changes, so that neither always finds the warmer machine.
      for (const who of pair % 2 === 0 ? (["isokube", "peer"] as const) : (["peer", "isokube"] as const)) {
        await measure[who]();
      }
    }
    return [{ quantity: `preview of a full cluster, ${sent.length} resources`, unit: "s", ...figures, limit: 1.1 }];
  } finally {
    await Promise.all([isokube.engine.close(), raw.engine.close()]);
  }
}
