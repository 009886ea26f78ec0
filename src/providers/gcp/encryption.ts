import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";
import { labelsOf } from "./labels.js";
import { nameBase } from "./names.js";
import type { Place } from "./place.js";
import type { GcpSdk } from "./sdk.js";

/** The key of Secrets, and the right to use it. */
export interface EncryptionKey {
  /** Name of the key, `projects/…/cryptoKeys/…`. */
  readonly id: pulumi.Input<string>;
  /** GKE's right to use the key: needed before the cluster. */
  readonly grant: pulumi.Resource;
}

/** A quarter of a year, in seconds as Cloud KMS writes them. */
const rotationPeriod = "7776000s";

/** True unless it is known that Secrets are not to be encrypted. */
function mayEncrypt({ controlPlane }: ClusterSpec): boolean {
  return known(controlPlane.secretsEncryption) !== false;
}

/**
 * The key that Secrets are encrypted with, brought or made.
 *
 * A key ring cannot be deleted, only forgotten: destroy leaves the empty ring,
 * which costs nothing, and schedules the key's versions for destruction. The
 * ring's name is random, so that the next cluster of this name can have its own.
 */
export function createEncryptionKey(
  sdk: GcpSdk,
  name: string,
  spec: ClusterSpec,
  { project, region }: Place,
  parent: pulumi.Resource,
): EncryptionKey | undefined {
  if (!mayEncrypt(spec)) return undefined;
  const brought = spec.controlPlane.encryptionKey;
  const base = nameBase(name);
  const number = sdk.organizations.getProjectOutput({ projectId: project }, { parent }).number;
  const agent = pulumi.interpolate`serviceAccount:service-${number}@container-engine-robot.iam.gserviceaccount.com`;
  const id = brought ?? createKey(sdk, base, spec, { project, region }, parent);
  const grant = new sdk.kms.CryptoKeyIAMMember(
    `${base}-secrets-gke`,
    { cryptoKeyId: id, role: "roles/cloudkms.cryptoKeyEncrypterDecrypter", member: agent },
    // Other clusters may use a key that was brought, by this very right: taking it away would lock them.
    { parent, ...(brought === undefined ? {} : { retainOnDelete: true }) },
  );
  return { id, grant };
}

function createKey(
  sdk: GcpSdk,
  base: string,
  spec: ClusterSpec,
  { project, region }: Pick<Place, "project" | "region">,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const ring = new sdk.kms.KeyRing(`${base}-keys`, { project, location: region }, { parent });
  const key = new sdk.kms.CryptoKey(
    `${base}-secrets`,
    { keyRing: ring.id, purpose: "ENCRYPT_DECRYPT", rotationPeriod, labels: labelsOf(spec) },
    { parent },
  );
  return key.id;
}
