// Everything the tests and the quickstart need, from a fresh clone on a fresh
// machine: npm packages, the built product, the toolchain's real parts.
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkNode, installDependencies } from "./lib/dependencies.mjs";
import { main, StepFailed, say } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @returns {Promise<void>} */
export async function bootstrap({ toolchain = true } = {}) {
  checkNode();
  await installDependencies(root);
  const { build } = await import(pathToFileURL(join(root, "scripts", "build.mjs")).href);
  await build();
  if (!toolchain) return;
  const { ensureParts, defaultParts, progressLines } = await import(
    pathToFileURL(join(root, "dist", "toolchain", "index.js")).href
  );
  const interrupted = new AbortController();
  const stop = () => interrupted.abort(new Error("interrupted"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const parts = await ensureParts({
      parts: defaultParts,
      onProgress: progressLines(process.stderr),
      signal: interrupted.signal,
    });
    say(`toolchain ready: ${parts.size} parts`);
  } catch (error) {
    throw new StepFailed(error instanceof Error ? error.message : String(error));
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => bootstrap({ toolchain: !process.argv.includes("--no-toolchain") }));
}
