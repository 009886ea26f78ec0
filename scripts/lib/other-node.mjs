// The second Node release that the product promises to work on. npm carries
// Node's own executables, so no other download is needed.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runQuietly } from "./step.mjs";

const version = "22.23.3";

/** Path of the Node 22 executable, installed into the cache the first time. */
export async function ensureNode22(cacheDirectory) {
  const home = join(cacheDirectory, "node", version);
  const executable = join(home, "bin", "node");
  if (existsSync(executable)) return executable;
  mkdirSync(dirname(home), { recursive: true });
  const staging = mkdtempSync(join(dirname(home), `.${version}-`));
  try {
    const name = `node-${process.platform}-${process.arch}`;
    await runQuietly(`installing Node ${version}`, [
      "npm",
      "install",
      "--prefix",
      staging,
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      `${name}@${version}`,
    ]);
    renameSync(join(staging, "node_modules", name), home);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return executable;
}
