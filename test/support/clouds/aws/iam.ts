import { text } from "../blocks.js";
import type { Asked, Refusal, ResourceRules } from "../model.js";
import { arn, missingRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";
import { documentRefusals, managedPolicies } from "./policies.js";

export const roleToken = "aws:iam/role:Role";
const policyToken = "aws:iam/policy:Policy";
const providerToken = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";

const namePattern = /^[\w+=,.@-]+$/;

const role: ResourceRules = tagged({
  replaceOn: ["name", "namePrefix", "path"],
  autoName: { property: "name", maximum: 64 },
  compareAs: { assumeRolePolicy: "json" },
  defaults: () => ({ forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" }),
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "name", namePattern, 64),
    ...documentRefusals(inputs, "assumeRolePolicy"),
  ],
  refuse: (asked) => [...existing(asked, roleToken), ...policyRefusals(asked, "permissionsBoundary")],
  create: ({ inputs, settings, world }) => {
    const name = text(inputs, "name") ?? "";
    return {
      id: name,
      outputs: {
        name,
        arn: arn(settings, "iam", `role${text(inputs, "path") ?? "/"}${name}`, true),
        createDate: world.now,
        uniqueId: `AROA${world.hex(17).toUpperCase()}`,
        managedPolicyArns: [],
        inlinePolicies: [],
        tagsAll: inputs["tags"] ?? {},
      },
    };
  },
  update: updated,
  inUse: (used, users) =>
    `DeleteConflict: Cannot delete entity, must detach all policies and stop using ${used.id} first (${users.map(({ id }) => id).join(", ")})`,
});

function existing({ inputs, old, world }: Asked, token: string): Refusal[] {
  const name = text(inputs, "name") ?? "";
  if (old !== undefined || world.all(token).every((each) => text(each.inputs, "name") !== name)) return [];
  return [refusal(`EntityAlreadyExists: ${token.split(":").at(-1)} with name ${name} already exists.`, "name")];
}

/** A policy is AWS's own or one of the account. */
function policyRefusals({ inputs, world }: Asked, path: string): Refusal[] {
  const policy = text(inputs, path);
  if (policy === undefined || world.find(policy, policyToken) !== undefined) return [];
  const managed = /^arn:aws:iam::aws:policy\/(.+)$/.exec(policy)?.[1];
  if (managed !== undefined && managedPolicies.has(managed)) return [];
  return [refusal(`NoSuchEntity: Policy ${policy} does not exist or is not attachable.`, path)];
}

const roleExists = (asked: Asked): Refusal[] => missingRefusals(asked, "role", roleToken, "NoSuchEntity");

const rolePolicy: ResourceRules = {
  replaceOn: ["name", "namePrefix", "role"],
  autoName: { property: "name", maximum: 128 },
  compareAs: { policy: "json" },
  check: ({ inputs }) => [...patternRefusals(inputs, "name", namePattern, 128), ...documentRefusals(inputs, "policy")],
  refuse: roleExists,
  create: ({ inputs }) => ({ id: `${text(inputs, "role")}:${text(inputs, "name")}`, outputs: {} }),
  uses: (inputs) => [text(inputs, "role") ?? ""],
};

const rolePolicyAttachment: ResourceRules = {
  replaceOn: ["role", "policyArn"],
  check: ({ inputs }) => patternRefusals(inputs, "policyArn", /^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/.+$/, 2048),
  refuse: (asked) => [...roleExists(asked), ...policyRefusals(asked, "policyArn")],
  create: ({ inputs }) => ({ id: `${text(inputs, "role")}/${text(inputs, "policyArn")}`, outputs: {} }),
  uses: (inputs) => [text(inputs, "role") ?? "", text(inputs, "policyArn") ?? ""],
};

const policy: ResourceRules = tagged({
  replaceOn: ["name", "namePrefix", "path", "description"],
  autoName: { property: "name", maximum: 128 },
  compareAs: { policy: "json" },
  check: ({ inputs }) => [...patternRefusals(inputs, "name", namePattern, 128), ...documentRefusals(inputs, "policy")],
  refuse: (asked) => existing(asked, policyToken),
  create: ({ inputs, settings, world }) => {
    const id = arn(settings, "iam", `policy${text(inputs, "path") ?? "/"}${text(inputs, "name")}`, true);
    return { id, outputs: { arn: id, policyId: `ANPA${world.hex(17).toUpperCase()}`, attachmentCount: 0 } };
  },
  update: updated,
  inUse: ({ id }) => `DeleteConflict: Cannot delete a policy attached to entities: ${id}`,
});

const openIdConnectProvider: ResourceRules = tagged({
  replaceOn: ["url"],
  check: ({ inputs }) => patternRefusals(inputs, "url", /^https:\/\/.+/, 255),
  create: ({ inputs, settings, world }) => {
    const id = arn(settings, "iam", `oidc-provider/${text(inputs, "url")?.replace("https://", "")}`, true);
    return { id, outputs: { arn: id, thumbprintLists: [world.hex(40)] } };
  },
  update: updated,
});

export const iamRules: Readonly<Record<string, ResourceRules>> = {
  [roleToken]: role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
  [policyToken]: policy,
  [providerToken]: openIdConnectProvider,
};
