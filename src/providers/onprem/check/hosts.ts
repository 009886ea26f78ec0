import { parseAddress } from "../../../core/cidr.js";
import { dnsLabelProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { hostPath, hostsOf } from "../nodes.js";

/** etcd asks every member for every write: more of them make it slower, and hardly safer. */
const mostControlPlanes = 5;

/** Whether there are hosts, each once, and as many control planes as make a quorum. */
export function checkHosts(spec: ClusterSpec): Problem[] {
  const hosts = hostsOf(spec);
  if (hosts.length === 0) {
    const why = "a cluster is made of hosts";
    const fix = 'add a host, for example hosts: { node-1: { address: "10.89.0.11", role: "controlPlane" } }';
    return [{ code: "onprem/no-hosts", path: "onprem.hosts", value: {}, why, fix }];
  }
  const addresses = hosts.map(([, { address }]) => known(address));
  return [
    ...hosts.flatMap(([name], index) => [
      ...checkName(name),
      ...checkAddress(name, addresses[index], hosts[addresses.indexOf(addresses[index])]?.[0] ?? name),
    ]),
    ...checkControlPlanes(spec),
  ];
}

function checkName(name: string): Problem[] {
  const problem = dnsLabelProblem(name);
  if (problem === undefined) return [];
  const why = `it is the name of the node, which ${problem}`;
  return [{ code: "name/format", path: hostPath(name), value: name, why, fix: "rename it" }];
}

/** `first` is the host that has the same address before it, or the host itself. */
function checkAddress(name: string, address: string | undefined, first: string): Problem[] {
  if (address === undefined) return [];
  const at = { path: `${hostPath(name)}.address`, value: address };
  if (parseAddress(address)?.family !== 4) {
    const why = parseAddress(address) === undefined ? "this is not an address" : "nodes have IPv4 addresses";
    return [
      { code: "onprem/address-format", ...at, why, fix: "write the host's IPv4 address, for example 10.89.0.11" },
    ];
  }
  if (first === name) return [];
  return [
    {
      code: "onprem/address-twice",
      ...at,
      why: `${first} has this address too, and one host is one node`,
      fix: "write the host's own address, or remove one of the two",
    },
  ];
}

function checkControlPlanes(spec: ClusterSpec): Problem[] {
  const count = hostsOf(spec).filter(([, { role }]) => role === "controlPlane").length;
  const { highlyAvailable } = spec.controlPlane;
  const at = { path: "onprem.hosts", value: count };
  const others = 'change the role of hosts to "worker", or add control planes';
  if (count === 0) {
    const why = "no host has the role controlPlane";
    return [{ code: "onprem/no-control-plane", ...at, why, fix: 'give one, three or five hosts role: "controlPlane"' }];
  }
  if (count > mostControlPlanes) {
    const why = `${count} hosts are control planes, and more than ${mostControlPlanes} make every write slower without being safer`;
    return [{ code: "onprem/too-many-control-planes", ...at, why, fix: "use 3 or 5, and make the others workers" }];
  }
  if (count % 2 === 0) {
    const why = `${count} hosts are control planes, which survive no more losses than ${count - 1} and can be split in halves`;
    return [{ code: "onprem/even-control-planes", ...at, why, fix: `use 1, 3 or 5: ${others}` }];
  }
  if (!highlyAvailable || count > 1) return [];
  return [
    {
      code: "onprem/not-highly-available",
      path: "controlPlane.highlyAvailable",
      value: true,
      why: "a control plane on one host does not survive its loss",
      fix: 'give 3 or 5 hosts role: "controlPlane", and an endpoint to all of them in onprem.endpoint',
    },
  ];
}
