import { flag, text } from "../blocks.js";
import { cidrContains, cidrPrefix, cidrsOverlap } from "../cidr.js";
import type { Asked, Refusal, ResourceRules } from "../model.js";
import type { SimulatedResource, World } from "../world.js";
import { arn, common, exactlyOneRefusals, missingRefusals, oneOfRefusals, refusal, tagged } from "./common.js";
import { zonesOf } from "./regions.js";

export const vpcToken = "aws:ec2/vpc:Vpc";
export const subnetToken = "aws:ec2/subnet:Subnet";
const gatewayToken = "aws:ec2/internetGateway:InternetGateway";
const natToken = "aws:ec2/natGateway:NatGateway";
const tableToken = "aws:ec2/routeTable:RouteTable";
const routeToken = "aws:ec2/route:Route";
const associationToken = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const addressToken = "aws:ec2/eip:Eip";

/** VPCs and subnets take blocks from /16 to /28. */
function blockRefusals({ inputs }: Asked, code: string): Refusal[] {
  const cidr = text(inputs, "cidrBlock");
  if (cidr === undefined) return [];
  const prefix = cidrPrefix(cidr);
  if (prefix === undefined) return [refusal(`"${cidr}" is not a valid IPv4 CIDR block`, "cidrBlock")];
  if (prefix >= 16 && prefix <= 28) return [];
  return [refusal(`${code}: the CIDR '${cidr}' is invalid: its size must be between /16 and /28`, "cidrBlock")];
}

const vpc: ResourceRules = tagged({
  replaceOn: ["cidrBlock", "ipv4IpamPoolId", "instanceTenancy"],
  check: (asked) => blockRefusals(asked, "InvalidVpc.Range"),
  refuse: ({ inputs, old, world }) =>
    old === undefined && world.all(vpcToken).length >= 5
      ? [refusal("VpcLimitExceeded: The maximum number of VPCs has been reached.")]
      : flag(inputs, "enableDnsHostnames") === true && flag(inputs, "enableDnsSupport") === false
        ? [refusal("InvalidParameterValue: DNS hostnames need DNS support", "enableDnsHostnames")]
        : [],
  create: (asked) => {
    const id = `vpc-${asked.world.hex(17)}`;
    return {
      id,
      outputs: {
        ...common(asked),
        arn: arn(asked.settings, "ec2", `vpc/${id}`),
        ownerId: asked.settings.account,
        instanceTenancy: "default",
        enableDnsSupport: flag(asked.inputs, "enableDnsSupport") ?? true,
        enableDnsHostnames: flag(asked.inputs, "enableDnsHostnames") ?? false,
        enableNetworkAddressUsageMetrics: false,
        assignGeneratedIpv6CidrBlock: false,
        defaultNetworkAclId: `acl-${asked.world.hex(17)}`,
        defaultRouteTableId: `rtb-${asked.world.hex(17)}`,
        defaultSecurityGroupId: `sg-${asked.world.hex(17)}`,
        dhcpOptionsId: `dopt-${asked.world.hex(17)}`,
        mainRouteTableId: `rtb-${asked.world.hex(17)}`,
        ipv6AssociationId: "",
        ipv6CidrBlock: "",
        ipv6CidrBlockNetworkBorderGroup: "",
      },
    };
  },
});

function subnetRefusals(asked: Asked): Refusal[] {
  const { inputs, world, settings, old } = asked;
  const cidr = text(inputs, "cidrBlock") ?? "";
  const network = world.find(text(inputs, "vpcId") ?? "", vpcToken);
  if (network === undefined) return missingRefusals(asked, "vpcId", vpcToken, "InvalidVpcID.NotFound");
  if (!cidrContains(text(network.inputs, "cidrBlock") ?? "", cidr)) {
    return [refusal(`InvalidSubnet.Range: The CIDR '${cidr}' is invalid: it is outside of ${network.id}`, "cidrBlock")];
  }
  const others = world
    .all(subnetToken)
    .filter((each) => each.id !== old?.id && text(each.inputs, "vpcId") === network.id);
  const taken = others.find((each) => cidrsOverlap(text(each.inputs, "cidrBlock") ?? "", cidr));
  if (taken !== undefined) {
    return [
      refusal(`InvalidSubnet.Conflict: The CIDR '${cidr}' conflicts with another subnet (${taken.id})`, "cidrBlock"),
    ];
  }
  return oneOfRefusals(inputs, "availabilityZone", zonesOf(settings.region));
}

const subnet: ResourceRules = tagged({
  replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"],
  check: (asked) => blockRefusals(asked, "InvalidSubnet.Range"),
  refuse: subnetRefusals,
  create: (asked) => {
    const id = `subnet-${asked.world.hex(17)}`;
    const zones = zonesOf(asked.settings.region);
    const zone = text(asked.inputs, "availabilityZone") ?? zones[0] ?? "";
    return {
      id,
      outputs: {
        ...common(asked),
        arn: arn(asked.settings, "ec2", `subnet/${id}`),
        ownerId: asked.settings.account,
        availabilityZone: zone,
        availabilityZoneId: `simulated-az${zones.indexOf(zone) + 1}`,
        ipv6CidrBlock: "",
        ipv6CidrBlockAssociationId: "",
        privateDnsHostnameTypeOnLaunch: "ip-name",
      },
    };
  },
  uses: (inputs) => [text(inputs, "vpcId") ?? ""],
});

const internetGateway: ResourceRules = tagged({
  replaceOn: [],
  refuse: (asked) => [
    ...missingRefusals(asked, "vpcId", vpcToken, "InvalidVpcID.NotFound"),
    ...(attachedGateway(asked.world, text(asked.inputs, "vpcId"), asked.old?.id) === undefined
      ? []
      : [
          refusal(
            `Resource.AlreadyAssociated: ${text(asked.inputs, "vpcId")} already has an internet gateway`,
            "vpcId",
          ),
        ]),
    // Another VPC is where it is attached after it was detached from the first.
    ...(asked.old === undefined || text(asked.old.inputs, "vpcId") === text(asked.inputs, "vpcId")
      ? []
      : mappedAddresses(asked.old, asked.world).map((message) => refusal(message, "vpcId"))),
  ],
  create: (asked) => {
    const id = `igw-${asked.world.hex(17)}`;
    const outputs = { arn: arn(asked.settings, "ec2", `internet-gateway/${id}`), ownerId: asked.settings.account };
    return { id, outputs: { ...common(asked), vpcId: "", ...outputs } };
  },
  uses: (inputs) => [text(inputs, "vpcId") ?? ""],
  refuseDeletion: (gateway, world) => mappedAddresses(gateway, world)[0],
});

/** Why an internet gateway cannot leave its VPC, if it cannot. */
function mappedAddresses({ inputs }: SimulatedResource, world: World): readonly string[] {
  const network = text(inputs, "vpcId");
  const mapped = world.all(natToken).filter((nat) => vpcOfSubnet(world, nat) === network);
  if (mapped.length === 0) return [];
  const ids = mapped.map(({ id }) => id).join(", ");
  return [`DependencyViolation: Network ${network} has some mapped public address(es): ${ids}`];
}

function attachedGateway(world: World, vpcId: string | undefined, except?: string): SimulatedResource | undefined {
  if (vpcId === undefined) return undefined;
  return world.all(gatewayToken).find(({ id, inputs }) => id !== except && text(inputs, "vpcId") === vpcId);
}

function vpcOfSubnet(world: World, { inputs }: SimulatedResource): string | undefined {
  return text(world.find(text(inputs, "subnetId") ?? "", subnetToken)?.inputs ?? {}, "vpcId");
}

const mostAddresses = 5;

const elasticIp: ResourceRules = tagged({
  replaceOn: ["domain", "publicIpv4Pool", "networkBorderGroup"],
  check: ({ inputs }) => oneOfRefusals(inputs, "domain", ["vpc", "standard"]),
  refuse: ({ world, old }) =>
    old === undefined && world.all(addressToken).length >= mostAddresses
      ? [refusal("AddressLimitExceeded: The maximum number of addresses has been reached.")]
      : [],
  create: (asked) => {
    const id = `eipalloc-${asked.world.hex(17)}`;
    const publicIp = `198.51.100.${(Number.parseInt(asked.world.hex(4), 16) % 254) + 1}`;
    return {
      id,
      outputs: {
        ...common(asked),
        allocationId: id,
        arn: arn(asked.settings, "ec2", `elastic-ip/${id}`),
        associationId: "",
        domain: "vpc",
        networkBorderGroup: asked.settings.region,
        publicIp,
        publicDns: `ec2-${publicIp.replaceAll(".", "-")}.compute.amazonaws.com`,
        publicIpv4Pool: "amazon",
      },
    };
  },
  inUse: ({ id }) => `InvalidIPAddress.InUse: Address ${id} is in use.`,
});

const natGateway: ResourceRules = tagged({
  replaceOn: ["allocationId", "subnetId", "connectivityType", "privateIp"],
  check: ({ inputs }) => oneOfRefusals(inputs, "connectivityType", ["public", "private"]),
  refuse: (asked) => {
    const { inputs, world, old } = asked;
    const taken = world
      .all(natToken)
      .find((nat) => nat.id !== old?.id && text(nat.inputs, "allocationId") === text(inputs, "allocationId"));
    const within = world.find(text(inputs, "subnetId") ?? "", subnetToken);
    const noWayOut = within !== undefined && wayOut(world, within) !== "internet";
    return [
      ...missingRefusals(asked, "subnetId", subnetToken, "InvalidSubnetID.NotFound"),
      ...missingRefusals(asked, "allocationId", addressToken, "InvalidAllocationID.NotFound"),
      ...(taken === undefined
        ? []
        : [refusal(`Resource.AlreadyAssociated: the address belongs to ${taken.id}`, "allocationId")]),
      ...(noWayOut
        ? [refusal(`Gateway.NotAttached: ${within.id} has no route to an internet gateway`, "subnetId")]
        : []),
    ];
  },
  create: (asked) => ({
    id: `nat-${asked.world.hex(17)}`,
    outputs: {
      ...common(asked),
      associationId: `eipassoc-${asked.world.hex(17)}`,
      connectivityType: "public",
      networkInterfaceId: `eni-${asked.world.hex(17)}`,
      privateIp: "10.0.0.4",
      publicIp: text(asked.world.find(text(asked.inputs, "allocationId") ?? "")?.outputs ?? {}, "publicIp") ?? "",
    },
  }),
  uses: (inputs) => [text(inputs, "allocationId") ?? "", text(inputs, "subnetId") ?? ""],
});

const routeTable: ResourceRules = tagged({
  replaceOn: ["vpcId"],
  refuse: (asked) => missingRefusals(asked, "vpcId", vpcToken, "InvalidVpcID.NotFound"),
  create: (asked) => {
    const id = `rtb-${asked.world.hex(17)}`;
    const outputs = { arn: arn(asked.settings, "ec2", `route-table/${id}`), ownerId: asked.settings.account };
    return { id, outputs: { ...common(asked), propagatingVgws: [], routes: [], ...outputs } };
  },
  uses: (inputs) => [text(inputs, "vpcId") ?? ""],
  inUse: ({ id }) => `DependencyViolation: The routeTable '${id}' has dependencies and cannot be deleted.`,
});

const targets = [
  "gatewayId",
  "natGatewayId",
  "transitGatewayId",
  "networkInterfaceId",
  "vpcPeeringConnectionId",
  "egressOnlyGatewayId",
];

const route: ResourceRules = {
  replaceOn: ["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
  check: ({ inputs }) => exactlyOneRefusals(inputs, targets),
  refuse: (asked) => {
    const { inputs, world, old } = asked;
    const [table, destination] = [text(inputs, "routeTableId"), text(inputs, "destinationCidrBlock")];
    const same = world
      .all(routeToken)
      .some(
        (each) =>
          each.id !== old?.id &&
          text(each.inputs, "routeTableId") === table &&
          text(each.inputs, "destinationCidrBlock") === destination,
      );
    return [
      ...missingRefusals(asked, "routeTableId", tableToken, "InvalidRouteTableID.NotFound"),
      ...missingRefusals(asked, "gatewayId", gatewayToken, "InvalidGatewayID.NotFound"),
      ...missingRefusals(asked, "natGatewayId", natToken, "InvalidNatGatewayID.NotFound"),
      ...(same ? [refusal(`RouteAlreadyExists: The route identified by ${destination} already exists.`)] : []),
    ];
  },
  create: (asked) => ({
    id: `r-${text(asked.inputs, "routeTableId")}${asked.world.decimal(9)}`,
    outputs: {
      region: asked.settings.region,
      instanceId: "",
      instanceOwnerId: "",
      networkInterfaceId: "",
      origin: "CreateRoute",
      state: "active",
    },
  }),
};

const association: ResourceRules = {
  replaceOn: ["subnetId", "gatewayId"],
  check: ({ inputs }) => exactlyOneRefusals(inputs, ["subnetId", "gatewayId"]),
  refuse: (asked) => {
    const { inputs, world, old } = asked;
    const taken = world
      .all(associationToken)
      .find((each) => each.id !== old?.id && text(each.inputs, "subnetId") === text(inputs, "subnetId"));
    return [
      ...missingRefusals(asked, "routeTableId", tableToken, "InvalidRouteTableID.NotFound"),
      ...missingRefusals(asked, "subnetId", subnetToken, "InvalidSubnetID.NotFound"),
      ...(taken === undefined
        ? []
        : [refusal(`Resource.AlreadyAssociated: the subnet has ${taken.id} already`, "subnetId")]),
    ];
  },
  create: (asked) => ({ id: `rtbassoc-${asked.world.hex(17)}`, outputs: { region: asked.settings.region } }),
  uses: (inputs) => [text(inputs, "routeTableId") ?? ""],
};

const securityGroup: ResourceRules = tagged({
  replaceOn: ["name", "namePrefix", "description", "vpcId"],
  autoName: { property: "name" },
  defaults: () => ({ description: "Managed by Pulumi" }),
  check: ({ inputs }) =>
    text(inputs, "name")?.startsWith("sg-") === true
      ? [refusal('invalid value for name (cannot begin with "sg-")', "name")]
      : [],
  refuse: (asked) => missingRefusals(asked, "vpcId", vpcToken, "InvalidVpcID.NotFound"),
  create: (asked) => {
    const id = `sg-${asked.world.hex(17)}`;
    const outputs = { arn: arn(asked.settings, "ec2", `security-group/${id}`), ownerId: asked.settings.account };
    return { id, outputs: { ...common(asked), ingress: [], egress: [], ...outputs } };
  },
  uses: (inputs) => [text(inputs, "vpcId") ?? ""],
});

/** How what is in a subnet reaches the world: directly, through NAT, or not at all. */
export function wayOut(world: World, within: SimulatedResource): "internet" | "nat" | "none" {
  const tables = world
    .all(associationToken)
    .filter(({ inputs }) => text(inputs, "subnetId") === within.id)
    .map(({ inputs }) => text(inputs, "routeTableId"));
  const routes = world
    .all(routeToken)
    .filter(
      ({ inputs }) =>
        tables.includes(text(inputs, "routeTableId")) && text(inputs, "destinationCidrBlock") === "0.0.0.0/0",
    );
  if (routes.some(({ inputs }) => world.find(text(inputs, "gatewayId") ?? "", gatewayToken) !== undefined))
    return "internet";
  return routes.some(({ inputs }) => world.find(text(inputs, "natGatewayId") ?? "", natToken) !== undefined)
    ? "nat"
    : "none";
}

export const networkRules: Readonly<Record<string, ResourceRules>> = {
  [vpcToken]: vpc,
  [subnetToken]: subnet,
  [gatewayToken]: internetGateway,
  [addressToken]: elasticIp,
  [natToken]: natGateway,
  [tableToken]: routeTable,
  [routeToken]: route,
  [associationToken]: association,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
};
