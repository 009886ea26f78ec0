import { text, texts } from "../blocks.js";
import type { Asked, Refusal, ResourceRules } from "../model.js";
import { patternRefusals, refuseIf } from "../refusals.js";
import type { SimulatedResource, World } from "../world.js";
import { autoNamed, azure, guid, guidPattern, idIn } from "./common.js";
import { assignmentToken, credentialToken, identityToken } from "./tokens.js";

const identity: ResourceRules = azure(
  {
    replaceOn: ["resourceName"],
    autoName: autoNamed("resourceName", 128),
    check: ({ inputs }) => patternRefusals(inputs, "resourceName", /^[A-Za-z0-9][\w-]{2,127}$/, "InvalidResourceName"),
    create: (asked) => {
      const name = text(asked.inputs, "resourceName") ?? "";
      return {
        id: idIn(asked, `Microsoft.ManagedIdentity/userAssignedIdentities/${name}`),
        outputs: {
          name,
          type: "Microsoft.ManagedIdentity/userAssignedIdentities",
          clientId: guid(asked.world),
          principalId: guid(asked.world),
          tenantId: asked.settings.tenant,
        },
      };
    },
    inUse: ({ id }, users) =>
      `FailedIdentityOperation: ${id} is assigned to ${users.map((each) => each.id).join(", ")}`,
  },
  { located: true },
);

const mostCredentials = 20;

function identityId(asked: Pick<Asked, "inputs" | "settings">): string {
  const name = text(asked.inputs, "resourceName") ?? "";
  return idIn(asked, `Microsoft.ManagedIdentity/userAssignedIdentities/${name}`);
}

const credential: ResourceRules = azure({
  replaceOn: ["resourceName", "federatedIdentityCredentialResourceName"],
  autoName: autoNamed("federatedIdentityCredentialResourceName", 120),
  check: ({ inputs }) => [
    ...patternRefusals(
      inputs,
      "federatedIdentityCredentialResourceName",
      /^[A-Za-z0-9][\w-]{2,119}$/,
      "InvalidFederatedIdentityCredentialName",
    ),
    ...patternRefusals(inputs, "issuer", /^https:\/\/\S+$/, "InvalidFederatedIdentityCredentialIssuer"),
    ...refuseIf(texts(inputs, "audiences").length > 1, "BadRequest: exactly one audience is supported", "audiences"),
  ],
  refuse: (asked) => {
    const { inputs, world, old } = asked;
    const parent = identityId(asked);
    const siblings = world
      .all(credentialToken)
      .filter((each) => each.id !== old?.id && text(each.outputs, "simulatedIdentity") === parent);
    const same = siblings.find(
      (each) =>
        text(each.inputs, "issuer") === text(inputs, "issuer") &&
        text(each.inputs, "subject") === text(inputs, "subject"),
    );
    return [
      ...refuseIf(
        world.find(parent, identityToken) === undefined,
        `ResourceNotFound: ${parent} was not found`,
        "resourceName",
      ),
      ...refuseIf(
        siblings.length >= mostCredentials,
        `BadRequest: an identity has at most ${mostCredentials} federated credentials`,
      ),
      ...refuseIf(
        same !== undefined,
        `Conflict: issuer and subject are those of the federated credential ${same?.id}`,
        "subject",
      ),
    ];
  },
  create: (asked) => {
    const name = text(asked.inputs, "federatedIdentityCredentialResourceName") ?? "";
    const parent = identityId(asked);
    return {
      id: `${parent}/federatedIdentityCredentials/${name}`,
      outputs: {
        name,
        type: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        simulatedIdentity: parent,
      },
    };
  },
  uses: (_, outputs) => [text(outputs, "simulatedIdentity") ?? ""],
});

const rolePattern = /^(\/subscriptions\/[^/]+)?\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i;

const assignment: ResourceRules = azure({
  replaceOn: ["principalId", "principalType", "roleDefinitionId", "scope", "roleAssignmentName", "condition"],
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "roleDefinitionId", rolePattern, "InvalidRoleDefinitionId"),
    ...patternRefusals(inputs, "principalId", guidPattern, "InvalidPrincipalId"),
    ...patternRefusals(inputs, "roleAssignmentName", guidPattern, "InvalidRoleAssignmentId"),
    ...patternRefusals(inputs, "scope", /^\/(subscriptions|providers)\/\S+[^/]$/, "MissingSubscription"),
  ],
  refuse: ({ inputs, world, old }): Refusal[] => {
    const principal = text(inputs, "principalId") ?? "";
    const kind = text(inputs, "principalType");
    const ours = world.all(identityToken).find(({ outputs }) => text(outputs, "principalId") === principal);
    const key = (each: { readonly inputs: Asked["inputs"] }): string =>
      ["scope", "principalId", "roleDefinitionId"].map((path) => text(each.inputs, path)?.toLowerCase()).join(" ");
    const same = world.all(assignmentToken).find((each) => each.id !== old?.id && key(each) === key({ inputs }));
    return [
      ...refuseIf(
        ours !== undefined && kind === undefined,
        `PrincipalNotFound: Principal ${principal} does not exist in the directory yet: give its principalType`,
        "principalType",
      ),
      ...refuseIf(
        ours !== undefined && kind !== undefined && kind !== "ServicePrincipal",
        `UnmatchedPrincipalType: The PrincipalId '${principal}' has type 'ServicePrincipal', which is different from '${kind}'`,
        "principalType",
      ),
      ...refuseIf(same !== undefined, "RoleAssignmentExists: The role assignment already exists."),
    ];
  },
  create: ({ inputs, world }) => {
    const name = text(inputs, "roleAssignmentName") ?? guid(world);
    return {
      id: `${text(inputs, "scope")}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      outputs: {
        name,
        type: "Microsoft.Authorization/roleAssignments",
        createdOn: world.now,
        updatedOn: world.now,
        principalType: text(inputs, "principalType") ?? "User",
      },
    };
  },
  uses: (inputs) => [text(inputs, "scope") ?? ""],
});

/** Whether one of the roles is granted to an identity at a scope or above it. */
export function isGranted(
  who: SimulatedResource,
  roles: readonly string[],
  scope: string,
  world: Pick<World, "all">,
): boolean {
  const principal = text(who.outputs, "principalId");
  return world
    .all(assignmentToken)
    .some(
      ({ inputs }) =>
        text(inputs, "principalId") === principal &&
        `${scope}/`.startsWith(`${text(inputs, "scope")}/`) &&
        roles.some((role) => text(inputs, "roleDefinitionId")?.endsWith(role) === true),
    );
}

/** Built-in roles: Owner, Contributor, Network Contributor; Crypto Officer, Crypto User, Crypto Service Encryption User. */
export const networkRoles: readonly string[] = [
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  "b24988ac-6180-42a0-ab88-20f7382dd24c",
  "4d97b98b-1d4f-4787-a291-c67834d212e7",
];
export const cryptoRoles: readonly string[] = [
  "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
  "12338af0-0e69-4776-bea7-57ae8d297424",
  "e147488a-f6f5-4113-8e2d-b22465e65bf6",
];

export const identityRules: Readonly<Record<string, ResourceRules>> = {
  [identityToken]: identity,
  [credentialToken]: credential,
  [assignmentToken]: assignment,
};
