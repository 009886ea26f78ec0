import { parseAddressRange, parseCidr } from "../../core/cidr.js";
import { addon, type CapabilityTable, unsupported } from "../capabilities.js";
import type { ClusterSpec, OnpremOptions } from "../contract.js";
import { onpremPools } from "../matrix-onprem.js";

const noAddresses = unsupported(
  "no addresses were given for load balancers",
  "list free addresses of the hosts' network in `onprem.loadBalancer.addresses`",
);
const noAddressLeft = unsupported(
  "the gateways' address would be the only one that there is for load balancers",
  "list a second address in `onprem.loadBalancer.addresses`",
);
const traefik = addon("Traefik, one address for all gateways, and the class `isokube`");

/**
 * What serves gateways: Envoy Gateway where its images can be had; with a
 * bundle Traefik, which can be built from its sources. Traefik's address is
 * taken for good, so a pool of a single one is left to workloads.
 */
export function gatewayOf({ artifacts = {}, loadBalancer }: OnpremOptions): "envoy" | "traefik" | undefined {
  if (loadBalancer === undefined) return undefined;
  if (artifacts.bundle === undefined) return "envoy";
  const ranges = loadBalancer.addresses.flatMap((text) => parseCidr(text) ?? parseAddressRange(text) ?? []);
  const addresses = ranges.reduce((sum, { first, last }) => sum + (last - first) + 1n, 0n);
  return addresses < 2n ? undefined : "traefik";
}

/** What a cluster of this spec gives; where the hosts are not told yet, what it can give. */
export function tableOf({ onprem }: ClusterSpec): CapabilityTable {
  if (onprem === undefined) return onpremPools;
  if (onprem.loadBalancer === undefined) return { ...onpremPools, loadBalancer: noAddresses, gateway: noAddresses };
  const gateway = gatewayOf(onprem);
  if (gateway === "envoy") return onpremPools;
  return { ...onpremPools, gateway: gateway === "traefik" ? traefik : noAddressLeft };
}
