/** Addresses in a row, as numbers. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** A block of addresses: a range in which so many leading bits are fixed. */
export interface Cidr extends AddressRange {
  readonly prefixLength: number;
}

/** A single address as a range; undefined when the text is none. */
export function parseAddress(text: string): AddressRange | undefined {
  const parsed = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return parsed === undefined ? undefined : { family: parsed.family, first: parsed.value, last: parsed.value };
}

/** Parses `10.0.0.1-10.0.0.9`; undefined when it is no range, or ends before it begins. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [from, to, more] = text.split("-").map((part) => parseAddress(part.trim()));
  if (from === undefined || to === undefined || more !== undefined || from.family !== to.family) return undefined;
  return from.first > to.first ? undefined : { family: from.family, first: from.first, last: to.first };
}

/**
 * Parses `10.0.0.0/16` or `fd00::/56`.
 *
 * @returns undefined when the text is not a block, or has bits set beyond its prefix.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const [, address, length] = match ?? [];
  if (address === undefined || length === undefined) return undefined;
  const parsed = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (parsed === undefined) return undefined;
  const bits = parsed.family === 4 ? 32 : 128;
  const prefixLength = Number(length);
  if (prefixLength > bits) return undefined;
  const size = 1n << BigInt(bits - prefixLength);
  if (parsed.value % size !== 0n) return undefined;
  return { family: parsed.family, first: parsed.value, last: parsed.value + size - 1n, prefixLength };
}

/** True when two ranges share an address. */
export function cidrsOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The block that a text with host bits was meant to be, for example `10.0.0.0/16` for `10.0.0.7/16`. */
export function networkOf(text: string): string | undefined {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/([1-9]|[12]\d|3[0-2])$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpv4(match[1]);
  if (address === undefined) return undefined;
  const size = 1n << BigInt(32 - Number(match?.[2]));
  const first = address.value - (address.value % size);
  const octets = [24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 255n);
  return `${octets.join(".")}/${match?.[2]}`;
}

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

function parseIpv4(text: string): Address | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let value = 0n;
  for (const octet of octets) {
    // A leading zero is octal to some parsers and decimal to others.
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return { family: 4, value };
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const left = head ?? [];
  const right = tail ?? [];
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...left, ...Array.from({ length: missing }, () => "0"), ...right]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return { family: 6, value };
}
