import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../../../../toolchain/index.js";

/**
 * The file with what an SDK's resources take, read from its declarations when
 * it is not there yet: the largest has 8 MB, and a plugin starts on every command.
 *
 * @param directory folder of the SDK's npm package
 * @returns its path
 */
export async function ensureSchema(directory: string, tokens: readonly string[]): Promise<string> {
  const sorted = [...tokens].sort();
  const hash = createHash("sha256").update(JSON.stringify(sorted));
  const read = fileURLToPath(new URL("./read.ts", import.meta.url));
  for (const file of [join(directory, "package.json"), join(directory, "types", "input.d.ts"), read]) {
    hash.update(readFileSync(file));
  }
  const folder = join(cacheDirectory(), "simulated-clouds");
  const path = join(folder, `${sorted[0]?.split(":")[0]}-${hash.digest("hex").slice(0, 20)}.json`);
  if (existsSync(path)) return path;
  const { readPackage } = await import("./read.js");
  mkdirSync(folder, { recursive: true });
  const half = `${path}.${process.pid}.tmp`;
  writeFileSync(half, JSON.stringify(readPackage(directory, sorted)));
  renameSync(half, path);
  return path;
}
