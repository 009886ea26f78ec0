/**
 * The few ASN.1 types an X.509 certificate is made of, in DER (ITU-T X.690).
 * Node's crypto signs and parses certificates but does not build them.
 */

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export function tagged(type: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([type]), length(content.length), content]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => tagged(tag.sequence, ...items);
export const set = (...items: readonly Buffer[]): Buffer => tagged(tag.set, ...items);
export const octetString = (content: Buffer): Buffer => tagged(tag.octetString, content);
export const utf8String = (text: string): Buffer => tagged(tag.utf8String, Buffer.from(text, "utf8"));
export const boolean = (value: boolean): Buffer => tagged(tag.boolean, Buffer.from([value ? 0xff : 0]));
export const explicit = (number: number, content: Buffer): Buffer => tagged(0xa0 | number, content);
export const bitString = (content: Buffer, unusedBits = 0): Buffer =>
  tagged(tag.bitString, Buffer.from([unusedBits]), content);

/** A positive integer given by its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const magnitude = bytes.subarray(start);
  // A set top bit would read as a sign.
  const sign = ((magnitude[0] ?? 0) & 0x80) === 0 ? [] : [0];
  return tagged(tag.integer, Buffer.from(sign), magnitude);
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let value = arc >>> 7; value > 0; value >>>= 7) groups.unshift((value & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(tag.objectIdentifier, Buffer.from(bytes));
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime after. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tagged(tag.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : tagged(tag.generalizedTime, Buffer.from(digits, "ascii"));
}
