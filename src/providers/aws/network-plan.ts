import { parseCidr } from "../../core/cidr.js";
import type { Problem } from "../../core/problems.js";

/** Blocks of one zone. */
export interface ZoneBlocks {
  /** Nodes and pods. */
  readonly private: string;
  /** NAT gateway and public load balancers. */
  readonly public: string;
}

/** What AWS takes for a VPC. */
const largestVpc = 16;
/** Three private quarters, and the smallest subnets (/28) for three zones in the last. */
const smallestVpc = 24;
const smallestSubnet = 28;

/**
 * Cuts the VPC's range: a quarter for the nodes and pods of each zone, and small
 * public subnets from the last quarter. Quarters whatever the number of zones,
 * so that adding a zone moves nothing.
 *
 * @returns a problem without its path, when the range cannot be cut.
 */
export function cutSubnets(cidr: string, zones: number): readonly ZoneBlocks[] | Omit<Problem, "path"> {
  const problem = (code: string, why: string, fix: string) => ({ code, value: cidr, why, fix });
  const block = parseCidr(cidr);
  if (block === undefined)
    return problem("cidr/format", "this is not an address range", "write for example 10.0.0.0/16");
  if (block.family === 6) {
    return problem(
      "aws/cidr-family",
      "nodes and pods on EKS have IPv4 addresses here",
      "write for example 10.0.0.0/16",
    );
  }
  const { first, prefixLength } = block;
  if (prefixLength < largestVpc) {
    const why = `a VPC has at most a /${largestVpc}, and this is a /${prefixLength}`;
    return problem("aws/cidr-too-large", why, `write the same range as a /${largestVpc}`);
  }
  if (prefixLength > smallestVpc) {
    const why = `it is too small for private and public subnets in ${zones} zones: a VPC here has at least a /${smallestVpc}`;
    return problem("aws/cidr-too-small", why, "use a /16, or at least a /20: pods take their addresses from it too");
  }
  const quarter = prefixLength + 2;
  const small = Math.max(24, Math.min(smallestSubnet, prefixLength + 8));
  const publicStart = first + 3n * sizeOf(quarter);
  return Array.from({ length: zones }, (_, zone) => ({
    private: format(first + BigInt(zone) * sizeOf(quarter), quarter),
    public: format(publicStart + BigInt(zone) * sizeOf(small), small),
  }));
}

export function isProblem(cut: readonly ZoneBlocks[] | Omit<Problem, "path">): cut is Omit<Problem, "path"> {
  return "code" in cut;
}

const sizeOf = (prefixLength: number): bigint => 1n << BigInt(32 - prefixLength);

function format(first: bigint, prefixLength: number): string {
  return `${[24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 255n).join(".")}/${prefixLength}`;
}
