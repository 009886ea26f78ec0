import { createHash, scrypt, scryptSync } from "node:crypto";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isLater, type Leaf } from "./leaf.js";

/** Object name to file name to content. */
export type Contents = Readonly<Record<string, Readonly<Record<string, Leaf<string>>>>>;
type KnownContents = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The three things that rendering computes from leaves, so that it need not know whether they are known yet. */
export interface LeafTools {
  /** Changes with the content of ConfigMaps. */
  configChecksum(contents: Contents): Leaf<string>;
  /** Changes with the content of Secrets, of which it tells nothing; `salt` makes equal Secrets differ. */
  secretChecksum(salt: string, contents: Contents): Leaf<string>;
  /** The content as the `data` of a Secret holds it. */
  secretData(content: Leaf<string>): Leaf<string>;
  /** A text that follows from others. */
  derive(from: readonly Leaf<string>[], follow: (known: readonly string[]) => string): Leaf<string>;
}

/** Leaves as they are in a Pulumi program; whatever comes of a Secret's content is secret. */
export const pulumiLeafTools: LeafTools = {
  configChecksum(contents) {
    const known = knownContents(contents);
    return known === undefined ? pulumi.output(contents).apply(sha256) : sha256(known);
  },
  secretChecksum(salt, contents) {
    return pulumi.secret(contents).apply((known) => slowChecksum(salt, known));
  },
  secretData(content) {
    return isLater<string>(content) ? pulumi.secret(content).apply(base64) : pulumi.secret(base64(content));
  },
  derive(from, follow) {
    const known = knownTexts(from);
    return known === undefined ? pulumi.all([...from]).apply(follow) : follow(known);
  },
};

/** Leaves that are all known: for tests, and for looking at what would be sent. */
export const plainLeafTools: LeafTools = {
  configChecksum: (contents) => sha256(required(contents)),
  secretChecksum: (salt, contents) => scryptSync(canonical(required(contents)), salt, checksumBytes).toString("hex"),
  secretData: (content) => {
    if (isLater<string>(content)) throw new TypeError("a leaf is not known yet");
    return base64(content);
  },
  derive: (from, follow) => {
    const known = knownTexts(from);
    if (known === undefined) throw new TypeError("a leaf is not known yet");
    return follow(known);
  },
};

const checksumBytes = 16;
const scryptAsync = promisify<string, string, number, Buffer>(scrypt);

/**
 * Many may read a pod who must not read its Secrets, and a plain hash of a
 * short password can be guessed from: each guess shall cost what Node's default
 * parameters (N = 16384, r = 8) make it cost.
 */
async function slowChecksum(salt: string, contents: KnownContents): Promise<string> {
  return (await scryptAsync(canonical(contents), salt, checksumBytes)).toString("hex");
}

function sha256(contents: KnownContents): string {
  return createHash("sha256").update(canonical(contents)).digest("hex");
}

/** The same text for the same content, in whatever order it was written. */
function canonical(contents: KnownContents): string {
  const sorted = (block: Readonly<Record<string, unknown>>) =>
    Object.entries(block).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(sorted(contents).map(([name]) => [name, sorted(contents[name] ?? {})]));
}

function base64(content: string): string {
  return Buffer.from(content, "utf8").toString("base64");
}

function knownTexts(leaves: readonly Leaf<string>[]): readonly string[] | undefined {
  const known: string[] = [];
  for (const leaf of leaves) {
    if (isLater<string>(leaf)) return undefined;
    known.push(leaf);
  }
  return known;
}

function knownContents(contents: Contents): KnownContents | undefined {
  const known: Record<string, Record<string, string>> = {};
  for (const [name, files] of Object.entries(contents)) {
    const block: Record<string, string> = {};
    known[name] = block;
    for (const [file, content] of Object.entries(files)) {
      if (isLater<string>(content)) return undefined;
      block[file] = content;
    }
  }
  return known;
}

function required(contents: Contents): KnownContents {
  const known = knownContents(contents);
  if (known === undefined) throw new TypeError("a leaf is not known yet");
  return known;
}
