import { type Cidr, cidrsOverlap, networkOf, parseCidr } from "../../core/cidr.js";
import type { Problem } from "../../core/problems.js";
import { hostPath } from "../host/host-problem.js";
import { interfaceOf } from "../phases/virtual-address.js";
import { type Candidate, isOurs, type PreflightInput } from "./input.js";

/** Each node gets this much of the pods' addresses. */
const nodePrefix = 24;

export function checkNetworks(input: PreflightInput): Problem[] {
  const { podCidr, serviceCidr } = input.cluster;
  const ranges = [
    { path: "onprem.podCidr", text: podCidr, of: "pods" },
    { path: "onprem.serviceCidr", text: serviceCidr, of: "Services" },
  ].map((range) => ({ ...range, cidr: parseCidr(range.text) }));
  const problems: Problem[] = ranges
    .filter(({ cidr }) => cidr?.family !== 4)
    .map(({ path, text }) => ({
      code: "onprem/cidr-malformed",
      path,
      value: text,
      why: "is not an IPv4 range",
      fix: "write it like 10.244.0.0/16, with no bits set beyond the prefix",
    }));
  const [pods, services] = ranges.map(({ cidr }) => cidr);
  if (pods !== undefined && services !== undefined && cidrsOverlap(pods, services))
    problems.push({
      code: "onprem/cidr-overlap",
      path: "onprem.podCidr",
      value: podCidr,
      why: `overlaps the range of Services, ${serviceCidr}`,
      fix: "choose disjoint ranges",
    });
  return [...problems, ...checkRoom(input, pods), ...input.hosts.flatMap((host) => checkHost(host, input, ranges))];
}

function checkRoom({ cluster, hosts }: PreflightInput, pods: Cidr | undefined): Problem[] {
  if (pods === undefined || pods.family !== 4) return [];
  const nodes = pods.prefixLength > nodePrefix ? 0 : 2 ** (nodePrefix - pods.prefixLength);
  if (nodes >= hosts.length) return [];
  return [
    {
      code: "onprem/pod-cidr-too-small",
      path: "onprem.podCidr",
      value: cluster.podCidr,
      why: `each node takes a /${nodePrefix} of it, so it is enough for ${nodes} of ${hosts.length} hosts`,
      fix: `choose a range of at least /${nodePrefix - Math.ceil(Math.log2(hosts.length))}`,
    },
  ];
}

function checkHost(
  candidate: Candidate,
  input: PreflightInput,
  ranges: readonly {
    readonly path: string;
    readonly text: string;
    readonly of: string;
    readonly cidr: Cidr | undefined;
  }[],
): Problem[] {
  const { node, facts } = candidate;
  const own = interfaceOf(facts, node.host.address);
  if (own === undefined)
    return [
      {
        code: "onprem/address-not-on-host",
        path: hostPath(node.name, "address"),
        value: node.host.address,
        why: "no interface of the host has this address, which other nodes would reach it by",
        fix: `give one of its own: ${facts.addresses.map(({ address }) => address).join(", ")}`,
      },
    ];
  // On a node of ours, the other interfaces may be the pods' network itself.
  const relevant = facts.addresses.filter((entry) =>
    isOurs(candidate, input) ? entry.interface === own : entry.interface !== "lo",
  );
  return relevant.flatMap(({ interface: name, address, prefix }) => {
    const network = networkOf(`${address}/${prefix}`);
    const cidr = network === undefined ? undefined : parseCidr(network);
    if (cidr === undefined) return [];
    return ranges
      .filter((range) => range.cidr !== undefined && cidrsOverlap(range.cidr, cidr))
      .map(({ path, text, of }) => ({
        code: "onprem/cidr-overlap",
        path,
        value: text,
        why: `the range of ${of} overlaps ${network}, the network of ${node.name} on ${name}`,
        fix: "choose a range that no network of the hosts uses",
      }));
  });
}
