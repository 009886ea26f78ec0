// TypeScript of the repository that plain Node can run, as one file.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

/** Sources find the repository's files from where they are; in one bundle they would all be in the same place. */
const sourcesKnowWhereTheyAre = {
  name: "sources-know-where-they-are",
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
      return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
};

/** @param outfile inside the repository, where the packages are found that stay outside of it */
export async function bundleSources(entryPoint, outfile) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    plugins: [sourcesKnowWhereTheyAre],
  });
}
