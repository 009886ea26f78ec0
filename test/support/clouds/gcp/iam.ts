import { text } from "../blocks.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import { oneOfRefusals, patternRefusals, refusal, refuseIf } from "../refusals.js";
import type { World } from "../world.js";
import { labelRefusals, named, nameRefusals, projectOf, regionOf } from "./common.js";
import {
  accountMemberToken,
  accountToken,
  clusterToken,
  keyMemberToken,
  keyToken,
  projectMemberToken,
  ringToken,
  serviceToken,
} from "./tokens.js";

const code = "googleapi: Error 400";
const mostAccounts = 100;

const account: ResourceRules = {
  replaceOn: ["accountId", "project"],
  check: ({ inputs }) => [
    ...refuseIf((inputs["accountId"] ?? undefined) === undefined, "Missing required argument accountId", "accountId"),
    ...patternRefusals(inputs, "accountId", /^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/, code),
    ...refuseIf((text(inputs, "displayName") ?? "").length > 100, `${code}: at most 100 characters`, "displayName"),
  ],
  refuse: (asked) => {
    const { old, world } = asked;
    const { email } = identityOf(asked);
    return [
      ...refuseIf(
        old === undefined && world.find(email, accountToken) !== undefined,
        `googleapi: Error 409: Service account ${email} already exists within project, alreadyExists`,
        "accountId",
      ),
      ...refuseIf(
        old === undefined && world.all(accountToken).length >= mostAccounts,
        "googleapi: Error 429: Maximum number of service accounts on project reached., rateLimitExceeded",
      ),
    ];
  },
  create: (asked) => {
    const { project, email } = identityOf(asked);
    const id = `projects/${project}/serviceAccounts/${email}`;
    const uniqueId = asked.world.decimal(21);
    return { id, outputs: { project, email, name: id, member: `serviceAccount:${email}`, uniqueId, disabled: false } };
  },
  handles: ["email", "name", "member"],
  inUse: ({ id }, users) => `${code}: ${id} is the account of ${users.map((each) => each.id).join(", ")}`,
};

function identityOf(asked: Asked): { readonly project: string; readonly email: string } {
  const project = projectOf(asked);
  return { project, email: `${text(asked.inputs, "accountId")}@${project}.iam.gserviceaccount.com` };
}

const memberPattern =
  /^(allUsers|allAuthenticatedUsers|(user|group|serviceAccount|domain):\S+|principal(Set)?:\/\/\S+|project(Owner|Editor|Viewer):\S+)$/;
const rolePattern = /^(roles\/[\w.]+|(projects|organizations)\/[^/]+\/roles\/[\w.]+)$/;

/** Members and roles are texts of a certain form; members that are accounts of this project must exist. */
function memberRefusals({ inputs, world, settings }: Asked): Refusal[] {
  const member = text(inputs, "member") ?? "";
  const [, email = ""] = /^serviceAccount:(.+)$/.exec(member) ?? [];
  const ours = email.endsWith(`@${settings.account}.iam.gserviceaccount.com`);
  const pool = /^(.+)\.svc\.id\.goog\[([^/\]]+)\/([^/\]]+)\]$/.exec(email)?.[1];
  return [
    ...refuseIf(
      ours && world.find(email, accountToken) === undefined,
      `${code}: Service account ${email} does not exist., badRequest`,
      "member",
    ),
    ...refuseIf(
      pool !== undefined && !hasWorkloadPool(world, `${pool}.svc.id.goog`),
      `${code}: Identity Pool does not exist (${pool}.svc.id.goog). Please check that you specified a valid resource name., badRequest`,
      "member",
    ),
  ];
}

/** A project's pool comes with its first cluster that has workload identity. */
function hasWorkloadPool(world: World, pool: string): boolean {
  return world.all(clusterToken).some(({ outputs }) => text(outputs, "workloadIdentityConfig.workloadPool") === pool);
}

function member(on: {
  readonly replaceOn: readonly string[];
  readonly id: (asked: Asked) => string;
  readonly refuse?: (asked: Asked) => Refusal[];
  readonly outputs?: (asked: Asked) => Block;
  readonly uses?: (inputs: Block) => readonly string[];
}): ResourceRules {
  return {
    replaceOn: ["member", "role", "condition", ...on.replaceOn],
    compareAs: { member: "caseInsensitive" },
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "member", memberPattern, code),
      ...patternRefusals(inputs, "role", rolePattern, code),
    ],
    refuse: (asked) => [...memberRefusals(asked), ...(on.refuse?.(asked) ?? [])],
    create: (asked) => ({
      id: `${on.id(asked)}/${text(asked.inputs, "role")}/${text(asked.inputs, "member")}`,
      outputs: { etag: asked.world.hex(12), ...on.outputs?.(asked) },
    }),
    uses: on.uses ?? (() => []),
  };
}

const accountMember = member({
  replaceOn: ["serviceAccountId"],
  id: ({ inputs }) => text(inputs, "serviceAccountId") ?? "",
  refuse: ({ inputs, world }) =>
    refuseIf(
      world.find(text(inputs, "serviceAccountId") ?? "", accountToken) === undefined,
      `googleapi: Error 404: Unknown service account ${text(inputs, "serviceAccountId")}, notFound`,
      "serviceAccountId",
    ),
  uses: (inputs) => [text(inputs, "serviceAccountId") ?? ""],
});

const projectMember = member({
  replaceOn: ["project"],
  id: ({ inputs }) => text(inputs, "project") ?? "",
});

const service: ResourceRules = {
  replaceOn: ["service", "project"],
  check: ({ inputs }) => patternRefusals(inputs, "service", /^[a-z][a-z0-9-]*\.googleapis\.com$/, code),
  create: (asked) => {
    const project = projectOf(asked);
    return { id: `${project}/${text(asked.inputs, "service")}`, outputs: { project } };
  },
};

const keyNamePattern = /^[\w-]{1,63}$/;

const ring: ResourceRules = named({
  replaceOn: ["location"],
  check: ({ inputs }) => nameRefusals(inputs, "name", keyNamePattern),
  refuse: ({ inputs }) => {
    const location = text(inputs, "location") ?? "";
    const known = regionOf(location) === location || ["global", "europe", "us"].includes(location);
    return refuseIf(!known, `${code}: The location ID in the resource name is not valid: ${location}`, "location");
  },
  create: (asked) => {
    const [project, name] = [projectOf(asked), text(asked.inputs, "name") ?? ""];
    return {
      id: `projects/${project}/locations/${text(asked.inputs, "location")}/keyRings/${name}`,
      outputs: { project, name },
    };
  },
});

const key: ResourceRules = {
  replaceOn: ["name", "keyRing", "purpose", "destroyScheduledDuration", "importOnly"],
  autoName: { property: "name", maximum: 63 },
  check: ({ inputs }) => {
    const period = /^(\d+)(\.\d+)?s$/.exec(text(inputs, "rotationPeriod") ?? "0s");
    return [
      ...nameRefusals(inputs, "name", keyNamePattern),
      ...refuseIf(
        text(inputs, "rotationPeriod") !== undefined && (period === null || Number(period[1]) < 86_400),
        `${code}: rotationPeriod must be seconds, at least 86400s, not ${text(inputs, "rotationPeriod")}`,
        "rotationPeriod",
      ),
      ...oneOfRefusals(
        inputs,
        "purpose",
        ["ENCRYPT_DECRYPT", "ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT", "MAC", "RAW_ENCRYPT_DECRYPT"],
        code,
      ),
      ...refuseIf(
        (text(inputs, "purpose") ?? "ENCRYPT_DECRYPT") !== "ENCRYPT_DECRYPT" &&
          text(inputs, "rotationPeriod") !== undefined,
        `${code}: only keys that encrypt and decrypt rotate`,
        "rotationPeriod",
      ),
      ...labelRefusals(inputs, "labels"),
    ];
  },
  refuse: ({ inputs, world }) =>
    world.find(text(inputs, "keyRing") ?? "", ringToken) === undefined
      ? [refusal(`googleapi: Error 404: KeyRing ${text(inputs, "keyRing")} not found., notFound`, "keyRing")]
      : [],
  create: ({ inputs }) => {
    const name = text(inputs, "name") ?? "";
    const id = `${text(inputs, "keyRing")}/cryptoKeys/${name}`;
    return {
      id,
      outputs: {
        name,
        purpose: text(inputs, "purpose") ?? "ENCRYPT_DECRYPT",
        destroyScheduledDuration: "2592000s",
        importOnly: false,
        primaries: [{ name: `${id}/cryptoKeyVersions/1`, state: "ENABLED" }],
      },
    };
  },
  uses: (inputs) => [text(inputs, "keyRing") ?? ""],
  inUse: ({ id }, users) => `${code}: ${id} still encrypts, or has members: ${users.map((each) => each.id).join(", ")}`,
};

const keyMember = member({
  replaceOn: ["cryptoKeyId"],
  id: ({ inputs }) => text(inputs, "cryptoKeyId") ?? "",
  refuse: ({ inputs, world }) =>
    refuseIf(
      world.find(text(inputs, "cryptoKeyId") ?? "", keyToken) === undefined,
      `googleapi: Error 404: CryptoKey ${text(inputs, "cryptoKeyId")} not found., notFound`,
      "cryptoKeyId",
    ),
  uses: (inputs) => [text(inputs, "cryptoKeyId") ?? ""],
});

/** Whether GKE's own account may use a key. */
export function agentMayUse(keyId: string, projectNumber: string, world: World): boolean {
  return world
    .all(keyMemberToken)
    .some(
      ({ inputs }) =>
        text(inputs, "cryptoKeyId") === keyId &&
        text(inputs, "role") === "roles/cloudkms.cryptoKeyEncrypterDecrypter" &&
        text(inputs, "member") ===
          `serviceAccount:service-${projectNumber}@container-engine-robot.iam.gserviceaccount.com`,
    );
}

export const iamRules: Readonly<Record<string, ResourceRules>> = {
  [accountToken]: account,
  [accountMemberToken]: accountMember,
  [projectMemberToken]: projectMember,
  [serviceToken]: service,
  [ringToken]: ring,
  [keyToken]: key,
  [keyMemberToken]: keyMember,
};
