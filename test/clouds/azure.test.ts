import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { bringNetwork } from "./azure-network.js";
import { describeModes, guarded, serverless, twoPools } from "./scenarios.js";

const nodeAutoProvisioning = { ...serverless, "isokube:azure": { serverless: "nodeAutoProvisioning" } };

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

describeModes({
  cloud: "azure",
  cluster: "ManagedCluster",
  byHand,
  lastDeleted: ["VirtualNetwork", "Subnet", "NatGateway", "PublicIPAddress", "ResourceGroup"],
  bring: bringNetwork,
  modes: [
    { title: "AKS Automatic", config: serverless, drift: patchCluster, isBrought: true },
    { title: "node auto-provisioning", config: nodeAutoProvisioning, drift: patchCluster },
    { title: "pools", config: { ...twoPools, ...guarded }, drift: scaleAndPatch, isBrought: true },
  ],
});
