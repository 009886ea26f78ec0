import { around, type BadOnpremCase, block, threeControlPlanes } from "./case.js";

const addresses = (...ranges: string[]) => ({ loadBalancer: { addresses: ranges } });
const lb = "onprem.loadBalancer.addresses";

export const endpointCases: readonly BadOnpremCase[] = [
  block(
    "three control planes without an address for all",
    { hosts: threeControlPlanes },
    {
      code: "onprem/endpoint-needed",
      path: "onprem.endpoint",
      fix: /vip/,
    },
  ),
  block(
    "two endpoints",
    { endpoint: { vip: "10.89.0.100", external: "lb.example.com:6443" } },
    {
      code: "onprem/endpoint-twice",
      path: "onprem.endpoint",
      fix: /leave out one/,
    },
  ),
  block(
    "a virtual address that a host has",
    { endpoint: { vip: "10.89.0.21" } },
    {
      code: "onprem/vip-taken",
      path: "onprem.endpoint.vip",
      value: "10.89.0.21",
      fix: /that nobody has/,
    },
  ),
  block(
    "a virtual address that is none",
    { endpoint: { vip: "api.example.com" } },
    {
      code: "onprem/address-format",
      path: "onprem.endpoint.vip",
      value: "api.example.com",
      fix: /free IPv4 address/,
    },
  ),
  block(
    "a load balancer without a port",
    { endpoint: { external: "lb.example.com" } },
    {
      code: "onprem/external-format",
      path: "onprem.endpoint.external",
      value: "lb.example.com",
      fix: /lb\.example\.com:6443/,
    },
  ),
  block(
    "a load balancer with a scheme",
    { endpoint: { external: "https://lb.example.com:6443" } },
    {
      code: "onprem/external-format",
      path: "onprem.endpoint.external",
      value: "https://lb.example.com:6443",
      fix: /without a scheme/,
    },
  ),
  block(
    "a router id without a virtual address",
    { endpoint: { external: "lb.example.com:6443", routerId: 7 } },
    {
      code: "onprem/unused-router-id",
      path: "onprem.endpoint.routerId",
      value: 7,
      fix: /leave routerId out/,
    },
  ),
];

export const addressCases: readonly BadOnpremCase[] = [
  block("no addresses for load balancers", addresses(), {
    code: "onprem/no-addresses",
    path: lb,
    value: [],
    fix: /add a range/,
  }),
  block("a range that is none", addresses("10.89.0.220-10.89.0.200"), {
    code: "onprem/range-format",
    path: `${lb}[0]`,
    value: "10.89.0.220-10.89.0.200",
    fix: /10\.89\.0\.200-10\.89\.0\.220/,
  }),
  block("a single address in place of a range", addresses("10.89.0.200"), {
    code: "onprem/range-format",
    path: `${lb}[0]`,
    value: "10.89.0.200",
    fix: /a CIDR/,
  }),
  block("addresses of hosts for load balancers", addresses("10.89.0.16/28"), {
    code: "onprem/range-overlap",
    path: `${lb}[0]`,
    value: "10.89.0.16/28",
    fix: /nothing else has/,
  }),
  block(
    "the virtual address for load balancers",
    { ...addresses("10.89.0.96/28"), endpoint: { vip: "10.89.0.100" } },
    {
      code: "onprem/range-overlap",
      path: `${lb}[0]`,
      value: "10.89.0.96/28",
      fix: /nothing else has/,
    },
  ),
  block("pods' addresses for load balancers", addresses("10.244.3.0/24"), {
    code: "onprem/range-overlap",
    path: `${lb}[0]`,
    value: "10.244.3.0/24",
    fix: /nothing else has/,
  }),
  block("addresses twice", addresses("10.89.0.200-10.89.0.220", "10.89.0.220-10.89.0.230"), {
    code: "onprem/range-overlap",
    path: `${lb}[1]`,
    value: "10.89.0.220-10.89.0.230",
    fix: /nothing else has/,
  }),
  around(
    "pods where the hosts are",
    { network: { podCidr: "10.89.0.0/16" } },
    {
      code: "onprem/range-holds-host",
      path: "network.podCidr",
      value: "10.89.0.0/16",
      fix: /used nowhere/,
    },
  ),
  around(
    "fewer ranges for pods than hosts",
    { network: { podCidr: "10.244.0.0/24" } },
    {
      code: "onprem/pod-range-too-small",
      path: "network.podCidr",
      value: "10.244.0.0/24",
      fix: /use a \/23/,
    },
  ),
  around(
    "pods' addresses that cannot be divided",
    { network: { podCidr: "10.244.0.0/25" } },
    {
      code: "onprem/prefix-length",
      path: "network.podCidr",
      value: "10.244.0.0/25",
      fix: /\/8 to \/24/,
    },
  ),
  around(
    "IPv6 for Services",
    { network: { serviceCidr: "fd00::/112" } },
    {
      code: "onprem/ipv4-only",
      path: "network.serviceCidr",
      value: "fd00::/112",
      fix: /IPv4 range/,
    },
  ),
];
