import * as pulumi from "@pulumi/pulumi";
import { formatProblem } from "../../core/problems.js";
import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";
import type { Making } from "./making.js";
import { cutSubnets, isProblem, type ZoneBlocks } from "./network-plan.js";
import type { Aws } from "./sdk.js";

/** Where nodes live. */
export interface Network {
  readonly vpcId: pulumi.Input<string>;
  /** One a zone, in the order of the zones. */
  readonly privateSubnets: readonly pulumi.Input<string>[];
  /** Without these, nodes in the private subnets reach nothing. */
  readonly egress: readonly pulumi.Resource[];
}

/** Zones that have no room for EKS control planes, by their ids: the same for every account. */
const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];

/** The network of a cluster: made, or the one brought along. */
export function createNetwork(making: Making): Network {
  const { existing } = making.spec.network;
  if (existing !== undefined) return { vpcId: existing.id, privateSubnets: existing.subnets, egress: [] };
  const { aws, name, spec, parent, tags } = making;
  const vpc = new aws.ec2.Vpc(
    name,
    // Names inside the VPC are how nodes find a private API server.
    { cidrBlock: spec.network.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tags.named(name) },
    { parent },
  );
  const zones = zoneNames(making).map((zone, index) => createZone(making, vpc, zone, index));
  const egress = createEgress(making, vpc, zones);
  return { vpcId: vpc.id, privateSubnets: zones.map((zone) => zone.private.id), egress };
}

interface Zone {
  readonly private: InstanceType<Aws["ec2"]["Subnet"]>;
  readonly public: InstanceType<Aws["ec2"]["Subnet"]>;
}

type Vpc = InstanceType<Aws["ec2"]["Vpc"]>;

function createZone(making: Making, vpc: Vpc, availabilityZone: pulumi.Input<string>, index: number): Zone {
  const { aws, name, spec, tags } = making;
  const opts: pulumi.CustomResourceOptions = {
    parent: vpc,
    // A zone that the region gains or loses moves no subnet that is there; zones named outright are the guard's.
    ...(spec.aws.zones === undefined ? { ignoreChanges: ["availabilityZone"] } : {}),
  };
  const subnet = (kind: keyof ZoneBlocks, role: string) => {
    const ofZone = `${name}-${kind}-${index + 1}`;
    return new aws.ec2.Subnet(
      ofZone,
      {
        vpcId: vpc.id,
        availabilityZone,
        cidrBlock: blockOf(spec, index, kind),
        mapPublicIpOnLaunch: false,
        // By these tags load balancers find their subnets.
        tags: { ...tags.named(ofZone), [`kubernetes.io/role/${role}`]: "1" },
      },
      opts,
    );
  };
  return { private: subnet("private", "internal-elb"), public: subnet("public", "elb") };
}

/** Private subnets reach out through NAT: one gateway a zone where the loss of a zone must be survived. */
function createEgress(making: Making, vpc: Vpc, zones: readonly Zone[]): pulumi.Resource[] {
  const { aws, name, spec, tags } = making;
  // The ways out of a VPC cannot move to another while nodes are in it: another VPC has its own, addresses included.
  const ofVpc: pulumi.CustomResourceOptions = { parent: vpc, replacementTrigger: vpc.id };
  const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: tags.named(name) }, ofVpc);
  const out = createRoutes(making, vpc, `${name}-public`, { gatewayId: gateway.id });
  const publicZones = zones.map((zone, index) =>
    associate(making, `${name}-public-${index + 1}`, out.table, zone.public),
  );
  const gateways = zones.slice(0, spec.controlPlane.highlyAvailable ? zones.length : 1).map((zone, index) => {
    const ofZone = `${name}-nat-${index + 1}`;
    const address = new aws.ec2.Eip(
      ofZone,
      { domain: "vpc", tags: tags.named(ofZone) },
      { ...ofVpc, dependsOn: gateway },
    );
    return new aws.ec2.NatGateway(
      ofZone,
      { allocationId: address.id, subnetId: zone.public.id, tags: tags.named(ofZone) },
      // It is of use only once its subnet has a way out, and must go before that.
      { parent: vpc, dependsOn: [gateway, out.route, ...publicZones] },
    );
  });
  return zones.flatMap((zone, index) => {
    const ofZone = `${name}-private-${index + 1}`;
    const nat = gateways[index] ?? gateways[0];
    // There is at least one zone, so at least one gateway.
    if (nat === undefined) return [];
    const { table, route } = createRoutes(making, vpc, ofZone, { natGatewayId: nat.id });
    return [route, associate(making, ofZone, table, zone.private)];
  });
}

type RouteTable = InstanceType<Aws["ec2"]["RouteTable"]>;

function createRoutes(
  { aws, tags }: Making,
  vpc: Vpc,
  name: string,
  way: { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> },
) {
  const table = new aws.ec2.RouteTable(name, { vpcId: vpc.id, tags: tags.named(name) }, { parent: vpc });
  const route = new aws.ec2.Route(
    name,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...way },
    { parent: table },
  );
  return { table, route };
}

function associate({ aws }: Making, name: string, table: RouteTable, subnet: Zone["private"]): pulumi.Resource {
  return new aws.ec2.RouteTableAssociation(name, { routeTableId: table.id, subnetId: subnet.id }, { parent: table });
}

/** Of the region's zones as many as asked for, in the order of their names. */
function zoneNames({ aws, spec, parent }: Making): pulumi.Input<string>[] {
  const { zones } = spec.network;
  if (spec.aws.zones !== undefined) return spec.aws.zones.slice(0, zones);
  const offered = aws.getAvailabilityZonesOutput(
    {
      state: "available",
      // Local zones have neither NAT gateways nor EKS.
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: zonesWithoutEks,
    },
    { parent },
  ).names;
  return Array.from({ length: zones }, (_, index) =>
    offered.apply((names) => {
      const zone = [...names].sort()[index];
      if (zone !== undefined) return zone;
      const fix = `set network.zones: ${names.length}, or choose another region`;
      throw new Error(`network.zones = ${zones}: the region has ${names.length} zones for EKS. Fix: ${fix}.`);
    }),
  );
}

/** A range that is known only later is checked as soon as it is: still in the preview, or before the VPC is made. */
function blockOf(spec: ClusterSpec, index: number, kind: keyof ZoneBlocks): pulumi.Input<string> {
  const cut = (cidr: string): string => {
    const blocks = cutSubnets(cidr, spec.network.zones);
    if (isProblem(blocks)) throw new Error(formatProblem({ ...blocks, path: "network.cidr" }));
    const block = blocks[index]?.[kind];
    if (block === undefined)
      throw new Error(`${cidr} was cut into ${blocks.length} zones, and zone ${index + 1} is asked for`);
    return block;
  };
  const cidr = known(spec.network.cidr);
  return cidr === undefined ? pulumi.output(spec.network.cidr).apply(cut) : cut(cidr);
}
