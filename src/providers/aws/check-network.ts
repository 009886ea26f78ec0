import type * as pulumi from "@pulumi/pulumi";
import { type Cidr, parseCidr } from "../../core/cidr.js";
import type { Problem } from "../../core/problems.js";
import type { ClusterSpec, ExistingNetworkSpec } from "../contract.js";
import { known } from "../leaf.js";
import { cutSubnets, isProblem } from "./network-plan.js";

/** EKS keeps a control plane in as many zones at least. */
const fewestZones = 2;

/** Whether AWS takes the network, made or brought along. */
export function checkNetwork(spec: ClusterSpec): Problem[] {
  const { existing } = spec.network;
  return [
    ...(existing === undefined ? checkCreated(spec) : checkExisting(spec, existing)),
    ...checkServiceCidr(known(spec.network.serviceCidr)),
  ];
}

function checkCreated({ network, aws }: ClusterSpec): Problem[] {
  const problems: Problem[] = [];
  if (network.zones < fewestZones) {
    problems.push({
      code: "aws/zones",
      path: "network.zones",
      value: network.zones,
      why: `EKS wants subnets in at least ${fewestZones} zones`,
      fix: `set network.zones to ${fewestZones} or 3; a pool can stay in one zone by its own zones`,
    });
  }
  const cidr = known(network.cidr);
  if (cidr !== undefined && parseCidr(cidr) !== undefined) {
    const cut = cutSubnets(cidr, network.zones);
    if (isProblem(cut)) problems.push({ ...cut, path: "network.cidr" });
  }
  return [...problems, ...checkZoneNames(aws.zones, network.zones)];
}

function checkZoneNames(zones: readonly string[] | undefined, count: number): Problem[] {
  if (zones === undefined) return [];
  const problem = (path: string, value: unknown, why: string, fix: string): Problem => ({
    code: "aws/zones",
    path,
    value,
    why,
    fix,
  });
  const regions = zones.map((zone) => /^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$/.exec(zone)?.[1]);
  return [
    ...(zones.length === count
      ? []
      : [problem("aws.zones", zones, `network.zones asks for ${count} zones`, `name ${count}, or set network.zones`)]),
    ...zones.flatMap((zone, index) => {
      const path = `aws.zones[${index}]`;
      if (zones.indexOf(zone) < index) return [problem(path, zone, "it stands in the list twice", "name another zone")];
      if (regions[index] === undefined) {
        return [problem(path, zone, "this is not the name of a zone of a region", "write for example eu-central-1a")];
      }
      if (regions[index] === regions[0] || regions[0] === undefined) return [];
      return [problem(path, zone, `it is in another region than ${zones[0]}`, "name zones of one region")];
    }),
  ];
}

function checkExisting({ aws, pools }: ClusterSpec, existing: ExistingNetworkSpec): Problem[] {
  const problems: Problem[] = [];
  const add = (code: string, path: string, value: unknown, why: string, fix: string) =>
    problems.push({ code, path, ...(value === undefined ? {} : { value }), why, fix });
  const path = "network.existing";
  if (aws.zones !== undefined) {
    const why = "the subnets that were brought along are in zones already";
    add("aws/zones", "aws.zones", aws.zones, why, "leave it out");
  }
  const vpc = known(existing.id);
  if (vpc !== undefined && !/^vpc-[0-9a-f]{8,17}$/.test(vpc)) {
    const why = "this is not the id of a VPC";
    add("aws/vpc-id", `${path}.id`, vpc, why, "write for example vpc-0123456789abcdef0");
  }
  // That there is none at all is told already.
  if (existing.subnets.length > 0 && existing.subnets.length < fewestZones) {
    const why = `EKS wants subnets in at least ${fewestZones} zones, and these are ${existing.subnets.length}`;
    add("aws/subnet-count", `${path}.subnets`, existing.subnets.map(known), why, "add a subnet of another zone");
  }
  for (const option of ["podRange", "serviceRange"] as const) {
    if (existing[option] === undefined) continue;
    const why = "only Google Cloud has secondary ranges by name";
    add("aws/secondary-range", `${path}.${option}`, known(existing[option]), why, "leave it out");
  }
  pools.forEach((pool) => {
    const beyond = pool.zones.filter((zone) => zone > existing.subnets.length);
    if (beyond.length === 0) return;
    const why = `the network was brought along with ${existing.subnets.length} subnets, one a zone`;
    add("aws/pool-zones", `pools.${pool.name}.zones`, pool.zones, why, "name zones that have a subnet, or add subnets");
  });
  const both = [...existing.subnets, ...existing.publicSubnets];
  return [
    ...problems,
    ...checkSubnets(`${path}.subnets`, existing.subnets, both, 0),
    ...checkSubnets(`${path}.publicSubnets`, existing.publicSubnets, both, existing.subnets.length),
  ];
}

function checkSubnets(
  path: string,
  subnets: readonly pulumi.Input<string>[],
  all: readonly pulumi.Input<string>[],
  offset: number,
): Problem[] {
  return subnets.flatMap((subnet, index): Problem[] => {
    const id = known(subnet);
    if (id === undefined) return [];
    const at = { code: "aws/subnet-id", path: `${path}[${index}]`, value: id };
    if (!/^subnet-[0-9a-f]{8,17}$/.test(id)) {
      return [{ ...at, why: "this is not the id of a subnet", fix: "write for example subnet-0123456789abcdef0" }];
    }
    const first = all.map(known).indexOf(id);
    // Twice among the private ones is told already.
    if (first === offset + index || offset === 0) return [];
    return [{ ...at, why: "this subnet is named twice", fix: "name each subnet once, as private or as public" }];
  });
}

const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** EKS takes Service addresses from private ranges only, and not too many or too few. */
function checkServiceCidr(cidr: string | undefined): Problem[] {
  const block = parseCidr(cidr ?? "");
  if (block === undefined) return [];
  const isPrivate = privateBlocks.some((range) => isInside(block, range));
  const problem = (why: string, fix: string): Problem[] => [
    { code: "aws/service-cidr", path: "network.serviceCidr", value: cidr, why, fix },
  ];
  if (!isPrivate)
    return problem(`EKS takes a range inside ${privateBlocks.join(", ")}`, "use for example 10.96.0.0/16");
  if (block.prefixLength >= 12 && block.prefixLength <= 24) return [];
  return problem("EKS takes a range from /12 to /24 for Services", "use for example 10.96.0.0/16");
}

/** Ranges that EKS takes for its public endpoint. */
const mostAllowedCidrs = 40;

/** Whether AWS takes what may reach the API server. */
export function checkEndpoint({ controlPlane }: ClusterSpec): Problem[] {
  const { allowedCidrs } = controlPlane;
  const path = "controlPlane.allowedCidrs";
  const problems: Problem[] = [];
  if (allowedCidrs.length > mostAllowedCidrs) {
    problems.push({
      code: "aws/allowed-cidrs",
      path,
      value: `${allowedCidrs.length} ranges`,
      why: `EKS takes ${mostAllowedCidrs} ranges`,
      fix: "join neighbouring ranges",
    });
  }
  return [
    ...problems,
    ...allowedCidrs.flatMap((cidr, index): Problem[] => {
      const text = known(cidr);
      const block = parseCidr(text ?? "");
      if (block === undefined) return [];
      const at = { code: "aws/allowed-cidrs", path: `${path}[${index}]`, value: text };
      if (block.family === 6) {
        return [{ ...at, why: "the endpoint has IPv4 addresses", fix: "write an IPv4 range" }];
      }
      const inside = privateBlocks.some((range) => isInside(block, range));
      if (!inside) return [];
      const why = "nobody comes to the public endpoint from a private address: inside the network it is not needed";
      return [{ ...at, why, fix: "write the public addresses that your requests come from" }];
    }),
  ];
}

function isInside(block: Cidr, range: string): boolean {
  const outer = parseCidr(range);
  return outer !== undefined && outer.family === block.family && block.first >= outer.first && block.last <= outer.last;
}
