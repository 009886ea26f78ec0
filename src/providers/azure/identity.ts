import * as pulumi from "@pulumi/pulumi";
import { assertNoProblems } from "../../core/validation.js";
import type { GrantedIdentity, IdentityRequest } from "../contract.js";
import { known } from "../leaf.js";
import { type AzureContext, inGroup, roleId } from "./context.js";
import type { AzureNetwork } from "./network.js";
import { roles } from "./roles.js";
import { sdk } from "./sdk.js";

/** Who the control plane is when it works on the network and the key. */
export interface ControlPlaneIdentity {
  readonly id: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;
}

/** The control plane's own identity: there before the cluster, so that its grants can be too. */
export function createControlPlaneIdentity(context: AzureContext): ControlPlaneIdentity {
  const { UserAssignedIdentity } = sdk.managedidentity();
  return new UserAssignedIdentity(`${context.name}-identity`, inGroup(context), { parent: context.parent });
}

/** Lets the control plane place nodes and load balancers into the network. */
export function grantNetwork(
  context: AzureContext,
  network: AzureNetwork,
  identity: ControlPlaneIdentity,
): pulumi.Resource[] {
  const { RoleAssignment } = sdk.authorization();
  return Object.entries(network.grantScopes).map(
    ([ending, scope]) =>
      new RoleAssignment(
        `${context.name}-${ending}-access`,
        {
          scope,
          principalId: identity.principalId,
          principalType: "ServicePrincipal",
          roleDefinitionId: roleId(context, roles.networkContributor),
        },
        { parent: context.parent },
      ),
  );
}

/**
 * Administrators of the cluster, by Azure RBAC: those who are named, and whoever
 * made it, who stays one whoever runs the next `up`. To own the cluster's resource
 * is not enough, and without this nobody could deploy into it. Azure refuses the
 * same grant twice, so the maker must not be named again.
 */
export function grantAdmins(context: AzureContext, clusterId: pulumi.Output<string>): pulumi.Resource[] {
  const { RoleAssignment } = sdk.authorization();
  const { name, parent, spec, caller } = context;
  const grant = {
    scope: clusterId,
    roleDefinitionId: roleId(context, roles.aksRbacClusterAdmin),
    // An administrator may be a user, a group or an application. Azure looks it up when it is not told,
    // but where nothing is written the SDK writes "User".
    principalType: pulumi.output<string | undefined>(undefined),
  };
  const creator = new RoleAssignment(
    `${name}-creator`,
    { ...grant, principalId: caller.objectId },
    { parent, ignoreChanges: ["principalId"] },
  );
  const named = spec.admins.map(
    (admin, index) =>
      // Named by the principal: with a number, taking one out would shift the others.
      new RoleAssignment(
        `${name}-admin-${known(admin)?.toLowerCase() ?? index}`,
        { ...grant, principalId: admin },
        { parent },
      ),
  );
  return [creator, ...named];
}

/** A workload's identity: one of Entra ID that trusts the cluster's tokens of one service account. */
export function grantIdentity(request: IdentityRequest): GrantedIdentity {
  const { name, parent, cluster, namespace, serviceAccount, grants, tags } = request;
  const { issuer, resourceGroup, location } = cluster;
  if (issuer === undefined || resourceGroup === undefined) {
    throw new Error("the cluster does not say its OIDC issuer and resource group");
  }
  assertNoProblems(
    `The identity of ${JSON.stringify(name)}`,
    grants.flatMap(({ scope }, index) =>
      scope === undefined
        ? [
            {
              code: "identity/no-scope",
              path: `identity.grants[${index}].scope`,
              why: "on Azure a role is granted on a resource, and none is named",
              fix: "add the id of the resource, resource group or subscription",
            },
          ]
        : [],
    ),
  );
  const { FederatedIdentityCredential, UserAssignedIdentity } = sdk.managedidentity();
  const identity = new UserAssignedIdentity(
    `${name}-identity`,
    { resourceGroupName: resourceGroup, tags: { ...tags }, ...(location === undefined ? {} : { location }) },
    { parent },
  );
  const credential = new FederatedIdentityCredential(
    `${name}-identity`,
    {
      resourceGroupName: resourceGroup,
      resourceName: identity.name,
      issuer,
      subject: pulumi.interpolate`system:serviceaccount:${namespace}:${serviceAccount}`,
      audiences: ["api://AzureADTokenExchange"],
    },
    { parent },
  );
  return {
    serviceAccountAnnotations: { "azure.workload.identity/client-id": identity.clientId },
    podLabels: { "azure.workload.identity/use": "true" },
    resources: [credential, ...grantRoles(request, identity.principalId)],
  };
}

function grantRoles({ name, parent, grants }: IdentityRequest, principalId: pulumi.Output<string>): pulumi.Resource[] {
  const { RoleAssignment } = sdk.authorization();
  return grants.flatMap(({ role, scope }, index) =>
    scope === undefined
      ? []
      : [
          new RoleAssignment(
            `${name}-grant-${index}`,
            { scope, roleDefinitionId: role, principalId, principalType: "ServicePrincipal" },
            { parent },
          ),
        ],
  );
}
