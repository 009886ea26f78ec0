import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Path of the bundled program of the simulated kubelet. It lies beside the
 * plugin's bundle; code that runs from its sources uses the bundle in `dist/`.
 *
 * @throws when the product was not built.
 */
export function simulatedKubeletProgram(): string {
  const candidates = ["../plugin/simulated-kubelet.js", "../../dist/plugin/simulated-kubelet.js"].map((relative) =>
    fileURLToPath(new URL(relative, import.meta.url)),
  );
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new Error(
      `the simulated kubelet's program is missing (looked for ${candidates.join(" and ")}): run "npm run build"`,
    );
  }
  return found;
}
