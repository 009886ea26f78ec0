import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Problem } from "../../core/problems.js";
import { assertNoProblems } from "../../core/validation.js";
import {
  type Bundle,
  type BundleFile,
  bundleFile,
  bundleSignatureFile,
  fileProblems,
  parseBundle,
  signatureProblems,
} from "./bundle.js";

/**
 * Reads a bundle's list; its files are not looked at yet.
 *
 * @param publicKey PEM; where it is given, the list must be signed with its key
 * @throws ValidationError with every problem
 */
export function openBundle(directory: string, publicKey?: string): Bundle {
  const content = readIfAny(join(directory, bundleFile));
  if (content === undefined) {
    assertNoProblems("the bundle", [
      {
        code: "bundle/missing",
        path: bundleFile,
        value: directory,
        why: "the folder has no such file that can be read, so it is no finished bundle",
        fix: "name the folder that `npx isokube bundle --output` wrote; run that again if it was interrupted",
      },
    ]);
  }
  if (publicKey !== undefined) {
    const signature = readIfAny(join(directory, bundleSignatureFile))?.toString("utf8");
    // Before the list is read: nothing unsigned is looked at any further.
    assertNoProblems("the bundle", signatureProblems(content ?? Buffer.alloc(0), signature, publicKey));
  }
  return parseBundle(content?.toString("utf8") ?? "");
}

/** Reads one file to its end and compares it with the list. */
export async function checkBundleFile(directory: string, file: BundleFile): Promise<readonly Problem[]> {
  const found = await measureFile(join(directory, file.path)).catch(() => undefined);
  return fileProblems(file, found);
}

/** What a list says of a file's content. @throws when it cannot be read to its end */
export async function measureFile(path: string): Promise<Pick<BundleFile, "sha256" | "bytes">> {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(createReadStream(path), async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { sha256: hash.digest("hex"), bytes };
}

export function readIfAny(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
