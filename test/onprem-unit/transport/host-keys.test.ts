import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectedFromKnownHosts,
  fingerprintOf,
  judgeHostKey,
  parsePinnedKey,
} from "../../../src/onprem/transport/host-keys.js";

// Made with `ssh-keygen -t ed25519`; the fingerprint is what `ssh-keygen -l` says of it.
const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAQ45R9UCBw21WrxrCUjdABzCzd9Q5nwDvNXVcYe9CnI";
const fingerprint = "SHA256:robMMAREdyzOrauWKzY8D2TPemuiFlIYAhGLmXvb0Eo";
const blob = Buffer.from(line.split(" ")[1] ?? "", "base64");
const other = Buffer.from(blob);
other.writeUInt8((blob.at(-1) ?? 0) ^ 1, blob.length - 1);
const otherLine = `ssh-ed25519 ${other.toString("base64")}`;

const file = "known_hosts";
const known = (content: string, address = "host1", port = 22) =>
  expectedFromKnownHosts(content, address, port, file).fingerprints.length > 0;

const hashed = (name: string): string => {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};

it("computes the fingerprint that ssh-keygen prints", () => {
  expect(fingerprintOf(blob)).toBe(fingerprint);
});

describe("a pinned key", () => {
  it.each([line, `${line} root@host`, `  ${line}\n`])("may be a public key: %j", (text) => {
    expect(parsePinnedKey(text)).toMatchObject({ fingerprints: [fingerprint], types: ["ssh-ed25519"] });
  });

  it.each([fingerprint, `${fingerprint}=`, ` ${fingerprint} `])("may be a fingerprint: %j", (text) => {
    expect(parsePinnedKey(text)).toMatchObject({ fingerprints: [fingerprint], types: undefined });
  });

  it.each([
    "",
    "yes",
    "SHA256:short",
    "MD5:aa:bb",
    "ssh-ed25519",
    "ssh-rsa AAAAC3NzaC1lZDI1NTE5",
    line.replace("ed25519 ", "dss "),
  ])("is nothing else: %j", (text) => expect(parsePinnedKey(text)).toBeUndefined());
});

describe("a known_hosts file", () => {
  it.each([
    ["the plain name", `host1 ${line}`],
    ["another case", `HOST1 ${line}`],
    ["one of several names", `other,host1,10.0.0.1 ${line}`],
    ["a hashed name", `${hashed("host1")} ${line}`],
    ["a pattern", `host? ${line}`],
    ["a pattern of stars", `*o*t* ${line}`],
    ["a comment behind", `host1 ${line} someone@somewhere`],
    ["blanks before and tabs between", `  host1\t${line.replace(" ", "\t")}\r`],
    ["lines of nonsense around", `# host1\n\nhost1\nhost1 ssh-rsa nonsense\n@bogus host1 ${otherLine}\nhost1 ${line}`],
  ])("knows a host by %s", (_what, content) => expect(known(content)).toBe(true));

  it.each([
    ["another name", `host2 ${line}`],
    ["a hash of another name", `${hashed("host2")} ${line}`],
    ["a negated pattern", `host*,!host1 ${line}`],
    ["a comment", `#host1 ${line}`],
    ["a certificate authority", `@cert-authority host1 ${line}`],
    ["a port of its own", `[host1]:2222 ${line}`],
    ["a key whose type is not what it says", `host1 ${line.replace("ssh-ed25519", "ssh-rsa")}`],
  ])("does not know a host by %s", (_what, content) => expect(known(content)).toBe(false));

  it("tells ports apart", () => {
    expect(known(`[host1]:2222 ${line}`, "host1", 2222)).toBe(true);
    expect(known(`${hashed("[host1]:2222")} ${line}`, "host1", 2222)).toBe(true);
    expect(known(`[host1]:* ${line}`, "host1", 2222)).toBe(true);
    expect(known(`host1 ${line}`, "host1", 2222)).toBe(false);
  });

  it("takes every key of a host, and asks for their types only", () => {
    const expected = expectedFromKnownHosts(`host1 ${line}\nhost* ${otherLine}`, "host1", 22, file);
    expect(judgeHostKey(expected, blob)).toEqual({ accepted: true });
    expect(judgeHostKey(expected, other)).toEqual({ accepted: true });
    expect(expected.types).toEqual(["ssh-ed25519"]);
  });

  it("refuses a revoked key, even one that is listed as well", () => {
    const expected = expectedFromKnownHosts(`host1 ${line}\n@revoked * ${line}`, "host1", 22, file);
    expect(judgeHostKey(expected, blob)).toMatchObject({ accepted: false, why: expect.stringContaining("is revoked") });
  });

  it("is read whatever is in it, quickly", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (content) => {
        expectedFromKnownHosts(content, "host1", 22, file);
      }),
    );
    const begun = performance.now();
    expect(known(`${"*a".repeat(2000)} ${line}`, "a".repeat(255))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("a key that was not expected", () => {
  it("is named beside the expected one", () => {
    const verdict = judgeHostKey(expectedFromKnownHosts(`host1 ${otherLine}`, "host1", 22, file), blob);
    expect(verdict).toEqual({
      accepted: false,
      why: expect.stringMatching(/host offers SHA256:\S+ \(ssh-ed25519\), host1 in known_hosts has SHA256:/),
    });
  });

  it("of an unknown host comes with what to compare and where to write it", () => {
    const verdict = judgeHostKey(expectedFromKnownHosts("", "host1", 2222, file), blob);
    expect(verdict).toEqual({ accepted: false, why: expect.stringContaining(`${fingerprint} (ssh-ed25519)`) });
    expect(verdict).toEqual({
      accepted: false,
      why: expect.stringContaining("no entry for [host1]:2222 in known_hosts"),
    });
  });
});
