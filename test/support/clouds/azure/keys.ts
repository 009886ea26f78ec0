import { flag, number, text } from "../blocks.js";
import type { Asked, ResourceRules } from "../model.js";
import { boundsRefusals, patternRefusals, refuseIf } from "../refusals.js";
import { autoNamed, azure, idIn } from "./common.js";
import { keyToken, vaultToken } from "./tokens.js";

const vault: ResourceRules = azure(
  {
    replaceOn: ["vaultName", "properties.tenantId"],
    autoName: autoNamed("vaultName", 24),
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "vaultName", /^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/, "VaultNameNotValid"),
      ...boundsRefusals(inputs, "properties.softDeleteRetentionInDays", 7, 90, "BadRequest"),
      ...refuseIf(
        flag(inputs, "properties.enablePurgeProtection") === false,
        'BadRequest: The property "enablePurgeProtection" cannot be set to false.',
        "properties.enablePurgeProtection",
      ),
      ...refuseIf(
        flag(inputs, "properties.enableSoftDelete") === false,
        'BadRequest: The property "enableSoftDelete" can be set to false no more.',
        "properties.enableSoftDelete",
      ),
    ],
    refuse: ({ inputs, old, world }) => [
      ...refuseIf(
        old === undefined &&
          world.all(vaultToken).some((each) => text(each.outputs, "name") === text(inputs, "vaultName")),
        `VaultAlreadyExists: The vault name '${text(inputs, "vaultName")}' is already in use.`,
        "vaultName",
      ),
      ...refuseIf(
        flag(old?.inputs ?? {}, "properties.enablePurgeProtection") === true &&
          flag(inputs, "properties.enablePurgeProtection") !== true,
        "BadRequest: purge protection cannot be switched off",
        "properties.enablePurgeProtection",
      ),
      ...refuseIf(
        old !== undefined &&
          number(old.inputs, "properties.softDeleteRetentionInDays") !==
            number(inputs, "properties.softDeleteRetentionInDays"),
        'BadRequest: The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
        "properties.softDeleteRetentionInDays",
      ),
    ],
    create: (asked) => {
      const name = text(asked.inputs, "vaultName") ?? "";
      const properties = asked.inputs["properties"];
      return {
        id: idIn(asked, `Microsoft.KeyVault/vaults/${name}`),
        outputs: {
          name,
          type: "Microsoft.KeyVault/vaults",
          properties: {
            ...(typeof properties === "object" && properties !== null ? { ...properties } : {}),
            vaultUri: `https://${name}.vault.azure.net/`,
            provisioningState: "Succeeded",
          },
        },
      };
    },
  },
  { located: true },
);

function vaultId({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  return idIn({ inputs, settings }, `Microsoft.KeyVault/vaults/${text(inputs, "vaultName")}`);
}

const operations = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey", "import", "release"];

const key: ResourceRules = azure({
  replaceOn: ["keyName", "vaultName", "properties.kty", "properties.keySize", "properties.curveName"],
  autoName: autoNamed("keyName", 127),
  check: ({ inputs }) => {
    const [kind, size] = [text(inputs, "properties.kty"), number(inputs, "properties.keySize")];
    const allowed = inputs["properties"] === undefined ? [] : operations;
    return [
      ...patternRefusals(inputs, "keyName", /^[A-Za-z0-9-]{1,127}$/, "BadParameter"),
      ...refuseIf(
        kind?.startsWith("RSA") === true && size !== undefined && ![2048, 3072, 4096].includes(size),
        `BadParameter: an RSA key has 2048, 3072 or 4096 bits, not ${size}`,
        "properties.keySize",
      ),
      ...refuseIf(
        kind?.startsWith("EC") === true && size !== undefined,
        "BadParameter: an elliptic curve key has a curve, no size",
        "properties.keySize",
      ),
      ...refuseIf(allowed.length === 0, "BadParameter: properties are missing", "properties"),
    ];
  },
  refuse: (asked) =>
    refuseIf(
      asked.world.find(vaultId(asked), vaultToken) === undefined,
      `VaultNotFound: ${vaultId(asked)} was not found`,
      "vaultName",
    ),
  create: (asked) => {
    const name = text(asked.inputs, "keyName") ?? "";
    const uri = `https://${text(asked.inputs, "vaultName")}.vault.azure.net/keys/${name}`;
    return {
      id: `${vaultId(asked)}/keys/${name}`,
      outputs: {
        name,
        type: "Microsoft.KeyVault/vaults/keys",
        keyUri: uri,
        keyUriWithVersion: `${uri}/${asked.world.hex(32)}`,
        kty: text(asked.inputs, "properties.kty") ?? "RSA",
        keySize: number(asked.inputs, "properties.keySize") ?? 2048,
        simulatedVault: vaultId(asked),
      },
    };
  },
  uses: (_, outputs) => [text(outputs, "simulatedVault") ?? ""],
  handles: ["keyUri", "keyUriWithVersion"],
});

export const keyRules: Readonly<Record<string, ResourceRules>> = { [vaultToken]: vault, [keyToken]: key };
