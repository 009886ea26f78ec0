import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { bringNetwork } from "./aws-network.js";
import { describeModes, serverless, twoPools } from "./scenarios.js";

const pools = {
  ...twoPools,
  "isokube:controlPlane": { auditLogs: true, secretsEncryption: true, highlyAvailable: true },
};
const fargate = { ...serverless, "isokube:aws": { isolation: "pod", fargateNamespaces: ["default", "shop"] } };

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

describeModes({
  cloud: "aws",
  cluster: "Cluster",
  byHand,
  lastDeleted: ["Vpc", "Subnet", "InternetGateway", "RouteTable"],
  bring: bringNetwork,
  modes: [
    { title: "serverless", config: serverless, drift: patchCluster, isBrought: true },
    { title: "Fargate", config: fargate, drift: patchCluster },
    { title: "pools", config: pools, drift: scaleAndPatch, isBrought: true },
  ],
});
