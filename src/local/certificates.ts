import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "./der.js";

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads the organization as the user's group. */
  readonly organization?: string;
  readonly usages: readonly ("server" | "client")[];
  /** DNS names and IPv4 addresses. */
  readonly names: readonly string[];
}

const day = 24 * 3600 * 1000;
const authorityDays = 3650;
const leafDays = 365;
/** A certificate with less left is made anew. */
export const renewalDays = 30;
/** Other clocks may be a little behind this one. */
const clockSkewMs = 5 * 60 * 1000;

const oid = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
};

interface Subject {
  readonly commonName: string;
  readonly organization?: string;
}

function distinguishedName({ commonName, organization }: Subject): Buffer {
  const attribute = (type: string, value: string) => set(sequence(objectIdentifier(type), utf8String(value)));
  const groups = organization === undefined ? [] : [attribute(oid.organization, organization)];
  return sequence(...groups, attribute(oid.commonName, commonName));
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(type), ...(critical ? [boolean(true)] : []), octetString(value));
}

function alternativeName(name: string): Buffer {
  // GeneralName: [2] dNSName, [7] iPAddress.
  return isIP(name) === 4 ? tagged(0x87, Buffer.from(name.split(".").map(Number))) : tagged(0x82, Buffer.from(name));
}

/** RFC 5280 4.2.1.2, method 1: SHA-1 of the public key's bits; P-256 leaves them as the last 65 bytes. */
function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash("sha1").update(publicKey.subarray(-65)).digest();
}

interface Signing {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly publicKey: Buffer;
  readonly signer: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
  readonly now: Date;
}

function signCertificate({ subject, issuer, publicKey, signer, days, extensions, now }: Signing): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const serial = randomBytes(16);
  const identifiers = [
    extension(oid.subjectKeyIdentifier, false, octetString(keyIdentifier(publicKey))),
    extension(
      oid.authorityKeyIdentifier,
      false,
      sequence(tagged(0x80, keyIdentifier(createPublicKey(signer).export({ type: "spki", format: "der" })))),
    ),
  ];
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithm,
    distinguishedName(issuer),
    sequence(time(new Date(now.getTime() - clockSkewMs)), time(new Date(now.getTime() + days * day))),
    distinguishedName(subject),
    publicKey,
    explicit(3, sequence(...extensions, ...identifiers)),
  );
  const certificate = sequence(body, algorithm, bitString(sign("sha256", body, signer)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function newKey(): { privateKey: KeyObject; spki: Buffer; pem: string } {
  // P-256: thirty times faster to make than RSA 2048, and known to every component.
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey,
    spki: publicKey.export({ type: "spki", format: "der" }),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A self-signed authority, valid for ten years. */
export function issueAuthority(commonName: string, now = new Date()): KeyPair {
  const { privateKey, spki, pem } = newKey();
  const certificate = signCertificate({
    subject: { commonName },
    issuer: { commonName },
    publicKey: spki,
    signer: privateKey,
    days: authorityDays,
    now,
    extensions: [
      extension(oid.basicConstraints, true, sequence(boolean(true))),
      // digitalSignature, keyCertSign, cRLSign
      extension(oid.keyUsage, true, bitString(Buffer.from([0b1000_0110]), 1)),
    ],
  });
  return { certificate, key: pem };
}

/** A certificate signed by `authority`, valid for one year. */
export function issueCertificate(authority: KeyPair, request: CertificateRequest, now = new Date()): KeyPair {
  const { spki, pem } = newKey();
  const names = request.names.map(alternativeName);
  const certificate = signCertificate({
    subject: request,
    issuer: { commonName: commonNameOf(new X509Certificate(authority.certificate)) },
    publicKey: spki,
    signer: createPrivateKey(authority.key),
    days: leafDays,
    now,
    extensions: [
      extension(oid.basicConstraints, true, sequence()),
      extension(oid.keyUsage, true, bitString(Buffer.from([0b1000_0000]), 7)), // digitalSignature
      extension(oid.extendedKeyUsage, false, sequence(...request.usages.map((usage) => objectIdentifier(oid[usage])))),
      ...(names.length === 0 ? [] : [extension(oid.subjectAlternativeName, false, sequence(...names))]),
    ],
  });
  return { certificate, key: pem };
}

/** A key pair without certificate, for signing service account tokens. */
export function issueSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, pem } = newKey();
  return { privateKey: pem, publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString() };
}

function commonNameOf(certificate: X509Certificate): string {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
}

function hasTimeLeft(certificate: X509Certificate, now: Date): boolean {
  return Date.parse(certificate.validTo) - now.getTime() > renewalDays * day;
}

/** Parses what a file holds; undefined when it is not a certificate with its own key. */
function parse(pair: KeyPair): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) ? certificate : undefined;
  } catch {
    return undefined; // cut short or not PEM: as good as absent
  }
}

/** True when the authority can be trusted with new certificates for a while yet. */
export function isUsableAuthority(pair: KeyPair, now = new Date()): boolean {
  const certificate = parse(pair);
  return certificate?.ca === true && hasTimeLeft(certificate, now);
}

/** True when the certificate says what is asked, is signed by the authority, fits its key and is not near its end. */
export function isUsableCertificate(
  pair: KeyPair,
  authority: KeyPair,
  request: CertificateRequest,
  now = new Date(),
): boolean {
  const certificate = parse(pair);
  if (certificate === undefined || !hasTimeLeft(certificate, now)) return false;
  const issuer = new X509Certificate(authority.certificate);
  return (
    certificate.verify(issuer.publicKey) &&
    commonNameOf(certificate) === request.commonName &&
    request.names.every((name) =>
      isIP(name) === 0
        ? certificate.checkHost(name, { wildcards: false }) !== undefined
        : certificate.checkIP(name) !== undefined,
    )
  );
}
