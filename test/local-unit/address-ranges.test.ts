import { describe, expect, test } from "vitest";
import {
  firstServiceAddress,
  ipv4Range,
  maximumNodes,
  maximumPodsPerNode,
  nodeCidrMaskSize,
} from "../../src/local/address-ranges.js";

test.each([
  { podCidr: "10.244.0.0/16", mask: 24, nodes: 256, pods: 110 },
  { podCidr: "10.0.0.0/12", mask: 24, nodes: 4096, pods: 110 },
  { podCidr: "10.244.0.0/20", mask: 26, nodes: 64, pods: 62 },
  { podCidr: "10.244.0.0/22", mask: 28, nodes: 64, pods: 14 },
  { podCidr: "10.244.0.0/28", mask: 28, nodes: 1, pods: 14 },
])("$podCidr gives each of $nodes nodes a /$mask and $pods pods", ({ podCidr, mask, nodes, pods }) => {
  const range = ipv4Range(podCidr);
  expect(nodeCidrMaskSize(range)).toBe(mask);
  expect(maximumNodes(range)).toBe(nodes);
  expect(maximumPodsPerNode(range)).toBe(pods);
});

describe("the first Service address", () => {
  test.each([
    { serviceCidr: "10.96.0.0/16", address: "10.96.0.1" },
    { serviceCidr: "192.168.255.240/28", address: "192.168.255.241" },
  ])("of $serviceCidr is $address", ({ serviceCidr, address }) => {
    expect(firstServiceAddress(serviceCidr)).toBe(address);
  });

  test("is refused for what is no IPv4 range", () => {
    expect(() => firstServiceAddress("fd00::/112")).toThrow("not an IPv4 range: fd00::/112");
  });
});
