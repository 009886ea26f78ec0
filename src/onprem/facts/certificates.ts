import { createHash, X509Certificate } from "node:crypto";

/** The first certificate of a PEM text; undefined when there is none that can be read. */
export function readCertificate(pem: string): X509Certificate | undefined {
  const begin = pem.indexOf("-----BEGIN CERTIFICATE-----");
  const endMark = "-----END CERTIFICATE-----";
  const end = pem.indexOf(endMark, begin);
  if (begin < 0 || end < 0) return undefined;
  try {
    return new X509Certificate(pem.slice(begin, end + endMark.length));
  } catch {
    return undefined;
  }
}

/** End of validity, in seconds since 1970. */
export function endOfValidity(certificate: X509Certificate): number | undefined {
  const milliseconds = Date.parse(certificate.validTo);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** As `kubeadm join --discovery-token-ca-cert-hash` takes it: `sha256:` and the digest of the public key. */
export function publicKeyPin(certificate: X509Certificate): string | undefined {
  try {
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
  } catch {
    return undefined;
  }
}
