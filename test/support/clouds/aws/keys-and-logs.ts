import { number, text } from "../blocks.js";
import type { ResourceRules } from "../model.js";
import { arn, common, missingRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";

export const keyToken = "aws:kms/key:Key";
const aliasToken = "aws:kms/alias:Alias";
const groupToken = "aws:cloudwatch/logGroup:LogGroup";

const key: ResourceRules = tagged({
  replaceOn: ["customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"],
  compareAs: { policy: "json" },
  check: ({ inputs }) => {
    const days = number(inputs, "deletionWindowInDays");
    return days !== undefined && (days < 7 || days > 30)
      ? [refusal(`expected deletionWindowInDays to be in the range (7 - 30), got ${days}`, "deletionWindowInDays")]
      : [];
  },
  create: (asked) => {
    const id = asked.world.hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    return {
      id,
      outputs: {
        ...common(asked),
        keyId: id,
        arn: arn(asked.settings, "kms", `key/${id}`),
        description: text(asked.inputs, "description") ?? "",
        keyUsage: "ENCRYPT_DECRYPT",
        customerMasterKeySpec: "SYMMETRIC_DEFAULT",
        isEnabled: true,
        multiRegion: false,
        policy: "{}",
        rotationPeriodInDays: 365,
      },
    };
  },
  update: updated,
  handles: ["arn", "keyId"],
});

const alias: ResourceRules = {
  replaceOn: ["name", "namePrefix"],
  check: ({ inputs }) => [...patternRefusals(inputs, "name", /^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/, 256)],
  refuse: (asked) => [
    ...missingRefusals(asked, "targetKeyId", keyToken, "NotFoundException"),
    ...(asked.old === undefined && asked.world.find(text(asked.inputs, "name") ?? "", aliasToken) !== undefined
      ? [refusal(`AlreadyExistsException: An alias with the name ${text(asked.inputs, "name")} already exists`, "name")]
      : []),
  ],
  create: (asked) => {
    const name = text(asked.inputs, "name") ?? "";
    const target = asked.world.find(text(asked.inputs, "targetKeyId") ?? "", keyToken);
    return {
      id: name,
      outputs: {
        region: asked.settings.region,
        arn: arn(asked.settings, "kms", name),
        targetKeyArn: target?.outputs["arn"] ?? "",
      },
    };
  },
};

const retentions = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const logGroup: ResourceRules = tagged({
  replaceOn: ["name", "namePrefix", "logGroupClass"],
  autoName: { property: "name", maximum: 512 },
  defaults: () => ({ skipDestroy: false }),
  check: ({ inputs }) => {
    const days = number(inputs, "retentionInDays");
    return [
      ...patternRefusals(inputs, "name", /^[.\-_/#A-Za-z0-9]+$/, 512),
      ...(days === undefined || retentions.includes(days)
        ? []
        : [refusal(`expected retentionInDays to be one of ${retentions.join(", ")}, got ${days}`, "retentionInDays")]),
    ];
  },
  refuse: ({ inputs, old, world }) =>
    old === undefined && world.find(text(inputs, "name") ?? "", groupToken) !== undefined
      ? [refusal("ResourceAlreadyExistsException: The specified log group already exists", "name")]
      : [],
  create: (asked) => {
    const name = text(asked.inputs, "name") ?? "";
    const outputs = { arn: arn(asked.settings, "logs", `log-group:${name}`), logGroupClass: "STANDARD" };
    return { id: name, outputs: { ...common(asked), ...outputs, deletionProtectionEnabled: false } };
  },
  update: updated,
});

export const keyAndLogRules: Readonly<Record<string, ResourceRules>> = {
  [keyToken]: key,
  [aliasToken]: alias,
  [groupToken]: logGroup,
};
