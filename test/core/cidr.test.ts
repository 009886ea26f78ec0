import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrsOverlap, networkOf, parseAddress, parseAddressRange, parseCidr } from "../../src/core/cidr.js";

describe("parseCidr", () => {
  test.each([
    ["10.0.0.0/16", 4, 16],
    ["0.0.0.0/0", 4, 0],
    ["192.168.1.1/32", 4, 32],
    ["fd00::/56", 6, 56],
    ["::/0", 6, 0],
    ["2001:db8:0:0:0:0:0:0/32", 6, 32],
    ["::1/128", 6, 128],
  ] as const)("reads %s", (text, family, prefixLength) => {
    expect(parseCidr(text)).toMatchObject({ family, prefixLength });
  });

  test.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/016",
    "10.0.0/16",
    "10.0.0.256/24",
    "10.0.0.010/32",
    "10.0.0.1/16",
    "fd00::1::/64",
    "fd00::1/64",
    "fd00:1:2:3:4:5:6:7:8/128",
    "1:2:3:4:5:6:7::8/128x",
    "::ffff:10.0.0.0/120",
    "",
    "office",
  ])("refuses %j", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

const ipv4 = fc.tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 1, max: 32 }));

function block([address, length]: readonly [number, number]): string {
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  const meant = networkOf(`${octets.join(".")}/${length}`);
  if (meant === undefined) throw new Error(`no block for ${octets.join(".")}/${length}`);
  return meant;
}

describe("any two blocks", () => {
  test("overlap exactly when one holds the other's first address", () => {
    fc.assert(
      fc.property(ipv4, ipv4, (one, other) => {
        const [a, b] = [parseCidr(block(one)), parseCidr(block(other))];
        if (a === undefined || b === undefined) throw new Error("networkOf gave no block");
        const holds = (a.first <= b.first && b.first <= a.last) || (b.first <= a.first && a.first <= b.last);
        expect(cidrsOverlap(a, b)).toBe(holds);
        expect(cidrsOverlap(b, a)).toBe(holds);
      }),
    );
  });

  test("of different families never overlap", () => {
    const [a, b] = [parseCidr("0.0.0.0/0"), parseCidr("::/0")];
    expect(a !== undefined && b !== undefined && cidrsOverlap(a, b)).toBe(false);
  });
});

test.each([
  ["10.1.2.3/16", "10.1.0.0/16"],
  ["255.255.255.255/1", "128.0.0.0/1"],
  ["10.0.0.0/16", "10.0.0.0/16"],
  ["10.0.0.300/16", undefined],
  ["fd00::1/64", undefined],
])("networkOf(%j) is %j", (text, meant) => {
  expect(networkOf(text)).toBe(meant);
});

describe("parseAddressRange", () => {
  test.each([
    ["10.0.0.1-10.0.0.9", "10.0.0.0/29", true],
    ["10.0.0.9-10.0.0.9", "10.0.0.0/29", false],
    ["10.0.0.1 - 10.0.1.1", "10.0.1.0/24", true],
  ])("reads %s", (text, block, overlaps) => {
    const [range, cidr] = [parseAddressRange(text), parseCidr(block)];
    if (range === undefined || cidr === undefined) throw new Error("was not read");
    expect(cidrsOverlap(range, cidr)).toBe(overlaps);
  });

  test.each(["10.0.0.9-10.0.0.1", "10.0.0.1", "10.0.0.1-", "10.0.0.1-fd00::1", "10.0.0.1-10.0.0.2-10.0.0.3", "a-b"])(
    "refuses %s",
    (text) => {
      expect(parseAddressRange(text)).toBeUndefined();
    },
  );
});

test("a single address is a range of one", () => {
  expect(parseAddress("10.0.0.7")).toEqual({ family: 4, first: 0x0a000007n, last: 0x0a000007n });
  for (const text of ["10.0.0.7/32", "10.0.0.07", "host.example.com", ""]) expect(parseAddress(text)).toBeUndefined();
});
