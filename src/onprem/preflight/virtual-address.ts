import { networkOf } from "../../core/cidr.js";
import type { Problem } from "../../core/problems.js";
import { hostPath } from "../host/host-problem.js";
import { haproxyService } from "../phases/load-balancer.js";
import { keepalivedService } from "../phases/virtual-address.js";
import { isOurs, type PreflightInput } from "./input.js";

const path = "onprem.endpoint.vip";

/** The virtual address must be free, in the control planes' network, and keepalived and haproxy ours alone. */
export function checkVirtualAddress(input: PreflightInput): Problem[] {
  const { cluster, hosts, sight, virtualAddressAnswers } = input;
  if (cluster.endpoint.kind !== "vip") return [];
  const { address } = cluster.endpoint;
  const problems: Problem[] = [];
  const owner = hosts.find(({ node }) => node.host.address === address);
  if (owner !== undefined)
    problems.push({
      code: "onprem/vip-of-a-host",
      path,
      value: address,
      why: `it is ${owner.node.name}'s own address, so it cannot move to another host`,
      fix: "choose an address of the same network that no machine has",
    });
  const holders = hosts.filter(
    (candidate) =>
      candidate !== owner &&
      candidate.facts.addresses.some((entry) => entry.address === address) &&
      !(isOurs(candidate, input) && candidate.node.role === "controlPlane"),
  );
  for (const { node } of holders)
    problems.push({
      code: "onprem/vip-in-use",
      path,
      value: address,
      why: `${node.name} has it, and is no control plane of this cluster`,
      fix: "take it from that host, or choose another address",
    });
  // A cluster that is there answers at it itself; a holder that we know was named above.
  const begun = hosts.some((candidate) => isOurs(candidate, input) && candidate.node.role === "controlPlane");
  if (virtualAddressAnswers === true && sight === undefined && !begun && holders.length === 0 && owner === undefined)
    problems.push({
      code: "onprem/vip-in-use",
      path,
      value: address,
      why: "a machine that is none of the hosts answers at it",
      fix: "choose an address that no machine has, outside of what DHCP gives away",
    });
  for (const candidate of hosts.filter(({ node }) => node.role === "controlPlane")) {
    const { node, facts } = candidate;
    const own = facts.addresses.find((entry) => entry.address === node.host.address);
    const network = own === undefined ? undefined : networkOf(`${own.address}/${own.prefix}`);
    if (own !== undefined && network !== networkOf(`${address}/${own.prefix}`))
      problems.push({
        code: "onprem/vip-outside",
        path,
        value: address,
        why: `it is not in ${network}, the network of ${node.name}, so nobody would find it there`,
        fix: "choose an address of the control planes' network, or use a load balancer (external)",
      });
    if (isOurs(candidate, input)) continue;
    for (const service of [keepalivedService, haproxyService].filter(
      (name) => facts.services[name]?.active === "active",
    ))
      problems.push({
        code: `onprem/${service}-in-use`,
        path: hostPath(node.name),
        value: service,
        why: `${service} already runs on the host for something else, and its configuration would be replaced`,
        fix: `use a load balancer (external), or hosts without ${service}`,
      });
  }
  return problems;
}
