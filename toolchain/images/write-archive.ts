import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { currentPlatform } from "../platform.js";
import { composeImages, type PartPaths } from "./compose.js";
import { imageArchive } from "./oci-archive.js";
import type { ArchiveRecipe } from "./recipes.js";
import { tarBytes } from "./tar.js";

export interface WrittenArchive {
  readonly sha256: string;
  readonly bytes: number;
  readonly images: readonly { readonly name: string; readonly digest: string }[];
}

/** Writes the images of one archive to `path`, which is there whole or not at all. */
export async function writeImageArchive(
  path: string,
  recipe: ArchiveRecipe,
  paths: PartPaths,
  signal?: AbortSignal,
): Promise<WrittenArchive> {
  const [, architecture = ""] = currentPlatform().split("/");
  const { digests, entries } = await imageArchive(composeImages(recipe, paths), architecture);
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(partial, "w");
  try {
    for await (const chunk of tarBytes(entries)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
    renameSync(partial, path);
  } finally {
    await file.close();
    rmSync(partial, { force: true });
  }
  return {
    sha256: hash.digest("hex"),
    bytes,
    images: [...digests].map(([name, digest]) => ({ name, digest })),
  };
}
