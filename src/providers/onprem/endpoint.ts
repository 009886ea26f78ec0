import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, OnpremOptions } from "../contract.js";
import { isLater, mapLeaf } from "../leaf.js";
import { hostsOf } from "./nodes.js";
import type { EndpointWire } from "./wire.js";

/** A load balancer's `host:port`; undefined when the text is none. */
export function parseExternal(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):([1-9]\d{0,4})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] === undefined || port > 65535 ? undefined : { host: match[1], port };
}

/** Where the API server is reached. */
export function endpointOf(spec: ClusterSpec, { endpoint = {} }: OnpremOptions): EndpointWire {
  const { vip, external, routerId } = endpoint;
  if (vip !== undefined) return { kind: "vip", address: vip, routerId: routerId ?? mapLeaf(vip, lastNumber) };
  if (external !== undefined) {
    return {
      kind: "external",
      host: mapLeaf(external, (text) => parts(text).host),
      port: mapLeaf(external, (text) => parts(text).port),
    };
  }
  const only = hostsOf(spec).find(([, { role }]) => role === "controlPlane")?.[1];
  if (only === undefined) throw new Error("the checks let a cluster without a control plane pass");
  return { kind: "single", address: only.address };
}

/** The endpoint in one text, as far as it can be told: a change of it makes another cluster. */
export function endpointText({ kind, address, host, port }: EndpointWire): pulumi.Input<string> {
  const leaves = kind === "external" ? [host, port] : [address];
  const text = (values: readonly unknown[]) => `${kind} ${values.join(":")}`;
  return leaves.some((leaf) => isLater(leaf)) ? pulumi.all(leaves).apply(text) : text(leaves);
}

/** Networks seldom have two virtual addresses with the same last number, and then it can be said. 0 is no router id. */
function lastNumber(address: string): number {
  return Math.max(1, Number(address.split(".").at(-1)));
}

function parts(text: string): { readonly host: string; readonly port: number } {
  const found = parseExternal(text);
  if (found === undefined) throw new Error(`onprem.endpoint.external ${JSON.stringify(text)} is not host:port`);
  return found;
}
