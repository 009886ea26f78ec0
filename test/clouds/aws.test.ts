import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { bringNetwork } from "./aws-network.js";
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
  "isokube:controlPlane": { auditLogs: true, secretsEncryption: true, highlyAvailable: true },
};
const serverless = { "isokube:compute": "serverless" };

const fargate = { ...serverless, "isokube:aws": { isolation: "pod", fargateNamespaces: ["default", "shop"] } };

const lastDeleted = ["Vpc", "Subnet", "InternetGateway", "RouteTable"];

async function patchCluster(cloud: SimulatedCloud): Promise<void> {
  await cloud.drift(cloud.resource("Cluster"), { platformVersion: "eks.9" });
}

async function scaleAndPatch(cloud: SimulatedCloud): Promise<void> {
  await patchCluster(cloud);
  await cloud.drift(cloud.resource("NodeGroup", "shop-general"), {
    "scalingConfig.desiredSize": 4,
    releaseVersion: "1.35.3-20260214",
  });
}

const byHand = (cloud: SimulatedCloud): Promise<void> =>
  cloud.drift(cloud.resource("Cluster"), { tags: { owner: "somebody" } });

const common = { cloud: "aws", cluster: "Cluster", byHand, lastDeleted } as const;
const scenarios: readonly CloudScenario[] = [
  { ...common, title: "aws, serverless, network created", config: serverless, drift: patchCluster },
  { ...common, title: "aws, Fargate, network created", config: fargate, drift: patchCluster },
  { ...common, title: "aws, pools, network created", config: pools, drift: scaleAndPatch },
  {
    ...common,
    title: "aws, serverless, network brought",
    config: serverless,
    bring: bringNetwork,
    drift: patchCluster,
  },
  { ...common, title: "aws, pools, network brought", config: pools, bring: bringNetwork, drift: scaleAndPatch },
];
for (const scenario of scenarios) describeCloud(scenario);
