import { type Cidr, parseCidr } from "../core/cidr.js";

/**
 * Parses a range of a checked spec.
 * @throws when it is not an IPv4 range: the spec was not checked.
 */
export function ipv4Range(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr?.family !== 4) throw new Error(`not an IPv4 range: ${text}`);
  return cidr;
}

/** The address of the `kubernetes` Service: the API server takes the first of the range. */
export function firstServiceAddress(serviceCidr: string): string {
  const address = ipv4Range(serviceCidr).first + 1n;
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join(".");
}

/**
 * Prefix length of the range each node takes out of `podCidr`: a /24 as usual,
 * smaller ones when the whole is too small for a fair number of nodes.
 */
export function nodeCidrMaskSize(podCidr: Cidr): number {
  return Math.max(24, Math.min(28, podCidr.prefixLength + 6));
}

/** How many nodes `podCidr` has a range for. */
export function maximumNodes(podCidr: Cidr): number {
  return 2 ** Math.max(0, nodeCidrMaskSize(podCidr) - podCidr.prefixLength);
}

/** Pods a node takes: a kubelet's default, or fewer when its range has fewer addresses. */
export function maximumPodsPerNode(podCidr: Cidr): number {
  return Math.min(110, 2 ** (32 - nodeCidrMaskSize(podCidr)) - 2);
}
