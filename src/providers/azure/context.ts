import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import { sdk } from "./sdk.js";

/** What everything that is made for one cluster shares. */
export interface AzureContext {
  /** Names of resources start with it. */
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly parent: pulumi.ComponentResource;
  /** Where it lives, and under which name and region. */
  readonly group: ResourceGroupRef;
  /** Whoever runs the program. */
  readonly caller: Caller;
  readonly tags: { [name: string]: pulumi.Input<string> };
}

/** A resource group, made or brought along. */
export interface ResourceGroupRef {
  readonly name: pulumi.Input<string>;
  /** Left out where the provider is to find it out: from its config, or from the group. */
  readonly location?: pulumi.Input<string>;
}

/** Whoever runs the program. */
export interface Caller {
  readonly subscriptionId: pulumi.Output<string>;
  readonly tenantId: pulumi.Output<string>;
  readonly objectId: pulumi.Output<string>;
}

/** The group that everything goes into, made unless one was brought along, and who asks. */
export function createContext(name: string, spec: ClusterSpec, parent: pulumi.ComponentResource): AzureContext {
  const { resourceGroup, location } = spec.azure;
  const tags = { ...spec.tags };
  const config = sdk.authorization().getClientConfigOutput({ parent });
  const caller: Caller = {
    subscriptionId: config.subscriptionId,
    tenantId: config.tenantId,
    objectId: config.objectId,
  };
  if (resourceGroup !== undefined) {
    const group = { name: resourceGroup, ...(location === undefined ? {} : { location }) };
    return { name, spec, parent, group, caller, tags };
  }
  const { ResourceGroup } = sdk.resources();
  const made = new ResourceGroup(
    `${name}-group`,
    { tags, ...(location === undefined ? {} : { location }) },
    { parent },
  );
  return { name, spec, parent, group: { name: made.name, location: made.location }, caller, tags };
}

/** What every resource inside the group is told. */
export function inGroup({ group, tags }: AzureContext) {
  return {
    resourceGroupName: group.name,
    tags,
    ...(group.location === undefined ? {} : { location: group.location }),
  };
}

/** Resource id of a built-in role. */
export function roleId({ caller }: AzureContext, guid: string): pulumi.Output<string> {
  return caller.subscriptionId.apply(
    (subscription) => `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
  );
}
