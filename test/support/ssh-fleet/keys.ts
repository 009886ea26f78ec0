import { generateKeyPairSync } from "node:crypto";
import ssh2 from "ssh2";

export interface KeyPair {
  /** In a format that OpenSSH and ssh2 read. */
  readonly private: string;
  /** `ecdsa-sha2-nistp256 AAAA…`. */
  readonly public: string;
}

/**
 * A new key. Not made by `ssh2.utils.generateKeyPairSync("ed25519")`: one in 256 of those cannot be read again
 * (mscdex/ssh2 issue 1390), which in a fleet of 200 is every other run.
 */
export function newKey(): KeyPair {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const text = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return { private: text, public: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
}
