import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { bringNetwork } from "./azure-network.js";
import { type CloudScenario, describeCloud } from "./describe-cloud.js";

const pools = {
  "isokube:compute": "pools",
  "isokube:pools": {
    general: { cpu: 4, memory: "16Gi", min: 2, max: 6, arch: "arm64", labels: { "example.com/team": "shop" } },
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
const nodeAutoProvisioning = { ...serverless, "isokube:azure": { serverless: "nodeAutoProvisioning" } };

const lastDeleted = ["VirtualNetwork", "Subnet", "NatGateway", "PublicIPAddress", "ResourceGroup"];

async function patchCluster(cloud: SimulatedCloud): Promise<void> {
  await cloud.drift(cloud.resource("ManagedCluster"), { currentKubernetesVersion: "1.35.99", eTag: "patched" });
}

async function scaleAndPatch(cloud: SimulatedCloud): Promise<void> {
  await patchCluster(cloud);
  await cloud.drift(cloud.resource("AgentPool", "shop-general"), {
    count: 4,
    currentOrchestratorVersion: "1.35.99",
    nodeImageVersion: "AKSUbuntu-2204gen2arm64containerd-202611.09.0",
  });
}

/** Lets in whoever has the cluster's own certificate. */
const byHand = (cloud: SimulatedCloud): Promise<void> =>
  cloud.drift(cloud.resource("ManagedCluster"), { disableLocalAccounts: false });

const common = { cloud: "azure", cluster: "ManagedCluster", byHand, lastDeleted } as const;
const scenarios: readonly CloudScenario[] = [
  { ...common, title: "azure, AKS Automatic, network created", config: serverless, drift: patchCluster },
  {
    ...common,
    title: "azure, node auto-provisioning, network created",
    config: nodeAutoProvisioning,
    drift: patchCluster,
  },
  { ...common, title: "azure, pools, network created", config: pools, drift: scaleAndPatch },
  {
    ...common,
    title: "azure, AKS Automatic, network brought",
    config: serverless,
    bring: bringNetwork,
    drift: patchCluster,
  },
  { ...common, title: "azure, pools, network brought", config: pools, bring: bringNetwork, drift: scaleAndPatch },
];
for (const scenario of scenarios) describeCloud(scenario);
