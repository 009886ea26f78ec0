// Everything the tests and the quickstart need, from a fresh clone on a fresh
// machine: npm packages, the built product, the toolchain's real parts.
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkNode, installDependencies } from "./lib/dependencies.mjs";
import { main, StepFailed, say } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Kubernetes minors beyond the default are got only for who asks: each takes minutes to build.
 * @param {{ toolchain?: boolean, moreKubernetes?: readonly string[] }} options
 * @returns {Promise<void>}
 */
export async function bootstrap({ toolchain = true, moreKubernetes = [] } = {}) {
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
    const common = { onProgress: progressLines(process.stderr), signal: interrupted.signal };
    const parts = await ensureParts({ parts: defaultParts, ...common });
    for (const kubernetesVersion of moreKubernetes) {
      await ensureParts({ parts: defaultParts, kubernetesVersion, ...common });
    }
    say(`toolchain ready: ${parts.size} parts${moreKubernetes.map((minor) => `, and Kubernetes ${minor}`).join("")}`);
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
