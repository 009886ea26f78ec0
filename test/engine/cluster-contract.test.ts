import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { Layout } from "../../src/local/layout.js";
import { type ContractSubject, describeContract } from "../contract/describe-contract.js";
import { LiveCluster } from "../contract/live-cluster.js";
import { Engine, type Run } from "../support/engine.js";

// One program for both stacks: the second uses the first's cluster as one that is there already.
const program = `
import * as pulumi from "@pulumi/pulumi";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const cluster = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace(pulumi.getStack(), { cluster });
new Workload("web", {
  cluster,
  namespace: namespaceName,
  containers: {
    web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "100m", memory: "64Mi" } },
  },
  scaling: { auto: { min: 2, max: 4, cpu: 60 } },
});
export const { kubeconfig, report, detectedCapabilities: capabilities } = cluster;
`;

const pools = {
  general: { cpu: 4, memory: "16Gi", min: 2, max: 4 },
  memory: { cpu: 2, memory: "32Gi", arch: "arm64" },
};
const localConfig = {
  "isokube:target": "local",
  "isokube:kubernetesVersion": "1.35",
  "isokube:pools": pools,
  "isokube:controlPlane": { auditLogs: true, secretsEncryption: true },
  "isokube:local": { hpaSyncPeriodSeconds: 2, metricsResolutionSeconds: 10 },
};
const existingConfig = { "isokube:target": "existing", "isokube:existing": { context: "there-already" } };

let engine: Engine;
/** The cluster of the local stack; the other contract ends with it still there. */
let local: Opened;

beforeAll(async () => {
  engine = await Engine.create({ program, stack: "local", config: localConfig });
  local = await openStack("local", {});
});
afterAll(async () => {
  await engine?.close();
});

interface Opened {
  readonly preview: Run;
  readonly outputs: Pick<ContractSubject, "kubeconfig" | "report" | "capabilities">;
  readonly live: LiveCluster;
  readonly state: string;
}

async function openStack(stack: string, env: Record<string, string>): Promise<Opened> {
  const preview = await engine.preview({ stack, env });
  await engine.up({ stack, env });
  const shown = await engine.pulumi(["stack", "output", "--json", "--show-secrets"], { stack });
  const outputs: Opened["outputs"] = JSON.parse(shown.stdout);
  const file = join(engine.directory, `${stack}.kubeconfig`);
  await writeFile(file, outputs.kubeconfig, { mode: 0o600 });
  const { text } = await engine.stackExport(stack);
  return { preview, outputs, live: await LiveCluster.open(file), state: text };
}

const shared = (stack: string, { preview, outputs, live, state }: Opened) => ({
  ...outputs,
  live,
  state,
  namespace: stack,
  preview: preview.stdout,
  async load(pods: readonly string[], millicores: number) {
    const usage = `simulation.isokube.dev/cpu=${millicores}m`;
    await live.kubectl(["annotate", "pods", ...pods, usage, "--overwrite", "--namespace", stack]);
  },
});

async function dataDirectory(): Promise<string> {
  const clusters = join(engine.isokubeHome, "clusters");
  const [first, ...others] = await readdir(clusters);
  if (first === undefined || others.length > 0) throw new Error(`not one cluster below ${clusters}`);
  return join(clusters, first);
}

describeContract("existing", async () => {
  // A kubeconfig of the user's with more than one context.
  const { kubeconfig } = local.outputs;
  const contexts = JSON.parse(kubeconfig);
  contexts.contexts.push({ name: "there-already", context: contexts.contexts[0].context });
  contexts["current-context"] = "";
  const file = join(engine.directory, "user.kubeconfig");
  await writeFile(file, JSON.stringify(contexts), { mode: 0o600 });
  const env = { KUBECONFIG: file };
  await engine.addStack("existing", existingConfig);
  const opened = await openStack("existing", env);
  return {
    ...shared("existing", opened),
    askedVersion: undefined,
    askedNodes: undefined,
    async destroy() {
      await engine.destroy({ stack: "existing", env });
      // The cluster itself is none of ours: it must still be there, without our namespace.
      const left = await local.live.kubectl(["get", "namespaces", "--output", "name"]);
      return left.includes("namespace/kube-system")
        ? (left.match(/namespace\/existing/g) ?? [])
        : ["not even the cluster"];
    },
    close: async () => undefined,
  };
});

describeContract("local", async () => ({
  ...shared("local", local),
  askedVersion: "1.35",
  askedNodes: { general: 2, memory: 1 },
  auditLog: async () => readFile(new Layout(await dataDirectory()).auditLog, "utf8"),
  async storageHolds(text) {
    const directory = join(await dataDirectory(), "etcd");
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const contents = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)));
    return (await Promise.all(contents)).some((content) => content.includes(text));
  },
  async destroy() {
    await engine.destroy({ stack: "local" });
    const processes = (await engine.processes()).map(({ pid }) => `process ${pid}`);
    const clusters = await readdir(join(engine.isokubeHome, "clusters"));
    return [...processes, ...clusters];
  },
  close: async () => undefined,
}));
