import { at, blocks, isGiven, text, texts } from "../blocks.js";
import { cidrContains, cidrPrefix, cidrsOverlap } from "../cidr.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import { boundsRefusals, eachBlock, oneOfRefusals, refusal, refuseIf } from "../refusals.js";
import type { SimulatedResource, World } from "../world.js";
import { computed, inUse, named, nameRefusals, referenceRefusals, referred, regionIn } from "./common.js";
import {
  addressToken,
  clusterToken,
  firewallToken,
  natToken,
  networkToken,
  routerToken,
  subnetToken,
} from "./tokens.js";

const code = "googleapi: Error 400";
const mostNetworks = 15;

const network: ResourceRules = named({
  replaceOn: ["autoCreateSubnetworks", "description", "mtu", "internalIpv6Range"],
  check: ({ inputs }) => [
    ...nameRefusals(inputs),
    ...oneOfRefusals(inputs, "routingMode", ["REGIONAL", "GLOBAL"], code),
    ...boundsRefusals(inputs, "mtu", 1300, 8896, code),
  ],
  refuse: ({ old, world }) =>
    refuseIf(
      old === undefined && world.all(networkToken).length >= mostNetworks,
      `googleapi: Error 403: Quota 'NETWORKS' exceeded. Limit: ${mostNetworks}.0 globally., quotaExceeded`,
    ),
  create: (asked) => {
    const { id, outputs } = computed(asked, `global/networks/${text(asked.inputs, "name")}`);
    const numericId = asked.world.decimal(18);
    return {
      id,
      outputs: { routingMode: "REGIONAL", gatewayIpv4: "", mtu: 0, numericId, networkId: numericId, ...outputs },
    };
  },
  inUse,
  loadBalancerNetwork: true,
});

/** Every range of a subnet: of nodes, and the secondary ones. */
function rangesOf(inputs: Block): readonly string[] {
  const secondary = blocks(inputs, "secondaryIpRanges").map((range) => text(range, "ipCidrRange") ?? "");
  return [text(inputs, "ipCidrRange") ?? "", ...secondary];
}

function subnetChecks({ inputs }: Asked): Refusal[] {
  const ranges = [
    { path: "ipCidrRange", cidr: text(inputs, "ipCidrRange") },
    ...blocks(inputs, "secondaryIpRanges").map((range, index) => ({
      path: `secondaryIpRanges[${index}].ipCidrRange`,
      cidr: text(range, "ipCidrRange"),
    })),
  ];
  const names = blocks(inputs, "secondaryIpRanges").flatMap((range) => text(range, "rangeName") ?? []);
  return [
    ...nameRefusals(inputs),
    ...ranges.flatMap(({ path, cidr }) => {
      const prefix = cidr === undefined ? undefined : cidrPrefix(cidr);
      return refuseIf(
        cidr !== undefined && (prefix === undefined || prefix < 4 || prefix > 29),
        `${code}: Invalid value for field 'resource.ipCidrRange': '${cidr}'. It must be from /4 to /29.`,
        path,
      );
    }),
    ...ranges.flatMap(({ path, cidr }, index) =>
      refuseIf(
        ranges.slice(0, index).some((other) => cidrsOverlap(other.cidr ?? "", cidr ?? "")),
        `${code}: Secondary IP range ${cidr} conflicts with another range of the subnetwork`,
        path,
      ),
    ),
    ...eachBlock(inputs, "secondaryIpRanges", (range, path) =>
      nameRefusals(range, "rangeName").map(({ message }) => refusal(message, `${path}.rangeName`)),
    ),
    ...refuseIf(
      new Set(names).size < names.length,
      `${code}: secondary ranges must have names of their own`,
      "secondaryIpRanges",
    ),
  ];
}

function networkOf(world: World, inputs: Block): SimulatedResource | undefined {
  return referred(world, networkToken, text(inputs, "network"));
}

/** A cluster whose pods or Services are in a secondary range that would go, or be another one. */
function clusterInRanges(world: World, old: SimulatedResource, inputs: Block): SimulatedResource | undefined {
  const keyOf = (range: Block) => `${text(range, "rangeName")} ${text(range, "ipCidrRange")}`;
  const kept = new Set(blocks(inputs, "secondaryIpRanges").map(keyOf));
  if (blocks(old.inputs, "secondaryIpRanges").every((range) => kept.has(keyOf(range)))) return undefined;
  return world
    .all(clusterToken)
    .find((cluster) => referred(world, subnetToken, text(cluster.inputs, "subnetwork"))?.id === old.id);
}

function refuseSubnet(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const within = networkOf(world, inputs);
  const others = world
    .all(subnetToken)
    .filter((each) => each.id !== old?.id && networkOf(world, each.inputs)?.id === within?.id);
  const region = regionIn(asked);
  const user = old === undefined ? undefined : clusterInRanges(world, old, inputs);
  return [
    ...referenceRefusals(asked, "network", networkToken),
    ...refuseIf(
      within !== undefined && at(within.inputs, "autoCreateSubnetworks") !== false,
      `${code}: Cannot create subnetworks in a network of automatic mode`,
      "network",
    ),
    ...refuseIf(
      user !== undefined,
      `${code}: Cannot remove or change a secondary range of '${old?.id}': it is in use by '${user?.id}'., resourceInUseByAnotherResource`,
      "secondaryIpRanges",
    ),
    ...rangesOf(inputs).flatMap((range) => {
      const taken = others.find((each) => rangesOf(each.inputs).some((other) => cidrsOverlap(other, range)));
      return refuseIf(
        taken !== undefined,
        `${code}: Invalid IPCidrRange: ${range} conflicts with existing subnetwork '${taken?.id}' in region '${region}'.`,
        "ipCidrRange",
      );
    }),
  ];
}

const subnetwork: ResourceRules = named({
  replaceOn: ["network", "region", "description", "purpose"],
  // A range can grow in place, and nothing else.
  replaceWhen: (before, after) =>
    cidrContains(text(after, "ipCidrRange") ?? "", text(before, "ipCidrRange") ?? "") ? [] : ["ipCidrRange"],
  check: subnetChecks,
  refuse: refuseSubnet,
  create: (asked) => {
    const region = regionIn(asked);
    const { id, outputs } = computed(asked, `regions/${region}/subnetworks/${text(asked.inputs, "name")}`);
    const first = (text(asked.inputs, "ipCidrRange") ?? "").split("/")[0] ?? "";
    return {
      id,
      outputs: {
        purpose: "PRIVATE",
        stackType: "IPV4_ONLY",
        gatewayAddress: first.replace(/\d+$/, "1"),
        fingerprint: asked.world.hex(12),
        subnetworkId: asked.world.decimal(9),
        ...outputs,
        region,
      },
    };
  },
  uses: (inputs) => [text(inputs, "network") ?? ""],
  inUse,
  loadBalancerNetwork: true,
});

const router: ResourceRules = named({
  replaceOn: ["network", "region"],
  check: ({ inputs }) => nameRefusals(inputs),
  refuse: (asked) => referenceRefusals(asked, "network", networkToken),
  create: (asked) => {
    const region = regionIn(asked);
    const { id, outputs } = computed(asked, `regions/${region}/routers/${text(asked.inputs, "name")}`);
    return { id, outputs: { ...outputs, region } };
  },
  uses: (inputs) => [text(inputs, "network") ?? ""],
  inUse,
});

function natChecks({ inputs }: Asked): Refusal[] {
  const listed = text(inputs, "sourceSubnetworkIpRangesToNat") === "LIST_OF_SUBNETWORKS";
  const given = isGiven(inputs, "subnetworks");
  return [
    ...nameRefusals(inputs),
    ...oneOfRefusals(inputs, "natIpAllocateOption", ["AUTO_ONLY", "MANUAL_ONLY"], code),
    ...refuseIf(
      text(inputs, "natIpAllocateOption") === "AUTO_ONLY" && isGiven(inputs, "natIps"),
      `${code}: natIps cannot be given with AUTO_ONLY`,
      "natIps",
    ),
    ...refuseIf(
      text(inputs, "natIpAllocateOption") === "MANUAL_ONLY" && !isGiven(inputs, "natIps"),
      `${code}: MANUAL_ONLY needs natIps`,
      "natIps",
    ),
    ...oneOfRefusals(
      inputs,
      "sourceSubnetworkIpRangesToNat",
      ["ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS"],
      code,
    ),
    ...refuseIf(listed !== given, `${code}: subnetworks go with LIST_OF_SUBNETWORKS`, "subnetworks"),
    ...oneOfRefusals(inputs, "logConfig.filter", ["ERRORS_ONLY", "TRANSLATIONS_ONLY", "ALL"], code),
    ...boundsRefusals(inputs, "minPortsPerVm", 32, 65536, code),
  ];
}

function refuseNat(asked: Asked): Refusal[] {
  const { inputs, world, old } = asked;
  const own = referred(world, routerToken, text(inputs, "router"));
  const links = blocks(inputs, "subnetworks").map((each) => text(each, "name") ?? "");
  const served = world
    .all(natToken)
    .filter(({ id }) => id !== old?.id)
    .find((each) => blocks(each.inputs, "subnetworks").some((one) => links.includes(text(one, "name") ?? "")));
  return [
    ...referenceRefusals(asked, "router", routerToken),
    ...links.flatMap((link, index) =>
      refuseIf(
        referred(world, subnetToken, link) === undefined,
        `googleapi: Error 404: The resource '${link}' was not found, notFound`,
        `subnetworks[${index}].name`,
      ),
    ),
    ...refuseIf(
      served !== undefined,
      `${code}: a subnetwork is served by the NAT ${served?.id} of ${own?.id} already`,
      "subnetworks",
    ),
  ];
}

const nat: ResourceRules = named({
  replaceOn: ["router", "region"],
  compareAs: { subnetworks: "set", natIps: "set" },
  check: natChecks,
  refuse: refuseNat,
  create: (asked) => {
    const [region, name] = [regionIn(asked), text(asked.inputs, "name") ?? ""];
    const { outputs } = computed(asked, name);
    const router = text(asked.inputs, "router")?.split("/").at(-1) ?? "";
    return {
      id: `${text(outputs, "project")}/${region}/${router}/${name}`,
      outputs: { project: text(outputs, "project") ?? "", name, region, type: "PUBLIC", minPortsPerVm: 0 },
    };
  },
  uses: (inputs, outputs) => [
    `projects/${text(outputs, "project")}/regions/${text(outputs, "region")}/routers/${text(inputs, "router")?.split("/").at(-1)}`,
    ...blocks(inputs, "subnetworks").map((each) => text(each, "name") ?? ""),
    ...texts(inputs, "natIps"),
  ],
});

function ruleRefusals(rule: Block, path: string): Refusal[] {
  const protocol = text(rule, "protocol");
  const numbered = protocol !== undefined && /^\d+$/.test(protocol);
  const known = ["tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"];
  return [
    ...refuseIf(
      protocol !== undefined && !numbered && !known.includes(protocol),
      `${code}: Invalid value for field 'IPProtocol': '${protocol}'`,
      `${path}.protocol`,
    ),
    ...refuseIf(
      texts(rule, "ports").length > 0 && !["tcp", "udp", "sctp"].includes(protocol ?? "tcp"),
      `${code}: ports go with tcp, udp and sctp only`,
      `${path}.ports`,
    ),
    ...texts(rule, "ports").flatMap((port, index) =>
      refuseIf(!/^\d{1,5}(-\d{1,5})?$/.test(port), `${code}: '${port}' is no port`, `${path}.ports[${index}]`),
    ),
  ];
}

function firewallChecks({ inputs }: Asked): Refusal[] {
  const ingress = (text(inputs, "direction") ?? "INGRESS") === "INGRESS";
  const both = (a: string, b: string): Refusal[] =>
    refuseIf(isGiven(inputs, a) && isGiven(inputs, b), `${code}: ${a} and ${b} cannot be given together`, a);
  const source = ["sourceRanges", "sourceTags", "sourceServiceAccounts"].some((each) => isGiven(inputs, each));
  return [
    ...nameRefusals(inputs),
    ...oneOfRefusals(inputs, "direction", ["INGRESS", "EGRESS"], code),
    ...boundsRefusals(inputs, "priority", 0, 65535, code),
    ...refuseIf(
      isGiven(inputs, "allows") === isGiven(inputs, "denies"),
      `${code}: exactly one of allows and denies must be given`,
      "allows",
    ),
    ...both("targetTags", "targetServiceAccounts"),
    ...both("sourceTags", "targetServiceAccounts"),
    ...both("sourceServiceAccounts", "targetTags"),
    ...both("sourceTags", "sourceServiceAccounts"),
    ...refuseIf(
      ingress && isGiven(inputs, "destinationRanges") && !source,
      `${code}: ingress takes sources`,
      "destinationRanges",
    ),
    ...refuseIf(ingress && !source, `${code}: one of sourceRanges, sourceTags, sourceServiceAccounts is required`),
    ...refuseIf(!ingress && isGiven(inputs, "sourceTags"), `${code}: egress takes no source tags`, "sourceTags"),
    ...texts(inputs, "sourceRanges").flatMap((range, index) =>
      refuseIf(cidrPrefix(range) === undefined, `${code}: '${range}' is no range`, `sourceRanges[${index}]`),
    ),
    ...eachBlock(inputs, "allows", ruleRefusals),
    ...eachBlock(inputs, "denies", ruleRefusals),
  ];
}

const firewall: ResourceRules = named({
  replaceOn: ["network", "direction"],
  compareAs: { sourceRanges: "set", targetServiceAccounts: "set" },
  check: firewallChecks,
  refuse: (asked) => referenceRefusals(asked, "network", networkToken),
  create: (asked) => {
    const { id, outputs } = computed(asked, `global/firewalls/${text(asked.inputs, "name")}`);
    return { id, outputs: { priority: 1000, direction: "INGRESS", destinationRanges: [], ...outputs } };
  },
  uses: (inputs) => [text(inputs, "network") ?? ""],
});

const address: ResourceRules = named({
  replaceOn: ["address", "addressType", "network", "purpose", "region", "subnetwork", "description"],
  check: ({ inputs }) => [
    ...nameRefusals(inputs),
    ...oneOfRefusals(inputs, "addressType", ["INTERNAL", "EXTERNAL"], code),
    ...refuseIf(
      isGiven(inputs, "subnetwork") && text(inputs, "addressType") !== "INTERNAL",
      `${code}: only internal addresses are of a subnetwork`,
      "subnetwork",
    ),
  ],
  create: (asked) => {
    const region = regionIn(asked);
    const { id, outputs } = computed(asked, `regions/${region}/addresses/${text(asked.inputs, "name")}`);
    const last = (Number.parseInt(asked.world.hex(4), 16) % 254) + 1;
    return { id, outputs: { address: `203.0.113.${last}`, addressType: "EXTERNAL", users: [], ...outputs, region } };
  },
  uses: (inputs) => [text(inputs, "subnetwork") ?? "", text(inputs, "network") ?? ""],
  inUse,
});

export const networkRules: Readonly<Record<string, ResourceRules>> = {
  [networkToken]: network,
  [subnetToken]: subnetwork,
  [routerToken]: router,
  [natToken]: nat,
  [firewallToken]: firewall,
  [addressToken]: address,
};
