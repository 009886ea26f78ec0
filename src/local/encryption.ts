import { randomBytes } from "node:crypto";
import { type ApiClient, ApiError } from "./api-client.js";
import { readIfPresent, writeFileAtomic } from "./files.js";
import type { Layout } from "./layout.js";

const keyBytes = 32;

/**
 * The key with which Secrets are (or once were) encrypted, base64. It is made
 * with the cluster and kept when encryption is switched off, because what was
 * encrypted must stay readable.
 */
export function ensureEncryptionKey(layout: Layout): string {
  const path = layout.key("secrets-encryption");
  const present = readIfPresent(path)?.toString("utf8").trim();
  if (present !== undefined && Buffer.from(present, "base64").length === keyBytes) return present;
  const key = randomBytes(keyBytes).toString("base64");
  writeFileAtomic(path, key);
  return key;
}

/** The first provider writes, all of them read. Source: kubernetes.io "Encrypting Confidential Data at Rest". */
export function renderEncryptionConfiguration(enabled: boolean, key: string): string {
  const secretbox = { secretbox: { keys: [{ name: "local", secret: key }] } };
  const identity = { identity: {} };
  return JSON.stringify(
    {
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "EncryptionConfiguration",
      resources: [{ resources: ["secrets"], providers: enabled ? [secretbox, identity] : [identity, secretbox] }],
    },
    undefined,
    2,
  );
}

interface SecretList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

/** Writes every Secret anew, so that those stored before encryption was switched are stored as it is now. */
export async function rewriteSecrets(api: ApiClient): Promise<number> {
  const list = await api.get<SecretList>("/api/v1/secrets");
  for (const { metadata } of list.items) {
    const path = `/api/v1/namespaces/${metadata.namespace}/secrets/${metadata.name}`;
    // Replacing a Secret with itself stores it again when the key it was stored under is not the one in use.
    const secret = await api.find<object>(path);
    if (secret !== undefined) await api.replace(path, secret).catch(ignoreChangedMeanwhile);
  }
  return list.items.length;
}

/** Who changed or removed it since has stored it anew as well. */
function ignoreChangedMeanwhile(error: unknown): void {
  if (!(error instanceof ApiError && (error.status === 409 || error.status === 404))) throw error;
}
