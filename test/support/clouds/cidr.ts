import { parseCidr, cidrsOverlap as parsedOverlap } from "../../../src/core/cidr.js";

/** Blocks of addresses as texts; what is no block neither contains nor overlaps anything. */

export function cidrPrefix(cidr: string): number | undefined {
  return parseCidr(cidr)?.prefixLength;
}

export function cidrsOverlap(a: string, b: string): boolean {
  const [first, second] = [parseCidr(a), parseCidr(b)];
  return first !== undefined && second !== undefined && parsedOverlap(first, second);
}

/** Whether every address of `inner` is in `outer`. */
export function cidrContains(outer: string, inner: string): boolean {
  const [wide, narrow] = [parseCidr(outer), parseCidr(inner)];
  return wide !== undefined && narrow !== undefined && wide.first <= narrow.first && narrow.last <= wide.last;
}
