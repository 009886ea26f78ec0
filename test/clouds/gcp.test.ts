import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { type CloudScenario, describeCloud } from "./describe-cloud.js";
import { bringNetwork } from "./gcp-network.js";

const pools = {
  "isokube:compute": "pools",
  "isokube:pools": {
    general: { cpu: 4, memory: "16Gi", min: 3, max: 6, arch: "arm64", labels: { "example.com/team": "shop" } },
    batch: {
      cpu: 4,
      memory: "16Gi",
      min: 0,
      max: 10,
      spot: true,
      taints: [{ key: "example.com/interruptible", value: "true", effect: "NoSchedule" }],
    },
  },
  "isokube:controlPlane": {
    auditLogs: true,
    secretsEncryption: true,
    highlyAvailable: true,
    endpoint: "both",
    allowedCidrs: ["203.0.113.0/24"],
  },
  "isokube:tags": { team: "shop" },
};
const serverless = { "isokube:compute": "serverless" };
/** Open to the world: the DNS endpoint, whose certificate every client trusts. */
const open = { ...serverless, "isokube:controlPlane": { endpoint: "public", allowedCidrs: ["0.0.0.0/0"] } };

const lastDeleted = ["Network", "Subnetwork", "Router"];

async function patchCluster(cloud: SimulatedCloud): Promise<void> {
  await cloud.drift(cloud.resource("Cluster"), {
    masterVersion: "1.35.99-gke.2000000",
    nodeVersion: "1.35.99-gke.2000000",
  });
}

async function scaleAndPatch(cloud: SimulatedCloud): Promise<void> {
  await patchCluster(cloud);
  await cloud.drift(cloud.resource("NodePool", "shop-general"), { nodeCount: 2, version: "1.35.99-gke.2000000" });
}

const byHand = (cloud: SimulatedCloud): Promise<void> =>
  cloud.drift(cloud.resource("Cluster"), { resourceLabels: { owner: "somebody" } });

const common = { cloud: "gcp", cluster: "Cluster", byHand, lastDeleted } as const;
const scenarios: readonly CloudScenario[] = [
  { ...common, title: "gcp, Autopilot, network created", config: serverless, drift: patchCluster },
  { ...common, title: "gcp, Autopilot, open to the world", config: open, drift: patchCluster },
  { ...common, title: "gcp, pools, network created", config: pools, drift: scaleAndPatch },
  { ...common, title: "gcp, Autopilot, network brought", config: serverless, bring: bringNetwork, drift: patchCluster },
  { ...common, title: "gcp, pools, network brought", config: pools, bring: bringNetwork, drift: scaleAndPatch },
];
for (const scenario of scenarios) describeCloud(scenario);
