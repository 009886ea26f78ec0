import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";

/** A network that a company has already: one subnet with ranges for pods and Services, and a way out. */
export async function bringNetwork(cloud: SimulatedCloud): Promise<Readonly<Record<string, unknown>>> {
  const network = await cloud.add("gcp:compute/network:Network", "company", {
    name: "company",
    autoCreateSubnetworks: false,
  });
  const region = "europe-west1";
  const subnet = await cloud.add("gcp:compute/subnetwork:Subnetwork", "company-nodes", {
    name: "nodes",
    region,
    network: network.id,
    ipCidrRange: "10.20.0.0/20",
    secondaryIpRanges: [
      { rangeName: "company-pods", ipCidrRange: "10.32.0.0/14" },
      { rangeName: "company-services", ipCidrRange: "10.36.0.0/20" },
    ],
    privateIpGoogleAccess: true,
  });
  await cloud.add("gcp:compute/router:Router", "company", { name: "company", region, network: network.id });
  await cloud.add("gcp:compute/routerNat:RouterNat", "company", {
    name: "company",
    region,
    router: "company",
    natIpAllocateOption: "AUTO_ONLY",
    sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
  });
  return { id: network.id, subnets: [subnet.id], podRange: "company-pods", serviceRange: "company-services" };
}
