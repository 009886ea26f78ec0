import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { bringNetwork } from "./gcp-network.js";
import { describeModes, guarded, serverless, twoPools } from "./scenarios.js";

/** Open to the world: the DNS endpoint, whose certificate every client trusts. */
const open = { ...serverless, "isokube:controlPlane": { endpoint: "public", allowedCidrs: ["0.0.0.0/0"] } };

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

describeModes({
  cloud: "gcp",
  cluster: "Cluster",
  byHand,
  lastDeleted: ["Network", "Subnetwork", "Router"],
  bring: bringNetwork,
  modes: [
    { title: "Autopilot", config: serverless, drift: patchCluster, isBrought: true },
    { title: "Autopilot open to the world", config: open, drift: patchCluster },
    { title: "pools", config: { ...twoPools, ...guarded }, drift: scaleAndPatch, isBrought: true },
  ],
});
