import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../../core/message-of.js";
import { formatProblem } from "../../core/problems.js";
import { Exit } from "../exit.js";

/** Writes a new key pair; a file that is there is never overwritten. */
export function writeKeyPair(name: string): { readonly privateFile: string; readonly publicFile: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const [privateFile, publicFile] = [`${name}.key`, `${name}.pub`];
  write(privateFile, privateKey.export({ type: "pkcs8", format: "pem" }).toString(), 0o600);
  write(publicFile, publicKey.export({ type: "spki", format: "pem" }).toString(), 0o644);
  return { privateFile, publicFile };
}

function write(path: string, content: string, mode: number): void {
  try {
    writeFileSync(path, content, { flag: "wx", mode });
  } catch (error) {
    throw refused("bundle/key-file", path, `cannot be written (${messageOf(error)})`, "name another place");
  }
}

export function readPrivateKey(path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    throw refused(
      "bundle/private-key",
      path,
      `holds no private key in PEM (${messageOf(error)})`,
      "make one with `npx isokube bundle keygen`, or `openssl genpkey -algorithm ed25519`",
    );
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw refused(
    "bundle/private-key",
    path,
    `is an ${key.asymmetricKeyType ?? "unknown"} key`,
    "use an Ed25519 key; `npx isokube bundle keygen` makes one",
  );
}

/** The PEM text; whether it is a key of the right kind is the verifier's to say. */
export function readPublicKey(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refused(
      "bundle/public-key",
      path,
      `cannot be read (${messageOf(error)})`,
      "name the .pub file of the key pair that signed the bundle",
    );
  }
}

function refused(code: string, path: string, why: string, fix: string): Exit {
  return new Exit(2, formatProblem({ code, path, why, fix }));
}
