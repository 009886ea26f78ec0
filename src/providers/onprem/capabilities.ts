import { type CapabilityTable, unsupported } from "../capabilities.js";
import type { ClusterSpec, OnpremOptions } from "../contract.js";
import { onpremPools } from "../matrix-onprem.js";

const noAddresses = unsupported(
  "no addresses were given for load balancers",
  "list free addresses of the hosts' network in `onprem.loadBalancer.addresses`",
);
const noController = unsupported(
  "a bundle holds no gateway controller: its images exist in registries only",
  "use `onprem.artifacts.images` with a registry that has them, or install a controller of your own",
);

/** Whether gateways are given: a controller has to be had, and addresses for them. */
export function hasGateway({ artifacts = {}, loadBalancer }: OnpremOptions): boolean {
  return artifacts.bundle === undefined && loadBalancer !== undefined;
}

/** What a cluster of this spec gives; where the hosts are not told yet, what it can give. */
export function tableOf({ onprem }: ClusterSpec): CapabilityTable {
  if (onprem === undefined || hasGateway(onprem)) return onpremPools;
  const { loadBalancer } = onprem;
  return loadBalancer === undefined
    ? { ...onpremPools, loadBalancer: noAddresses, gateway: noAddresses }
    : { ...onpremPools, gateway: noController };
}
