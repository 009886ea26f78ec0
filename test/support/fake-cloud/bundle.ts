import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../..");

/** Bundled CommonJS packages call `require`, which an ES module does not have. */
const banner =
  'import { createRequire as fakeCreateRequire } from "node:module"; const require = fakeCreateRequire(import.meta.url);';

/**
 * A program for the engine, bundled with the components' sources, in which the
 * fake cloud takes the place of every adapter. The program imports from
 * `isokube` what a user's would.
 */
export function withFakeCloud(program: string): Promise<string> {
  return bundleWith(program, {
    name: "fake-cloud",
    setup({ onResolve }) {
      onResolve({ filter: /\/registry\.js$/ }, () => ({ path: join(here, "registry.ts") }));
    },
  });
}

/** A program bundled with the components' sources, some of which the plugin replaces. */
export async function bundleWith(program: string, standIns: Plugin): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: repository, loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@pulumi/*"],
    banner: { js: banner },
    logLevel: "silent",
    plugins: [
      {
        name: "isokube",
        setup({ onResolve }) {
          onResolve({ filter: /^isokube$/ }, () => ({ path: join(repository, "src", "index.ts") }));
        },
      },
      standIns,
    ],
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error("esbuild gave no bundle");
  return bundle.text;
}
