import { type Cidr, parseCidr } from "../../core/cidr.js";

/** Subnets cut from the cluster's range. */
export interface AddressPlan {
  /** Nodes and internal load balancers: the lower half. */
  readonly nodes: string;
  /** The API server's own subnet: the last 16 addresses, the fewest that AKS takes. */
  readonly apiServer: string;
}

/** Azure keeps the first four addresses of a subnet and the last. */
const reservedAddresses = 5;

/** Longest prefix that leaves room for two subnets: one of 32 addresses for nodes and one of 16. */
export const longestPrefix = 26;

const apiServerPrefix = 28;

/**
 * Cuts the cluster's range: nodes get the lower half, the API server the very
 * end. What lies between is free for whatever is added to the network later.
 *
 * @returns undefined when the text is no IPv4 range that is large enough.
 */
export function planAddresses(cidr: string): AddressPlan | undefined {
  const range = parseCidr(cidr);
  if (range === undefined || range.family !== 4 || range.prefixLength > longestPrefix) return undefined;
  const nodes = `${address(range.first)}/${range.prefixLength + 1}`;
  const apiServer = `${address(range.last - 15n)}/${apiServerPrefix}`;
  return { nodes, apiServer };
}

/** How many nodes find an address in a subnet. */
export function nodeAddresses({ prefixLength }: Cidr): number {
  return Math.max(0, 2 ** (32 - prefixLength) - reservedAddresses);
}

/** With an overlay every node takes a /24 of the pods' range. */
export function nodesOfPodRange({ prefixLength }: Cidr): number {
  return prefixLength > 24 ? 0 : 2 ** (24 - prefixLength);
}

/** The address of the cluster's DNS: the tenth of the range of Services, as everywhere in Kubernetes. */
export function dnsServiceAddress(serviceCidr: string): string | undefined {
  const range = parseCidr(serviceCidr);
  if (range === undefined || range.family !== 4) return undefined;
  const dns = range.first + 10n;
  return dns < range.last ? address(dns) : undefined;
}

function address(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}
