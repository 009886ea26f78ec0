import { type AddressRange, cidrsOverlap, parseAddress, parseAddressRange, parseCidr } from "../../../core/cidr.js";
import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec, OnpremOptions } from "../../contract.js";
import { known } from "../../leaf.js";
import { hostsOf } from "../nodes.js";

/** Some addresses, and what they are. */
interface Taken {
  readonly what: string;
  readonly range: AddressRange;
}

/** Whether no address is two things at once, and whether there are enough of them. */
export function checkAddresses(spec: ClusterSpec, onprem: OnpremOptions): Problem[] {
  const machines = [...hostAddresses(spec), ...endpointAddress(onprem)];
  return [
    ...checkRange(spec, "podCidr", machines),
    ...checkRange(spec, "serviceCidr", machines),
    ...checkPodCount(spec),
    ...checkLoadBalancer(onprem, [...machines, ...inside(spec)]),
  ];
}

function hostAddresses(spec: ClusterSpec): Taken[] {
  return hostsOf(spec).flatMap(([name, { address }]) =>
    taken(`the address of ${name}`, parseAddress(known(address) ?? "")),
  );
}

function endpointAddress({ endpoint }: OnpremOptions): Taken[] {
  return taken("onprem.endpoint.vip", parseAddress(known(endpoint?.vip) ?? ""));
}

function inside({ network }: ClusterSpec): Taken[] {
  return (["podCidr", "serviceCidr"] as const).flatMap((name) =>
    taken(`network.${name}`, parseCidr(known(network[name]) ?? "")),
  );
}

const taken = (what: string, range: AddressRange | undefined): Taken[] =>
  range === undefined ? [] : [{ what, range }];

function overlapping(range: AddressRange, others: readonly Taken[]): string | undefined {
  return others.find((other) => cidrsOverlap(range, other.range))?.what;
}

/** kubeadm's controller manager gives each node a /24, and cannot divide more than 16 bits; Services have at most 20. */
const bounds = { podCidr: { shortest: 8, longest: 24 }, serviceCidr: { shortest: 12, longest: 28 } } as const;

function checkRange({ network }: ClusterSpec, name: "podCidr" | "serviceCidr", machines: readonly Taken[]): Problem[] {
  const text = known(network[name]);
  const range = text === undefined ? undefined : parseCidr(text);
  if (range === undefined) return [];
  const at = { path: `network.${name}`, value: text };
  const { shortest, longest } = bounds[name];
  if (range.family !== 4) {
    const why = "bare metal has IPv4 addresses inside";
    return [{ code: "onprem/ipv4-only", ...at, why, fix: `write an IPv4 range, for example 10.244.0.0/16` }];
  }
  if (range.prefixLength < shortest || range.prefixLength > longest) {
    const why = `the prefix has to be between /${shortest} and /${longest}`;
    return [{ code: "onprem/prefix-length", ...at, why, fix: `write a range from /${shortest} to /${longest}` }];
  }
  const other = overlapping(range, machines);
  if (other === undefined) return [];
  const why = `it holds ${other}, which could not be reached from inside the cluster then`;
  return [{ code: "onprem/range-holds-host", ...at, why, fix: "choose a range that is used nowhere in your network" }];
}

/** Each node gets a /24 of the pods' range. */
function checkPodCount(spec: ClusterSpec): Problem[] {
  const text = known(spec.network.podCidr);
  const range = text === undefined ? undefined : parseCidr(text);
  if (range === undefined || range.family !== 4 || range.prefixLength > 24) return [];
  const [most, hosts] = [2 ** (24 - range.prefixLength), hostsOf(spec).length];
  if (hosts <= most) return [];
  const why = `each node gets a /24 of it, which is enough for ${most}, and there are ${hosts} hosts`;
  const needed = 24 - Math.ceil(Math.log2(hosts));
  return [{ code: "onprem/pod-range-too-small", path: "network.podCidr", value: text, why, fix: `use a /${needed}` }];
}

function checkLoadBalancer({ loadBalancer }: OnpremOptions, others: readonly Taken[]): Problem[] {
  if (loadBalancer === undefined) return [];
  const path = "onprem.loadBalancer.addresses";
  if (loadBalancer.addresses.length === 0) {
    const why = "there is no address that a Service could get";
    return [{ code: "onprem/no-addresses", path, value: [], why, fix: "add a range, or leave loadBalancer out" }];
  }
  const before: Taken[] = [...others];
  return loadBalancer.addresses.flatMap((text, index): Problem[] => {
    const at = { path: `${path}[${index}]`, value: text };
    const range = parseCidr(text) ?? parseAddressRange(text);
    if (range?.family !== 4) {
      const why = text.includes("-")
        ? "this is not a range of IPv4 addresses from low to high"
        : "this is not an IPv4 range";
      const fix = "write 10.89.0.200-10.89.0.220, or a CIDR such as 10.89.0.224/28";
      return [{ code: "onprem/range-format", ...at, why, fix }];
    }
    const other = overlapping(range, before);
    before.push({ what: at.path, range });
    if (other === undefined) return [];
    const why = `it overlaps ${other}`;
    return [{ code: "onprem/range-overlap", ...at, why, fix: "list only addresses that nothing else has" }];
  });
}
