import { createHash, createHmac } from "node:crypto";

/** A host's public key as it goes over the wire. */
export interface HostKey {
  /** For example `ssh-ed25519`. */
  readonly type: string;
  readonly blob: Buffer;
}

/** What a host may prove to be. */
export interface ExpectedKeys {
  /** For messages: where the expectation comes from. */
  readonly source: string;
  /** Fingerprints of accepted keys, `SHA256:…`. */
  readonly fingerprints: readonly string[];
  readonly revoked: readonly string[];
  /**
   * Types of the accepted keys, so that the host is asked for one of them;
   * undefined where only a fingerprint is known.
   */
  readonly types: readonly string[] | undefined;
}

export type HostKeyVerdict = { readonly accepted: true } | { readonly accepted: false; readonly why: string };

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The type is the blob's own first field, so that a line cannot claim another one. */
export function keyTypeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return length === 0 || length > 64 || blob.length < 4 + length
    ? undefined
    : blob.subarray(4, 4 + length).toString("latin1");
}

function parseKey(type: string | undefined, base64: string | undefined): HostKey | undefined {
  if (type === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return keyTypeOf(blob) === type ? { type, blob } : undefined;
}

/**
 * A pinned key: `ssh-ed25519 AAAA… [comment]` or `SHA256:…`.
 * @returns undefined for anything else
 */
export function parsePinnedKey(text: string): ExpectedKeys | undefined {
  const trimmed = text.trim();
  const source = "the pinned host key";
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(trimmed)) {
    return { source, fingerprints: [trimmed.replace(/=$/, "")], revoked: [], types: undefined };
  }
  const [type, base64] = trimmed.split(/\s+/);
  const key = parseKey(type, base64);
  return key === undefined
    ? undefined
    : { source, fingerprints: [fingerprintOf(key.blob)], revoked: [], types: [key.type] };
}

/** The name a host has in a known_hosts file. */
export function knownHostName(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/**
 * What a known_hosts file says of one host: hashed names, patterns, negated
 * patterns and `@revoked` as OpenSSH reads them. Lines of `@cert-authority` are
 * passed over, because certificates are not asked for; so are malformed lines.
 */
export function expectedFromKnownHosts(content: string, address: string, port: number, file: string): ExpectedKeys {
  const name = knownHostName(address, port);
  const accepted: HostKey[] = [];
  const revoked: string[] = [];
  for (const line of content.split("\n")) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
    const [names, type, base64] = fields;
    if (names === undefined || names === "" || names.startsWith("#")) continue;
    const key = parseKey(type, base64);
    if (key === undefined || !namesMatch(names, name)) continue;
    if (marker === undefined) accepted.push(key);
    else if (marker === "@revoked") revoked.push(fingerprintOf(key.blob));
  }
  return {
    source: `${name} in ${file}`,
    fingerprints: accepted.map(({ blob }) => fingerprintOf(blob)),
    revoked,
    types: accepted.length === 0 ? undefined : [...new Set(accepted.map((key) => key.type))],
  };
}

function namesMatch(names: string, name: string): boolean {
  if (names.startsWith("|")) return hashedNameMatches(names, name);
  let matched = false;
  for (const pattern of names.toLowerCase().split(",")) {
    if (pattern.startsWith("!")) {
      // A negated pattern that matches rules the whole line out, wherever it stands.
      if (wildcardMatches(pattern.slice(1), name)) return false;
    } else if (wildcardMatches(pattern, name)) matched = true;
  }
  return matched;
}

/** `|1|salt|hash`, with HMAC-SHA1 of the name under the salt. */
function hashedNameMatches(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  const own = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return own.equals(Buffer.from(hash, "base64"));
}

/** `*` and `?` only; written out, because a pattern of many stars makes a regular expression take for ever. */
function wildcardMatches(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      star = at;
      resume = position;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[position])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/**
 * Whether the key that a host offered is the one that was expected.
 * @param before what it offered in earlier attempts, for the message
 */
export function judgeHostKey(expected: ExpectedKeys, blob: Buffer, before: readonly Buffer[] = []): HostKeyVerdict {
  const offered = fingerprintOf(blob);
  const type = keyTypeOf(blob) ?? "unknown type";
  const offers = [...before, blob].map((key) => `${fingerprintOf(key)} (${keyTypeOf(key) ?? "unknown type"})`);
  if (expected.revoked.includes(offered)) {
    return {
      accepted: false,
      why: `its host key ${offered} (${type}) is revoked for ${expected.source}: do not connect before you know why, then give the host a new key`,
    };
  }
  if (expected.fingerprints.includes(offered)) return { accepted: true };
  if (expected.fingerprints.length === 0) {
    return {
      accepted: false,
      why: `its host key is not known: the host offers ${offered} (${type}), and there is no entry for ${expected.source}. Compare the fingerprint with \`ssh-keygen -lf\` on the host's own console, then set hostKey to it or add the host to the file`,
    };
  }
  return {
    accepted: false,
    why: `its host key is another one than expected: the host offers ${offers.join(" and ")}, ${expected.source} has ${expected.fingerprints.join(" or ")}. Either the host was installed anew (then replace the key) or somebody else answers at its address`,
  };
}

/**
 * The algorithms to ask the host for, so that it shows the key that is known
 * rather than the one that it likes best.
 */
export function hostKeyAlgorithms(types: readonly string[]): string[] {
  return types.flatMap((type) =>
    // An RSA key signs with SHA-2; its type's own name stands for SHA-1, which is broken.
    type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type],
  );
}

/** Key types that can be asked for, most wanted first. */
export const knownKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
] as const;
