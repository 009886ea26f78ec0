import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWith } from "../fake-cloud/bundle.js";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * A program whose clusters on hosts of one's own are local control planes with
 * simulated nodes. Everything else is the adapter's: what it makes inside a
 * cluster meets a real API server through the real Kubernetes provider.
 */
export function withSimulatedHosts(program: string): Promise<string> {
  return bundleWith(program, {
    name: "simulated-hosts",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/(control-plane|worker)\.js$/ }, ({ path, importer }) =>
        /src[/\\]providers[/\\]onprem[/\\]/.test(importer)
          ? { path: join(here, path.replace(/\.js$/, ".ts")) }
          : undefined,
      );
      onLoad({ filter: /onprem[/\\]addons[/\\]metrics-server\.ts$/ }, async ({ path }) => ({
        // A local control plane serves the metrics API itself, by objects of the same names.
        contents: (await readFile(path, "utf8"))
          .replace(/^ {6}(apiService|service),\n/gm, "")
          .replaceAll('"isokube:metrics-', '"hosts:metrics-'),
        loader: "ts",
      }));
    },
  });
}
