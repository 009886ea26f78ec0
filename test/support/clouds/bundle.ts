import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../..");

/** Bundled CommonJS packages call `require`, which an ES module does not have. */
const banner =
  'import { createRequire as simulatedCreateRequire } from "node:module"; const require = simulatedCreateRequire(import.meta.url);';

const programs = {
  provider: "provider/main.ts",
  standIn: "stand-ins/main.ts",
  loadBalancers: "load-balancers/main.ts",
} as const;

/** Paths of the programs of the simulated clouds. */
export type Programs = Readonly<Record<keyof typeof programs, string>>;

/** Bundles them as they are now: a process of a test runs plain JavaScript. */
export async function bundlePrograms(): Promise<Programs> {
  const [provider, standIn, loadBalancers] = await Promise.all([
    bundle(programs.provider),
    bundle(programs.standIn),
    bundle(programs.loadBalancers),
  ]);
  return { provider, standIn, loadBalancers };
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: banner },
    logLevel: "warning",
  });
  const text = outputFiles[0]?.text ?? "";
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  // From this very folder the control plane's engine finds the product's own programs in dist/.
  const folder = join(repository, "node_modules", ".cache");
  const file = join(folder, `simulated-${entry.split("/")[0]}-${hash}.mjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}.tmp`, text);
  renameSync(`${file}.${process.pid}.tmp`, file);
  return file;
}
