import { type Cidr, parseCidr } from "../../core/cidr.js";
import type { Problem } from "../../core/problems.js";
import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";

/** What is wrong with the addresses, the network brought along, and who reaches the control plane. */
export function checkGcpNetwork(spec: ClusterSpec): Problem[] {
  return [
    ...(spec.network.existing === undefined ? checkRanges(spec) : checkExisting(spec.network.existing)),
    ...checkEndpoint(spec),
  ];
}

const ranges = ["cidr", "podCidr", "serviceCidr"] as const;

function checkRanges(spec: ClusterSpec): Problem[] {
  return ranges.flatMap((range): Problem[] => {
    const text = known(spec.network[range]);
    const cidr = parseCidr(text ?? "");
    if (cidr === undefined) return [];
    const at = { path: `network.${range}`, value: text };
    if (cidr.family === 6) {
      const why = "nodes, pods and Services of GKE have IPv4 addresses here";
      return [{ code: "cidr/family", ...at, why, fix: "use an IPv4 range such as 10.0.0.0/16" }];
    }
    return checks[range](spec, cidr, at);
  });
}

type At = Pick<Problem, "path" | "value">;

const checks: Readonly<Record<(typeof ranges)[number], (spec: ClusterSpec, cidr: Cidr, at: At) => Problem[]>> = {
  cidr: checkNodeRange,
  podCidr: checkPodRange,
  serviceCidr: checkServiceRange,
};

/** Of every subnet Google Cloud keeps four addresses. */
const keptAddresses = 4;
const smallestSubnet = 29;
/** GKE gives every node 256 addresses, for its 110 pods and those that come and go. */
const nodePrefix = 24;
/** The least that Autopilot starts with. */
const autopilotPrefix = 21;

/** The most nodes there can be at once: those asked for, and one a pool while nodes are replaced. */
function mostNodes({ pools, network, gcp }: ClusterSpec): number {
  const asked = pools.reduce((sum, pool) => sum + (known(pool.max) ?? 0) + 1, 0);
  // The pool that GKE starts with has a node in every zone.
  return Math.max(asked, gcp.zones?.length ?? network.zones);
}

function checkNodeRange(spec: ClusterSpec, { prefixLength }: Cidr, at: At): Problem[] {
  if (prefixLength > smallestSubnet) {
    const why = `a subnet of Google Cloud has at least a /${smallestSubnet}`;
    return [{ code: "cidr/too-small", ...at, why, fix: "use a larger range, for example a /20" }];
  }
  const room = 2 ** (32 - prefixLength) - keptAddresses;
  const nodes = mostNodes(spec);
  if (nodes <= room) return [];
  const needed = 32 - Math.ceil(Math.log2(nodes + keptAddresses));
  const why = `it has ${room} addresses for nodes, and the pools may have ${nodes} at once`;
  return [{ code: "cidr/too-small", ...at, why, fix: `use at least a /${needed}, or lower max of pools` }];
}

function checkPodRange(spec: ClusterSpec, { prefixLength }: Cidr, at: At): Problem[] {
  if (spec.compute === "serverless") {
    if (prefixLength <= autopilotPrefix) return [];
    const why = `Autopilot needs at least a /${autopilotPrefix} for pods`;
    return [{ code: "cidr/too-small", ...at, why, fix: "use a larger range, for example a /17" }];
  }
  const room = prefixLength > nodePrefix ? 0 : 2 ** (nodePrefix - prefixLength);
  const nodes = mostNodes(spec);
  if (nodes <= room) return [];
  const needed = nodePrefix - Math.ceil(Math.log2(nodes));
  const why = `GKE gives every node a /${nodePrefix} of it: that is enough for ${room} nodes, and the pools may have ${nodes} at once`;
  return [{ code: "cidr/too-small", ...at, why, fix: `use at least a /${needed}, or lower max of pools` }];
}

const largestServiceRange = 16;
const smallestServiceRange = 28;

function checkServiceRange(_spec: ClusterSpec, { prefixLength }: Cidr, at: At): Problem[] {
  if (prefixLength < largestServiceRange) {
    const why = `GKE takes at most a /${largestServiceRange} for Services`;
    return [{ code: "cidr/too-large", ...at, why, fix: `use a /${largestServiceRange} or smaller` }];
  }
  if (prefixLength <= smallestServiceRange) return [];
  const why = `GKE needs at least a /${smallestServiceRange} for Services`;
  return [{ code: "cidr/too-small", ...at, why, fix: "use a larger range, for example a /20" }];
}

type Existing = NonNullable<ClusterSpec["network"]["existing"]>;

function checkExisting({ id, subnets, publicSubnets, podRange, serviceRange }: Existing): Problem[] {
  const problems: Problem[] = [];
  const path = "network.existing";
  if (subnets.length !== 1) {
    const value = subnets.map((subnet) => known(subnet));
    const why = `a subnet of Google Cloud spans the zones of its region, so a cluster has one, and these are ${subnets.length}`;
    problems.push({ code: "network/subnets", path: `${path}.subnets`, value, why, fix: "name one subnet" });
  }
  if (publicSubnets.length > 0) {
    const value = publicSubnets.map((subnet) => known(subnet));
    const why = "load balancers of Google Cloud are in no subnet";
    problems.push({ code: "network/public-subnets", path: `${path}.publicSubnets`, value, why, fix: "leave it out" });
  }
  for (const [property, range] of Object.entries({ podRange, serviceRange })) {
    if (range !== undefined) continue;
    const what = property === "podRange" ? "pods" : "Services";
    const why = `GKE takes addresses of ${what} from a secondary range of the subnet, and must be told which`;
    const fix = `add ${property}: the name of the range`;
    problems.push({ code: "network/secondary-range", path: `${path}.${property}`, why, fix });
  }
  if (known(podRange) !== undefined && known(podRange) === known(serviceRange)) {
    const value = known(serviceRange);
    const why = "pods and Services cannot share a range";
    problems.push({ code: "network/secondary-range", path: `${path}.serviceRange`, value, why, fix: "name another" });
  }
  const network = known(id);
  if (
    network !== undefined &&
    !/^[a-z]([-a-z0-9]*[a-z0-9])?$|(^|\/)projects\/[^/]+\/global\/networks\/[^/]+$/.test(network)
  ) {
    const why = "this names no network of Google Cloud";
    const fix = "write its name, or projects/PROJECT/global/networks/NAME";
    problems.push({ code: "network/id", path: `${path}.id`, value: network, why, fix });
  }
  return problems;
}

function checkEndpoint({ controlPlane: { allowedCidrs } }: ClusterSpec): Problem[] {
  return allowedCidrs.flatMap((range, index): Problem[] => {
    const text = known(range);
    if (parseCidr(text ?? "")?.family !== 6) return [];
    const why = "GKE knows IPv4 ranges only here";
    return [
      { code: "cidr/family", path: `controlPlane.allowedCidrs[${index}]`, value: text, why, fix: "use an IPv4 range" },
    ];
  });
}
