import { cidrsOverlap, parseCidr } from "../../../core/cidr.js";
import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { dnsServiceAddress, longestPrefix, nodeAddresses, nodesOfPodRange, planAddresses } from "../address-plan.js";
import { mostNodes } from "../node-count.js";

const ranges = ["cidr", "podCidr", "serviceCidr"] as const;

/** Ranges that AKS keeps for itself. */
const reserved = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"] as const;

/** Whether the cluster has room for its nodes, pods and Services, where Azure allows it. */
export function checkAddresses(spec: ClusterSpec): Problem[] {
  const { network } = spec;
  return [
    // The range of a network that is there already is that network's affair.
    ...ranges
      .filter((range) => range !== "cidr" || network.existing === undefined)
      .flatMap((range) => checkRange(`network.${range}`, known(network[range]))),
    ...(network.existing === undefined ? checkNodes(spec) : checkExisting(network.existing)),
    ...checkPods(spec),
    ...checkServices(known(network.serviceCidr)),
  ];
}

function checkRange(path: string, text: string | undefined): Problem[] {
  const range = text === undefined ? undefined : parseCidr(text);
  if (range === undefined) return [];
  if (range.family === 6) {
    const why = "clusters on Azure are made with IPv4 addresses";
    return [{ code: "azure/ipv6", path, value: text, why, fix: "write an IPv4 range" }];
  }
  const taken = reserved.find((one) => {
    const parsed = parseCidr(one);
    return parsed !== undefined && cidrsOverlap(parsed, range);
  });
  if (taken === undefined) return [];
  const why = `AKS keeps ${taken} for itself`;
  return [
    { code: "azure/cidr-reserved", path, value: text, why, fix: "choose a range that shares no address with it" },
  ];
}

function checkNodes(spec: ClusterSpec): Problem[] {
  const cidr = known(spec.network.cidr);
  const range = cidr === undefined ? undefined : parseCidr(cidr);
  if (cidr === undefined || range === undefined || range.family === 6) return [];
  const plan = planAddresses(cidr);
  const subnet = plan === undefined ? undefined : parseCidr(plan.nodes);
  const code = "azure/network-too-small";
  const path = "network.cidr";
  if (subnet === undefined) {
    const why = "it is cut into a subnet for nodes and one for the API server, and has no room for both";
    return [{ code, path, value: cidr, why, fix: `use a range of at least /${longestPrefix}` }];
  }
  const [needed, room] = [mostNodes(spec), nodeAddresses(subnet)];
  if (needed <= room) return [];
  const why = `half of it is for nodes and has room for ${room}, and upgrades included there can be ${needed}`;
  return [{ code, path, value: cidr, why, fix: "use a larger range, or lower max of the pools" }];
}

function checkPods(spec: ClusterSpec): Problem[] {
  const cidr = known(spec.network.podCidr);
  const range = cidr === undefined ? undefined : parseCidr(cidr);
  if (range === undefined || range.family === 6) return [];
  const [needed, room] = [mostNodes(spec), nodesOfPodRange(range)];
  if (needed <= room) return [];
  return [
    {
      code: "azure/pod-range-too-small",
      path: "network.podCidr",
      value: cidr,
      why: `every node takes a /24 of it, so it is enough for ${room} nodes, and upgrades included there can be ${needed}`,
      fix: "use a larger range, or lower max of the pools",
    },
  ];
}

function checkServices(cidr: string | undefined): Problem[] {
  const range = cidr === undefined ? undefined : parseCidr(cidr);
  if (cidr === undefined || range === undefined || range.family === 6) return [];
  const path = "network.serviceCidr";
  if (range.prefixLength < 12) {
    const why = "AKS takes at most a /12 for Services";
    return [{ code: "azure/service-range-too-large", path, value: cidr, why, fix: "use a /12 or less, such as a /16" }];
  }
  if (dnsServiceAddress(cidr) !== undefined) return [];
  const why = "its tenth address is the cluster's DNS, and it has none";
  return [{ code: "azure/service-range-too-small", path, value: cidr, why, fix: "use at least a /28, such as a /16" }];
}

const networkPattern =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+$/i;

function checkExisting(existing: NonNullable<ClusterSpec["network"]["existing"]>): Problem[] {
  const path = "network.existing";
  const id = known(existing.id);
  const isNetwork = id === undefined || networkPattern.test(id);
  const problems: Problem[] = [];
  if (!isNetwork) {
    problems.push({
      code: "azure/network-id",
      path: `${path}.id`,
      value: id,
      why: "this is not the resource id of a virtual network",
      fix: "write /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…",
    });
  }
  if (existing.subnets.length > 2) {
    problems.push({
      code: "azure/subnet-count",
      path: `${path}.subnets`,
      value: existing.subnets.length,
      why: "nodes of every zone share one subnet on Azure, and the API server can have a second one",
      fix: "name the subnet of the nodes, and after it, if there is one, the subnet delegated to AKS",
    });
  }
  problems.push(
    ...existing.subnets.flatMap((subnet, index) =>
      checkSubnet(`${path}.subnets[${index}]`, known(subnet), isNetwork ? id : undefined),
    ),
  );
  const foreign = { publicSubnets: existing.publicSubnets.length > 0 ? existing.publicSubnets : undefined };
  const { podRange, serviceRange } = existing;
  for (const [option, value] of Object.entries({ ...foreign, podRange, serviceRange })) {
    if (value === undefined) continue;
    problems.push({
      code: "azure/network-option",
      path: `${path}.${option}`,
      why: "networks on Azure have no such thing",
      fix: `leave ${option} out`,
    });
  }
  return problems;
}

function checkSubnet(path: string, id: string | undefined, network: string | undefined): Problem[] {
  if (id === undefined) return [];
  const parent = /^(.+\/virtualNetworks\/[^/]+)\/subnets\/[^/]+$/i.exec(id)?.[1];
  if (parent === undefined || !networkPattern.test(parent)) {
    const fix = "write /subscriptions/…/virtualNetworks/…/subnets/…";
    return [{ code: "azure/subnet-id", path, value: id, why: "this is not the resource id of a subnet", fix }];
  }
  if (network === undefined || parent.toLowerCase() === network.toLowerCase()) return [];
  const why = "this subnet belongs to another network than network.existing.id";
  return [{ code: "azure/subnet-of-other-network", path, value: id, why, fix: "name a subnet of that network" }];
}
