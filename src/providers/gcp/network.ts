import type * as pulumi from "@pulumi/pulumi";
import type { ClusterGuard, ClusterSpec } from "../contract.js";
import { nameBase } from "./names.js";
import type { Place } from "./place.js";
import type { GcpSdk } from "./sdk.js";

/** What a cluster is put into. */
export interface ClusterNetwork {
  readonly network: pulumi.Input<string>;
  readonly subnetwork: pulumi.Input<string>;
  /** Names of the subnet's secondary ranges. */
  readonly podRange: pulumi.Input<string>;
  readonly serviceRange: pulumi.Input<string>;
  /** The network itself, where it was made here. */
  readonly created: { readonly id: pulumi.Input<string> } | undefined;
  /** What nodes need before they start, and until they are gone: the way out. */
  readonly egress: readonly pulumi.Resource[];
}

/** Ports of admission webhooks that GKE's own firewall rules leave closed. */
const webhookPorts = ["8443", "9443"];

/**
 * One subnet of the whole region, because subnets of Google Cloud span zones:
 * nodes have no address of their own outside, and leave through Cloud NAT.
 */
export function createNetwork(
  sdk: GcpSdk,
  name: string,
  spec: ClusterSpec,
  place: Place,
  guard: ClusterGuard | undefined,
  parent: pulumi.Resource,
): ClusterNetwork {
  const { cidr, podCidr, serviceCidr, existing } = spec.network;
  if (existing !== undefined) return broughtNetwork(existing);
  const { project, region } = place;
  const base = nameBase(name);
  const network = new sdk.compute.Network(
    base,
    { project, autoCreateSubnetworks: false, routingMode: "REGIONAL" },
    // A cluster that is made anew is there beside the old one, and two cannot have the same range of Services.
    { parent, ...(guard === undefined ? {} : { replacementTrigger: guard.generation }) },
  );
  const ranges = { pods: "pods", services: "services" } as const;
  const subnetwork = new sdk.compute.Subnetwork(
    `${base}-nodes`,
    {
      project,
      region,
      network: network.selfLink,
      ipCidrRange: cidr,
      secondaryIpRanges: [
        { rangeName: ranges.pods, ipCidrRange: podCidr },
        { rangeName: ranges.services, ipCidrRange: serviceCidr },
      ],
      // Images and logs go to Google without passing the NAT.
      privateIpGoogleAccess: true,
    },
    { parent },
  );
  const router = new sdk.compute.Router(`${base}-router`, { project, region, network: network.selfLink }, { parent });
  const nat = new sdk.compute.RouterNat(
    `${base}-nat`,
    {
      project,
      region,
      router: router.name,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: subnetwork.selfLink, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    },
    { parent },
  );
  return {
    network: network.selfLink,
    subnetwork: subnetwork.selfLink,
    podRange: ranges.pods,
    serviceRange: ranges.services,
    created: network,
    egress: [nat],
  };
}

/**
 * Lets the control plane call admission webhooks on the usual ports: GKE itself
 * opens only 443 and 10250, and a webhook that cannot be called blocks every
 * change of what it guards.
 */
export function createWebhookFirewall(
  sdk: GcpSdk,
  name: string,
  { network: { cidr } }: ClusterSpec,
  { project }: Place,
  { created }: ClusterNetwork,
  nodes: pulumi.Input<string>,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (created === undefined) return [];
  const firewall = new sdk.compute.Firewall(
    `${nameBase(name)}-webhooks`,
    {
      project,
      network: created.id,
      description: "Admission webhooks, called by the control plane",
      direction: "INGRESS",
      // The control plane's private endpoint is an address of the nodes' subnet.
      sourceRanges: [cidr],
      targetServiceAccounts: [nodes],
      allows: [{ protocol: "tcp", ports: webhookPorts }],
    },
    { parent },
  );
  return [firewall];
}

function broughtNetwork(existing: NonNullable<ClusterSpec["network"]["existing"]>): ClusterNetwork {
  const [subnetwork] = existing.subnets;
  const { podRange, serviceRange } = existing;
  if (subnetwork === undefined || podRange === undefined || serviceRange === undefined) {
    throw new Error("the checks let an incomplete network pass");
  }
  return { network: existing.id, subnetwork, podRange, serviceRange, created: undefined, egress: [] };
}
