import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";

/** A network that a company has already: three private subnets that reach out through one NAT gateway, three public. */
export async function bringNetwork(cloud: SimulatedCloud): Promise<Readonly<Record<string, unknown>>> {
  const zones = ["a", "b", "c"].map((letter) => `eu-west-1${letter}`);
  const vpc = await cloud.add("aws:ec2/vpc:Vpc", "company", {
    cidrBlock: "10.20.0.0/16",
    enableDnsHostnames: true,
    enableDnsSupport: true,
  });
  const subnet = async (kind: string, block: number, availabilityZone: string): Promise<string> => {
    const cidrBlock = `10.20.${block}.0/22`;
    const made = await cloud.add("aws:ec2/subnet:Subnet", `company-${kind}-${block}`, {
      vpcId: vpc.id,
      cidrBlock,
      availabilityZone,
    });
    return made.id;
  };
  const gateway = await cloud.add("aws:ec2/internetGateway:InternetGateway", "company", { vpcId: vpc.id });
  const table = async (name: string, subnets: readonly string[], target: Readonly<Record<string, string>>) => {
    const made = await cloud.add("aws:ec2/routeTable:RouteTable", name, { vpcId: vpc.id });
    const route = { routeTableId: made.id, destinationCidrBlock: "0.0.0.0/0", ...target };
    await cloud.add("aws:ec2/route:Route", name, route);
    for (const subnetId of subnets) {
      const association = { routeTableId: made.id, subnetId };
      await cloud.add("aws:ec2/routeTableAssociation:RouteTableAssociation", `${name}-${subnetId}`, association);
    }
  };
  const publicSubnets: string[] = [];
  const subnets: string[] = [];
  for (const [index, zone] of zones.entries()) {
    publicSubnets.push(await subnet("public", index * 4, zone));
    subnets.push(await subnet("private", 64 + index * 4, zone));
  }
  await table("company-public", publicSubnets, { gatewayId: gateway.id });
  const address = await cloud.add("aws:ec2/eip:Eip", "company", { domain: "vpc" });
  const [first = ""] = publicSubnets;
  const nat = await cloud.add("aws:ec2/natGateway:NatGateway", "company", {
    allocationId: address.id,
    subnetId: first,
  });
  await table("company-private", subnets, { natGatewayId: nat.id });
  return { id: vpc.id, subnets, publicSubnets };
}
