// `npm run bench [-- NAME [PAIRS]]`: isokube against its peers, in the same run.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { main } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Sources find the repository's files from where they are; in one bundle they would all be in the same place. */
const sourcesKnowWhereTheyAre = {
  name: "sources-know-where-they-are",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
      return { contents, loader: "ts" };
    });
  },
};

await main(async () => {
  await bootstrap();
  const { build } = await import("esbuild");
  const outfile = join(root, "bench", ".out", "bench.mjs");
  await build({
    entryPoints: [join(root, "bench", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    plugins: [sourcesKnowWhereTheyAre],
  });
  const child = spawn(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
});
