import { at, blocks, isGiven, text, texts } from "../blocks.js";
import { cidrContains, cidrPrefix, cidrsOverlap } from "../cidr.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import { boundsRefusals, eachBlock, eachOneOfRefusals, patternRefusals, refusal, refuseIf } from "../refusals.js";
import { autoNamed, azure, idIn } from "./common.js";
import { addressToken, gatewayToken, networkToken, subnetToken } from "./tokens.js";

const namePattern = /^[A-Za-z0-9]([\w.-]{0,78}\w)?$/;

function prefixesOf(inputs: Block): readonly string[] {
  return texts(inputs, "addressSpace.addressPrefixes");
}

function networkId({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  const name = text(inputs, "virtualNetworkName") ?? "";
  return idIn({ inputs, settings }, `Microsoft.Network/virtualNetworks/${name}`);
}

const virtualNetwork: ResourceRules = azure(
  {
    replaceOn: ["virtualNetworkName"],
    autoName: autoNamed("virtualNetworkName", 64),
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "virtualNetworkName", namePattern, "InvalidResourceName"),
      ...prefixesOf(inputs).flatMap((prefix, index) =>
        refuseIf(
          !isBlockOfNetwork(prefix),
          `InvalidAddressPrefixFormat: '${prefix}' is no range from /2 to /29`,
          `addressSpace.addressPrefixes[${index}]`,
        ),
      ),
    ],
    refuse: ({ inputs, world, old }) => {
      const outside = world
        .all(subnetToken)
        .filter((each) => text(each.outputs, "simulatedNetwork") === old?.id)
        .find((each) => !prefixesOf(inputs).some((wide) => cidrContains(wide, prefixOf(each.inputs))));
      return refuseIf(
        old !== undefined && outside !== undefined,
        `InUsePrefixCannotBeDeleted: the address prefix of subnet ${outside?.id} is in use and cannot be deleted`,
        "addressSpace.addressPrefixes",
      );
    },
    create: (asked) => ({
      id: networkId(asked),
      outputs: {
        name: text(asked.inputs, "virtualNetworkName") ?? "",
        type: "Microsoft.Network/virtualNetworks",
        etag: `W/"${asked.world.hex(8)}"`,
        resourceGuid: asked.world.hex(32),
        flowLogs: [],
        subnets: [],
      },
    }),
    inUse: ({ id }, users) =>
      `InUseVirtualNetworkCannotBeDeleted: ${id} is in use by ${users.map((each) => each.id).join(", ")}`,
    loadBalancerNetwork: true,
  },
  { located: true },
);

function isBlockOfNetwork(cidr: string): boolean {
  const prefix = cidrPrefix(cidr);
  return prefix !== undefined && prefix >= 2 && prefix <= 29;
}

export function prefixOf(inputs: Block): string {
  return text(inputs, "addressPrefix") ?? texts(inputs, "addressPrefixes")[0] ?? "";
}

function subnetRefusals(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const id = networkId(asked);
  const network = world.find(id, networkToken);
  if (network === undefined) {
    return [refusal(`ResourceNotFound: the virtual network ${id} was not found`, "virtualNetworkName")];
  }
  const own = prefixOf(inputs);
  const taken = world
    .all(subnetToken)
    .filter((each) => each.id !== old?.id && text(each.outputs, "simulatedNetwork") === id)
    .find((each) => cidrsOverlap(prefixOf(each.inputs), own));
  const gateway = text(inputs, "natGateway.id");
  return [
    ...refuseIf(
      !prefixesOf(network.inputs).some((wide) => cidrContains(wide, own)),
      `NetcfgInvalidSubnet: Subnet '${own}' is not valid in virtual network '${id}': it is outside of it`,
      "addressPrefix",
    ),
    ...refuseIf(
      taken !== undefined,
      `NetcfgSubnetRangesOverlap: Subnet '${own}' overlaps with subnet '${taken?.id}'`,
      "addressPrefix",
    ),
    ...refuseIf(
      gateway !== undefined && world.find(gateway, gatewayToken) === undefined,
      `InvalidResourceReference: ${gateway} was not found`,
      "natGateway.id",
    ),
    ...refuseIf(
      old !== undefined &&
        prefixOf(old.inputs) !== own &&
        (usersOf(old.id, asked) || isGiven(old.inputs, "delegations")),
      `InUsePrefixCannotBeDeleted: the prefix ${old === undefined ? "" : prefixOf(old.inputs)} is in use`,
      "addressPrefix",
    ),
  ];
}

/** Whether nodes or an API server are in the subnet. */
function usersOf(subnet: string, { world }: Asked): boolean {
  return world
    .all("azure-native:containerservice:ManagedCluster")
    .some(({ inputs }) => JSON.stringify(inputs).includes(`"${subnet}"`));
}

const delegatable = [
  "Microsoft.ContainerService/managedClusters",
  "Microsoft.ContainerInstance/containerGroups",
  "Microsoft.Web/serverFarms",
  "Microsoft.DBforPostgreSQL/flexibleServers",
];

const subnet: ResourceRules = azure({
  replaceOn: ["subnetName", "virtualNetworkName"],
  autoName: autoNamed("subnetName", 80),
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "subnetName", namePattern, "InvalidResourceName"),
    ...refuseIf(
      at(inputs, "addressPrefix") === undefined && at(inputs, "addressPrefixes") === undefined,
      "InvalidRequestFormat: an address prefix is required",
      "addressPrefix",
    ),
    ...[text(inputs, "addressPrefix"), ...texts(inputs, "addressPrefixes")].flatMap((prefix) =>
      refuseIf(
        prefix !== undefined && !isBlockOfNetwork(prefix),
        `InvalidCIDRNotation: '${prefix}' is no range from /2 to /29`,
        "addressPrefix",
      ),
    ),
    ...eachBlock(inputs, "delegations", (each, path) =>
      refuseIf(
        text(each, "serviceName") !== undefined && !delegatable.includes(text(each, "serviceName") ?? ""),
        `InvalidServiceNameForDelegation: ${text(each, "serviceName")}`,
        `${path}.serviceName`,
      ),
    ),
  ],
  refuse: subnetRefusals,
  create: (asked) => {
    const name = text(asked.inputs, "subnetName") ?? "";
    const network = networkId(asked);
    return {
      id: `${network}/subnets/${name}`,
      outputs: { name, etag: `W/"${asked.world.hex(8)}"`, purpose: "", simulatedNetwork: network },
    };
  },
  uses: (inputs, outputs) => [text(outputs, "simulatedNetwork") ?? "", text(inputs, "natGateway.id") ?? ""],
  inUse: ({ id }, users) =>
    `InUseSubnetCannotBeDeleted: Subnet ${id} is in use by ${users.map((each) => each.id).join(", ")} and cannot be deleted.`,
});

const natGateway: ResourceRules = azure(
  {
    replaceOn: ["natGatewayName", "zones", "sku"],
    autoName: autoNamed("natGatewayName", 80),
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "natGatewayName", namePattern, "InvalidResourceName"),
      ...boundsRefusals(inputs, "idleTimeoutInMinutes", 4, 120, "InvalidParameter"),
      ...refuseIf(
        texts(inputs, "zones").length > 1,
        "NatGatewayInMultipleZones: a NAT gateway is in one zone or in none",
        "zones",
      ),
    ],
    refuse: ({ inputs, world, old }) =>
      eachBlock(inputs, "publicIpAddresses", (each, path): Refusal[] => {
        const id = text(each, "id") ?? "";
        const address = world.find(id, addressToken);
        const other = world
          .all(gatewayToken)
          .find(
            (gateway) =>
              gateway.id !== old?.id &&
              blocks(gateway.inputs, "publicIpAddresses").some((own) => text(own, "id") === id),
          );
        return [
          ...refuseIf(address === undefined, `InvalidResourceReference: ${id} was not found`, path),
          ...refuseIf(
            address !== undefined && (text(address.inputs, "sku.name") ?? "Basic") !== "Standard",
            `NatGatewayCannotUseBasicSkuPublicIp: ${id} must be of the Standard SKU`,
            path,
          ),
          ...refuseIf(other !== undefined, `PublicIPAddressInUse: ${id} belongs to ${other?.id}`, path),
        ];
      }),
    create: (asked) => {
      const name = text(asked.inputs, "natGatewayName") ?? "";
      return {
        id: idIn(asked, `Microsoft.Network/natGateways/${name}`),
        outputs: {
          name,
          type: "Microsoft.Network/natGateways",
          etag: `W/"${asked.world.hex(8)}"`,
          resourceGuid: asked.world.hex(32),
          subnets: [],
        },
      };
    },
    uses: (inputs) => blocks(inputs, "publicIpAddresses").map((each) => text(each, "id") ?? ""),
    inUse: ({ id }, users) =>
      `InUseNatGatewayCannotBeDeleted: ${id} is in use by subnet ${users.map((each) => each.id).join(", ")}`,
  },
  { located: true },
);

const publicAddress: ResourceRules = azure(
  {
    replaceOn: ["publicIpAddressName", "zones", "publicIPAddressVersion", "sku"],
    autoName: autoNamed("publicIpAddressName", 80),
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "publicIpAddressName", namePattern, "InvalidResourceName"),
      ...eachOneOfRefusals(inputs, "zones", ["1", "2", "3"], "AvailabilityZoneNotSupported"),
      ...refuseIf(
        text(inputs, "sku.name") === "Standard" && text(inputs, "publicIPAllocationMethod") === "Dynamic",
        "PublicIPAddressCannotBeDynamic: the Standard SKU takes static addresses only",
        "publicIPAllocationMethod",
      ),
      ...boundsRefusals(inputs, "idleTimeoutInMinutes", 4, 30, "InvalidParameter"),
    ],
    create: (asked) => {
      const name = text(asked.inputs, "publicIpAddressName") ?? "";
      return {
        id: idIn(asked, `Microsoft.Network/publicIPAddresses/${name}`),
        outputs: {
          name,
          type: "Microsoft.Network/publicIPAddresses",
          ipAddress: `203.0.113.${(Number.parseInt(asked.world.hex(4), 16) % 254) + 1}`,
          etag: `W/"${asked.world.hex(8)}"`,
          resourceGuid: asked.world.hex(32),
        },
      };
    },
    inUse: ({ id }, users) =>
      `PublicIPAddressCannotBeDeleted: ${id} is still allocated to ${users.map((each) => each.id).join(", ")}`,
  },
  { located: true },
);

export const networkRules: Readonly<Record<string, ResourceRules>> = {
  [networkToken]: virtualNetwork,
  [subnetToken]: subnet,
  [gatewayToken]: natGateway,
  [addressToken]: publicAddress,
};
