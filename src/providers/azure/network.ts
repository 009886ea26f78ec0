import * as pulumi from "@pulumi/pulumi";
import { planAddresses } from "./address-plan.js";
import { type AzureContext, inGroup } from "./context.js";
import { sdk } from "./sdk.js";
import { networkZones } from "./zones.js";

/** Where nodes and the API server are, and how packets leave. */
export interface AzureNetwork {
  /** Subnet of the nodes. */
  readonly nodeSubnetId: pulumi.Input<string>;
  /** Subnet that is delegated to AKS for the API server; left out where a brought network has none. */
  readonly apiServerSubnetId: pulumi.Input<string> | undefined;
  /** How nodes reach the world. */
  readonly outboundType: "userAssignedNATGateway" | "loadBalancer";
  /** On what the control plane must be allowed to work, by the ending of the grant's name. */
  readonly grantScopes: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The network of the cluster: made, or the one that was brought along. */
export function createNetwork(context: AzureContext): AzureNetwork {
  const { existing } = context.spec.network;
  if (existing === undefined) return makeNetwork(context);
  const [nodes, apiServer] = existing.subnets;
  // `check` has seen that there is one.
  if (nodes === undefined) throw new Error("a brought network without a subnet");
  return {
    nodeSubnetId: nodes,
    apiServerSubnetId: apiServer,
    // Works whatever else the subnet has: a NAT gateway of its own comes before the load balancer's rules.
    outboundType: "loadBalancer",
    grantScopes: { nodes, ...(apiServer === undefined ? {} : { "api-server": apiServer }) },
  };
}

function makeNetwork(context: AzureContext): AzureNetwork {
  const { name, parent, spec } = context;
  const { NatGateway, PublicIPAddress, Subnet, VirtualNetwork } = sdk.network();
  const plan = pulumi.output(spec.network.cidr).apply((cidr) => {
    const found = planAddresses(cidr);
    if (found === undefined) throw new Error(`network.cidr ${cidr} has no room for the cluster's subnets`);
    return found;
  });

  // Azure changes no range that a cluster is in, and the old cluster goes last of all: another range is another network,
  // with a gateway of its own, because a gateway serves one network.
  const ofRange: pulumi.CustomResourceOptions = { parent, replacementTrigger: spec.network.cidr };
  const network = new VirtualNetwork(
    `${name}-network`,
    { ...inGroup(context), addressSpace: { addressPrefixes: [spec.network.cidr] } },
    ofRange,
  );
  const zones = networkZones(spec);
  const address = new PublicIPAddress(
    `${name}-egress`,
    {
      ...inGroup(context),
      sku: { name: "Standard", tier: "Regional" },
      publicIPAllocationMethod: "Static",
      publicIPAddressVersion: "IPv4",
      ...(zones.length === 0 ? {} : { zones }),
    },
    ofRange,
  );
  // Without a zone of its own the gateway serves all of them; its address is in every zone.
  const gateway = new NatGateway(
    `${name}-egress`,
    {
      ...inGroup(context),
      sku: { name: "Standard" },
      idleTimeoutInMinutes: 4,
      publicIpAddresses: [{ id: address.id }],
    },
    ofRange,
  );
  const inNetwork = { resourceGroupName: context.group.name, virtualNetworkName: network.name };
  const nodes = new Subnet(
    `${name}-nodes`,
    {
      ...inNetwork,
      addressPrefix: plan.nodes,
      natGateway: { id: gateway.id },
      defaultOutboundAccess: false,
      privateEndpointNetworkPolicies: "Disabled",
    },
    { parent },
  );
  const apiServer = new Subnet(
    `${name}-api-server`,
    {
      ...inNetwork,
      addressPrefix: plan.apiServer,
      delegations: [{ name: "aks", serviceName: "Microsoft.ContainerService/managedClusters" }],
    },
    // A network takes one change at a time.
    { parent, dependsOn: [nodes] },
  );
  return {
    nodeSubnetId: nodes.id,
    apiServerSubnetId: apiServer.id,
    outboundType: "userAssignedNATGateway",
    grantScopes: { network: network.id },
  };
}
