/** The kinds of key that sshd can have. */
const algorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
] as const;

/** SHA-256 in base64 without padding. */
const fingerprint = /^SHA256:[A-Za-z0-9+/]{43}$/;

/**
 * What is wrong with a host's key, as a clause; undefined when it is a
 * fingerprint, or a public key whose data says the algorithm that is named.
 */
export function hostKeyProblem(text: string): string | undefined {
  if (text.startsWith("SHA256:")) {
    return fingerprint.test(text) ? undefined : "a fingerprint has 43 characters after SHA256:";
  }
  if (/^(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text)) return "an MD5 fingerprint proves nothing";
  const [algorithm = "", data = ""] = text.trim().split(/\s+/);
  if (!algorithms.some((known) => known === algorithm)) return "this is neither a public key nor a fingerprint";
  return algorithmOf(data) === algorithm ? undefined : `the text after ${algorithm} is no key of this kind`;
}

/** SSH's own format begins with the length and the name of the algorithm. */
function algorithmOf(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  // A name alone is no key.
  return bytes.length > 4 + length ? bytes.toString("latin1", 4, 4 + length) : undefined;
}
