import type { ClusterArgs } from "../../../src/components/cluster/args.js";

const network = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub";

/** Pools of every kind that AKS has. */
export const pools: NonNullable<ClusterArgs["pools"]> = {
  general: { cpu: 4, memory: "16Gi", min: 2, max: 10, labels: { team: "shop" } },
  arm: { cpu: 4, memory: "16Gi", arch: "arm64", min: 3, disk: { size: "100Gi", class: "fast" } },
  spare: { cpu: 2, memory: "4Gi", min: 0, max: 5, spot: true, zones: [2] },
  gpu: {
    cpu: 4,
    memory: "16Gi",
    min: 0,
    max: 2,
    gpu: { type: "nvidia-a100" },
    taints: [
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
      { key: "dedicated", effect: "NoExecute" },
    ],
  },
};

/** Everything on, everything made. */
export const created = {
  target: "azure",
  controlPlane: {
    highlyAvailable: true,
    allowedCidrs: ["203.0.113.0/24"],
    auditLogs: true,
    secretsEncryption: true,
  },
  access: { admins: ["6F3C2B1A-0000-4000-8000-000000000001"] },
  deletionProtection: true,
  tags: { owner: "shop" },
  azure: { location: "westeurope" },
} as const satisfies ClusterArgs;

/** Everything that can be brought along. */
export const brought = {
  target: "azure",
  releaseChannel: "rapid",
  controlPlane: {
    encryptionKey: "/subscriptions/s/resourceGroups/hub/providers/Microsoft.KeyVault/vaults/own/keys/cluster",
  },
  network: { existing: { id: network, subnets: [`${network}/subnets/nodes`, `${network}/subnets/aks`] } },
  azure: { resourceGroup: "platform", location: "westeurope" },
} as const satisfies ClusterArgs;

/** A brought network whose only subnet is that of the nodes. */
export const oneSubnet = { existing: { id: network, subnets: [`${network}/subnets/nodes`] } };

const nap = "nodeAutoProvisioning";

/** Every way nodes come to be, in a network of their own and in one that is there. */
export const modes: readonly { readonly mode: string; readonly args: ClusterArgs }[] = [
  { mode: "pools in a created network", args: { ...created, pools } },
  { mode: "pools in a brought network", args: { ...brought, pools } },
  { mode: "Automatic in a created network", args: { ...created, compute: "serverless" } },
  { mode: "Automatic in a brought network", args: { ...brought, compute: "serverless" } },
  {
    mode: "node auto-provisioning in a created network",
    args: { ...created, compute: "serverless", azure: { ...created.azure, serverless: nap } },
  },
  {
    mode: "node auto-provisioning in a brought network",
    args: { ...brought, compute: "serverless", azure: { ...brought.azure, serverless: nap } },
  },
];
