import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";

/** A network that a company has already: a subnet of nodes with a way out, and one that is delegated to AKS. */
export async function bringNetwork(cloud: SimulatedCloud): Promise<Readonly<Record<string, unknown>>> {
  const location = "westeurope";
  const group = { resourceGroupName: "company" };
  await cloud.add("azure-native:resources:ResourceGroup", "company", { ...group, location });
  const network = await cloud.add("azure-native:network:VirtualNetwork", "company", {
    ...group,
    location,
    virtualNetworkName: "company",
    addressSpace: { addressPrefixes: ["10.20.0.0/16"] },
  });
  const address = await cloud.add("azure-native:network:PublicIPAddress", "company", {
    ...group,
    location,
    publicIpAddressName: "company",
    publicIPAllocationMethod: "Static",
    sku: { name: "Standard" },
  });
  const gateway = await cloud.add("azure-native:network:NatGateway", "company", {
    ...group,
    location,
    natGatewayName: "company",
    sku: { name: "Standard" },
    publicIpAddresses: [{ id: address.id }],
  });
  const inNetwork = { ...group, virtualNetworkName: "company" };
  const nodes = await cloud.add("azure-native:network:Subnet", "company-nodes", {
    ...inNetwork,
    subnetName: "nodes",
    addressPrefix: "10.20.0.0/20",
    natGateway: { id: gateway.id },
  });
  const apiServer = await cloud.add("azure-native:network:Subnet", "company-aks", {
    ...inNetwork,
    subnetName: "aks",
    addressPrefix: "10.20.255.240/28",
    delegations: [{ name: "aks", serviceName: "Microsoft.ContainerService/managedClusters" }],
  });
  return { id: network.id, subnets: [nodes.id, apiServer.id] };
}
