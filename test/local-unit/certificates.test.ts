import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  type CertificateRequest,
  issueAuthority,
  issueCertificate,
  isUsableAuthority,
  isUsableCertificate,
  type KeyPair,
} from "../../src/local/certificates.js";

const day = 24 * 3600 * 1000;
const authority = issueAuthority("test-ca");
const request: CertificateRequest = {
  commonName: "web",
  organization: "system:masters",
  usages: ["server", "client"],
  names: ["localhost", "127.0.0.1", "web.default.svc"],
};

describe("an authority", () => {
  const certificate = new X509Certificate(authority.certificate);

  test("signs itself and may sign others", () => {
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.subject).toBe("CN=test-ca");
  });

  test("lasts ten years and began a little ago, for clocks that are behind", () => {
    const years = (Date.parse(certificate.validTo) - Date.now()) / (365 * day);
    expect(years).toBeCloseTo(10, 1);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - 60_000);
  });

  test.each([
    { when: "long before its end", daysBeforeEnd: 31, usable: true },
    { when: "near its end", daysBeforeEnd: 29, usable: false },
    { when: "after its end", daysBeforeEnd: -1, usable: false },
  ])("is usable $when: $usable", ({ daysBeforeEnd, usable }) => {
    const then = new Date(Date.parse(certificate.validTo) - daysBeforeEnd * day);
    expect(isUsableAuthority(authority, then)).toBe(usable);
  });

  test("is not usable with another's key", () => {
    expect(isUsableAuthority({ ...authority, key: issueAuthority("other").key })).toBe(false);
  });
});

describe("a certificate", () => {
  const pair = issueCertificate(authority, request);
  const certificate = new X509Certificate(pair.certificate);

  test("carries user, group, names and both usages", () => {
    expect(certificate.subject).toBe("O=system:masters\nCN=web");
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, DNS:web.default.svc");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(certificate.ca).toBe(false);
  });

  test("chains to its authority and to no other of the same name", () => {
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.verify(new X509Certificate(issueAuthority("test-ca").certificate).publicKey)).toBe(false);
  });

  test("has a serial number of its own", () => {
    const other = new X509Certificate(issueCertificate(authority, request).certificate);
    expect(other.serialNumber).not.toBe(certificate.serialNumber);
  });

  test.each<{ what: string; pair: KeyPair; authority?: KeyPair; request?: CertificateRequest; after?: number }>([
    { what: "is cut short", pair: { ...pair, certificate: pair.certificate.slice(0, 200) } },
    { what: "has an empty key", pair: { ...pair, key: "" } },
    { what: "has another's key", pair: { ...pair, key: issueCertificate(authority, request).key } },
    { what: "is signed by another authority", pair, authority: issueAuthority("test-ca") },
    { what: "lacks a name that is needed now", pair, request: { ...request, names: ["10.96.0.1"] } },
    { what: "is for another user", pair, request: { ...request, commonName: "api" } },
    { what: "ends in less than 30 days", pair, after: 336 },
  ])("that $what is made anew", ({ pair, authority: signer = authority, request: asked = request, after = 0 }) => {
    expect(isUsableCertificate(pair, signer, asked, new Date(Date.now() + after * day))).toBe(false);
  });

  test("is kept while all is well", () => {
    expect(isUsableCertificate(pair, authority, request, new Date(Date.now() + 334 * day))).toBe(true);
  });

  test("serves a handshake in which both sides verify each other", async () => {
    const tls = { cert: pair.certificate, key: pair.key, ca: authority.certificate };
    const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (socket) =>
      socket.end("hello"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const socket = connect({ ...tls, host: "127.0.0.1", port: address.port });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });
});
