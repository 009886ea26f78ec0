import { parseAddress } from "../../../core/cidr.js";
import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec, OnpremOptions } from "../../contract.js";
import { known } from "../../leaf.js";
import { parseExternal } from "../endpoint.js";
import { hostsOf } from "../nodes.js";

/** Whether the API server can be reached where it is said to be, whichever control plane is gone. */
export function checkEndpoint(spec: ClusterSpec, { endpoint = {} }: OnpremOptions): Problem[] {
  const { vip, external, routerId } = endpoint;
  const path = "onprem.endpoint";
  if (vip !== undefined && external !== undefined) {
    const why = "the API server is reached at one address, and both vip and external are given";
    return [{ code: "onprem/endpoint-twice", path, why, fix: "leave out one of vip and external" }];
  }
  const unused: Problem[] =
    routerId === undefined || vip !== undefined
      ? []
      : [
          {
            code: "onprem/unused-router-id",
            path: `${path}.routerId`,
            value: routerId,
            why: "only a virtual address has a router id, and there is no vip",
            fix: "leave routerId out",
          },
        ];
  if (vip !== undefined) return checkVip(spec, known(vip));
  if (external !== undefined) return [...unused, ...checkExternal(known(external))];
  return [...unused, ...checkSingle(spec)];
}

function checkVip(spec: ClusterSpec, vip: string | undefined): Problem[] {
  if (vip === undefined) return [];
  const at = { path: "onprem.endpoint.vip", value: vip };
  if (parseAddress(vip)?.family !== 4) {
    const fix = "write a free IPv4 address of the hosts' network, for example 10.89.0.100";
    return [{ code: "onprem/address-format", ...at, why: "this is not an IPv4 address", fix }];
  }
  const taken = hostsOf(spec).find(([, { address }]) => known(address) === vip)?.[0];
  if (taken === undefined) return [];
  const why = `it is the address of ${taken}, and would be taken away from it`;
  return [{ code: "onprem/vip-taken", ...at, why, fix: "choose an address that nobody has" }];
}

function checkExternal(external: string | undefined): Problem[] {
  if (external === undefined || parseExternal(external) !== undefined) return [];
  const hasPort = /:\d+$/.test(external);
  return [
    {
      code: "onprem/external-format",
      path: "onprem.endpoint.external",
      value: external,
      why: hasPort ? "this is not a name or IPv4 address, and a port from 1 to 65535" : "the port is missing",
      fix: `write host:port without a scheme, for example ${exampleOf(external)}`,
    },
  ];
}

function exampleOf(external: string): string {
  const host = /^(?:https?:\/\/)?([A-Za-z0-9][A-Za-z0-9.-]*)\/?$/.exec(external)?.[1];
  return `${host ?? "api.example.com"}:6443`;
}

function checkSingle(spec: ClusterSpec): Problem[] {
  const count = hostsOf(spec).filter(([, { role }]) => role === "controlPlane").length;
  if (count < 2) return [];
  return [
    {
      code: "onprem/endpoint-needed",
      path: "onprem.endpoint",
      why: `without it nodes and clients would reach one of ${count} control planes only, and none when that one is gone`,
      fix: 'add endpoint: { vip: "…" } with a free address of the hosts\' network, or { external: "host:6443" }',
    },
  ];
}
