import { readdir, readFile } from "node:fs/promises";
import { type ContractSubject, describeContract } from "../contract/describe-contract.js";
import { LiveCluster } from "../contract/live-cluster.js";
import { createSimulatedEngine } from "../support/clouds/engine.js";
import type { CloudRules } from "../support/clouds/model.js";

const program = `
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const cluster = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster });
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

/** The one spec of all targets. */
const spec = {
  "isokube:kubernetesVersion": "1.35",
  "isokube:compute": "pools",
  "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2, max: 4 } },
  "isokube:controlPlane": {
    endpoint: "both",
    allowedCidrs: ["203.0.113.0/24"],
    auditLogs: true,
    secretsEncryption: true,
  },
};

interface CloudFacts {
  /** End of the type token of the cluster. */
  readonly cluster: string;
  /** Where the first nodes are in more than were asked for, the reason is beside it. */
  readonly nodes: number;
  readonly ownPools: readonly string[];
  /** Without it nobody reads the audit log. */
  readonly auditedBy?: string;
}

const clouds: Readonly<Record<CloudRules["cloud"], CloudFacts>> = {
  aws: { cluster: "Cluster", nodes: 2, ownPools: [] },
  // AKS cannot be without a pool for its own add-ons.
  azure: { cluster: "ManagedCluster", nodes: 2, ownPools: ["system-1"], auditedBy: "DiagnosticSetting" },
  // GKE starts with as many in each zone.
  gcp: { cluster: "Cluster", nodes: 3, ownPools: [] },
};

/** The stack on one simulated cloud. The control plane is real, so everything but the machines and the pods is seen. */
async function open(target: CloudRules["cloud"]): Promise<ContractSubject> {
  const simulated = await createSimulatedEngine({
    program,
    clouds: [target],
    config: { "isokube:target": target, ...spec },
  });
  const { engine } = simulated;
  const facts = clouds[target];
  try {
    const preview = await engine.preview();
    await engine.up({ timeoutSeconds: 250 });
    const cloud = simulated.cloud(target);
    const layout = cloud.layout(cloud.resource(facts.cluster));
    const shown = await engine.pulumi(["stack", "output", "--json", "--show-secrets"], { stack: engine.defaultStack });
    const outputs: Pick<ContractSubject, "kubeconfig" | "report" | "capabilities"> = JSON.parse(shown.stdout);
    const live = await LiveCluster.open(layout.kubeconfig);
    return {
      ...outputs,
      live,
      namespace: "shop",
      askedVersion: "1.35",
      askedNodes: { general: facts.nodes },
      ownPools: facts.ownPools,
      preview: preview.stdout,
      state: (await engine.stackExport()).text,
      async load(pods, millicores) {
        const usage = `simulation.isokube.dev/cpu=${millicores}m`;
        await live.kubectl(["annotate", "pods", ...pods, usage, "--overwrite", "--namespace", "shop"]);
      },
      async auditLog() {
        if (facts.auditedBy !== undefined) cloud.resource(facts.auditedBy);
        return readFile(layout.auditLog, "utf8");
      },
      async storageHolds(text) {
        const files = await readdir(layout.etcdData, { recursive: true, withFileTypes: true });
        const contents = await Promise.all(
          files.filter((file) => file.isFile()).map((file) => readFile(`${file.parentPath}/${file.name}`)),
        );
        return contents.some((content) => content.includes(text));
      },
      async destroy() {
        await engine.destroy({ timeoutSeconds: 250 });
        return cloud.leftovers();
      },
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

for (const target of ["aws", "azure", "gcp"] as const) {
  describeContract(`${target}, simulated`, () => open(target));
}
