import * as pulumi from "@pulumi/pulumi";
import { type AzureContext, inGroup, roleId } from "./context.js";
import type { ControlPlaneIdentity } from "./identity.js";
import { roles } from "./roles.js";
import { sdk } from "./sdk.js";

/** The key that Secrets are encrypted with, and what must be there before AKS uses it. */
export interface EncryptionKey {
  /** URL of one version of the key. */
  readonly url: pulumi.Output<string>;
  readonly grants: readonly pulumi.Resource[];
}

/** A key of a Key Vault by its resource id. */
export interface KeyVaultKeyId {
  readonly resourceGroup: string;
  readonly vault: string;
  readonly key: string;
}

const keyIdPattern =
  /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.KeyVault\/vaults\/([^/]+)\/keys\/([^/]+)$/i;

/** The parts of a key's resource id; undefined when it is none, a key's URL included. */
export function parseKeyId(id: string): KeyVaultKeyId | undefined {
  const [, resourceGroup, vault, key] = keyIdPattern.exec(id) ?? [];
  if (resourceGroup === undefined || vault === undefined || key === undefined) return undefined;
  return { resourceGroup, vault, key };
}

/** The key, made or brought along, with the control plane allowed to use it; undefined where none is asked for. */
export function createEncryptionKey(context: AzureContext, identity: ControlPlaneIdentity): EncryptionKey | undefined {
  const { secretsEncryption, encryptionKey } = context.spec.controlPlane;
  if (secretsEncryption === false) return undefined;
  const key = encryptionKey === undefined ? makeKey(context, identity) : broughtKey(context, encryptionKey);
  const { RoleAssignment } = sdk.authorization();
  const grant = new RoleAssignment(
    `${context.name}-key-access`,
    {
      scope: key.scope,
      principalId: identity.principalId,
      // Without it Azure looks the new identity up first, and may not find it yet.
      principalType: "ServicePrincipal",
      roleDefinitionId: roleId(context, roles.keyVaultCryptoUser),
    },
    { parent: context.parent },
  );
  return { url: key.url, grants: [grant] };
}

interface UsableKey {
  readonly url: pulumi.Output<string>;
  readonly scope: pulumi.Input<string>;
}

function makeKey(context: AzureContext, identity: ControlPlaneIdentity): UsableKey {
  const { name, parent, group, caller } = context;
  const { Key, Vault } = sdk.keyvault();
  const vault = new Vault(
    `${name}-vault`,
    {
      ...inGroup(context),
      vaultName: vaultName(identity.clientId),
      properties: {
        tenantId: caller.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        // Whoever loses the key loses every Secret, so nobody can do away with it at once.
        enableSoftDelete: true,
        enablePurgeProtection: true,
        softDeleteRetentionInDays: 7,
        publicNetworkAccess: "Enabled",
      },
    },
    { parent },
  );
  const key = new Key(
    `${name}-secrets`,
    {
      resourceGroupName: group.name,
      vaultName: vault.name,
      tags: context.tags,
      properties: { kty: "RSA", keySize: 3072, keyOps: ["encrypt", "decrypt"] },
    },
    { parent },
  );
  return { url: key.keyUriWithVersion, scope: vault.id };
}

/**
 * A removed vault keeps its name for a while, and names are the whole world's
 * with at most 24 characters: so it is made from what is new with every cluster.
 */
function vaultName(clientId: pulumi.Output<string>): pulumi.Output<string> {
  return clientId.apply((id) => `kv${id.replaceAll("-", "").slice(0, 22)}`);
}

/** AKS wants a version; a newer one in the vault is followed by the next `up`. */
function broughtKey(context: AzureContext, id: pulumi.Input<string>): UsableKey {
  const parts = pulumi.output(id).apply((text) => {
    const found = parseKeyId(text);
    if (found === undefined) throw new Error(`controlPlane.encryptionKey is no resource id of a Key Vault key`);
    return found;
  });
  const current = sdk
    .keyvault()
    .getKeyOutput(
      { resourceGroupName: parts.resourceGroup, vaultName: parts.vault, keyName: parts.key },
      { parent: context.parent },
    );
  return { url: current.keyUriWithVersion, scope: id };
}
