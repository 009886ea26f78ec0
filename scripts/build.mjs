// Bundles the product into dist/ with esbuild: `node scripts/build.mjs`.
//
//   --if-stale   do nothing when no source changed since the last build
//   --types      also emit the declarations that package.json's "types" names
//
// Every output is written beside its place and renamed into it, entries last, so
// a program that starts during a build runs either the old or the new code.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const stampFile = join(dist, ".build.json");
const lockFile = join(root, "node_modules", ".cache", "isokube-build.lock");

/**
 * What a user's program loads shares its `@pulumi/*` with that program: two
 * copies of the runtime would not know each other's resources.
 */
const library = { index: "src/index.ts", "stacks/index": "stacks/index.ts" };

/** What runs as a process of its own carries everything it needs. */
const programs = {
  "plugin/main": "src/plugin/main.ts",
  "plugin/simulated-kubelet": "src/local/simulated-kubelet/main.ts",
  "toolchain/index": "toolchain/index.ts",
};

/**
 * The command line carries what it needs, but for Pulumi: one command alone loads
 * it, and only then, from where the project has it.
 */
const commandLine = { "cli/main": "src/cli/main.ts" };

/** Bundled CommonJS packages call `require` and read `__dirname`, which an ES module does not have. */
const globalsForCommonJs =
  'import { createRequire as isokubeCreateRequire } from "node:module"; const require = isokubeCreateRequire(import.meta.url); const __dirname = import.meta.dirname;';

/**
 * Native code of ssh2's that is faster where an install script built it. Nothing
 * here runs install scripts, and ssh2 does without when it finds none.
 */
const optionalNativeModules = ["cpu-features", "*.node"];

/** A program already running may still load chunks of the build it started with. */
const staleChunkSeconds = 3600;

function sourceFiles() {
  const files = ["package.json", "package-lock.json", "scripts/build.mjs"];
  const walk = (directory) => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (path !== "toolchain/go") walk(path);
      } else if (/\.(ts|json)$/.test(entry.name)) files.push(path);
    }
  };
  for (const directory of ["src", "stacks", "toolchain"]) if (existsSync(join(root, directory))) walk(directory);
  return files.sort();
}

/** A fingerprint of every source's path, size and time of change: reading 200 files would cost more. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of sourceFiles()) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest("hex");
}

/** True when dist/ holds the build of the sources as they are now. */
export function isFresh() {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, "utf8"));
    return stamp.fingerprint === fingerprint() && stamp.outputs.every((output) => existsSync(join(dist, output)));
  } catch {
    return false;
  }
}

function replaceFile(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

const common = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  // The names of classes and functions reach the user in stack traces.
  keepNames: true,
  banner: { js: globalsForCommonJs },
  logLevel: "warning",
};

/** How the programs are bundled, for the test that a part of one runs where no package is. */
export const programOptions = { ...common, external: optionalNativeModules };

async function bundle(esbuild, entries, options) {
  const present = Object.fromEntries(Object.entries(entries).filter(([, source]) => existsSync(join(root, source))));
  if (Object.keys(present).length === 0) return [];
  const result = await esbuild.build({
    ...common,
    absWorkingDir: root,
    entryPoints: present,
    outdir: dist,
    chunkNames: "chunks/[name]-[hash]",
    write: false,
    ...options,
  });
  return result.outputFiles;
}

function removeStaleChunks(outputs) {
  const directory = join(dist, "chunks");
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const ageSeconds = (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())) / 1000;
    if (!outputs.has(`chunks/${name}`) && ageSeconds > staleChunkSeconds) rmSync(path, { force: true });
  }
}

/** Builds dist/ from the sources, whether or not they changed. */
export async function build() {
  // Taken before reading: a source edited during the build makes the next check stale.
  const print = fingerprint();
  const { default: esbuild } = await import("esbuild");
  const files = (
    await Promise.all([
      // Pulumi looks up where each resource was made, in whatever map it finds, and reads all of it for that. The
      // names in the bundle are the sources' own, and those are not in the package.
      bundle(esbuild, library, { external: ["@pulumi/*"], sourcemap: false }),
      bundle(esbuild, programs, {
        ...programOptions,
        chunkNames: "chunks/program-[name]-[hash]",
      }),
      bundle(esbuild, commandLine, { external: ["@pulumi/*"], chunkNames: "chunks/cli-[name]-[hash]" }),
    ])
  ).flat();
  const isChunk = (file) => relative(dist, file.path).startsWith("chunks");
  for (const file of files.filter(isChunk)) replaceFile(file.path, file.contents);
  for (const file of files.filter((file) => !isChunk(file))) replaceFile(file.path, file.contents);
  const outputs = files.map((file) => relative(dist, file.path).replaceAll("\\", "/"));
  replaceFile(stampFile, JSON.stringify({ fingerprint: print, outputs }, undefined, 2));
  removeStaleChunks(new Set(outputs));
  return outputs;
}

function processIsAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Takes the lock file, or returns false when a living process has it. */
function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  try {
    const handle = openSync(lockFile, "wx");
    writeFileSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  let holder = Number.NaN;
  let ageMs = 0;
  try {
    holder = Number.parseInt(readFileSync(lockFile, "utf8"), 10);
    ageMs = Date.now() - statSync(lockFile).mtimeMs;
  } catch (error) {
    if (error.code === "ENOENT") return false; // given back just now
    throw error;
  }
  // An empty lock belongs to a process between creating and writing it, unless it died there.
  const abandoned = Number.isNaN(holder) ? ageMs > 5_000 : !processIsAlive(holder);
  if (abandoned) rmSync(lockFile, { force: true });
  return false;
}

/** Builds unless dist/ is fresh; several callers at once do the work once. */
export async function ensureBuilt() {
  if (isFresh()) return;
  const deadline = Date.now() + 60_000;
  while (!takeLock()) {
    if (Date.now() > deadline) throw new Error(`another build holds ${lockFile} for over 60 s: end it, then try again`);
    await new Promise((wake) => setTimeout(wake, 50));
    if (isFresh()) return;
  }
  try {
    if (!isFresh()) await build();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** Emits the declarations of the public API under dist/types. */
export function buildTypes() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const emit = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--incremental", "false"];
  const flags = [...emit, "--outDir", "dist/types", "--rootDir", "."];
  const run = spawnSync(process.execPath, [compiler, "-p", "scripts/tsconfig.types.json", ...flags], {
    cwd: root,
    stdio: "inherit",
  });
  if (run.status !== 0) throw new Error("the declarations could not be emitted");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const options = process.argv.slice(2);
  const unknown = options.filter((option) => option !== "--if-stale" && option !== "--types");
  if (unknown.length > 0) {
    process.stderr.write(`unknown option ${unknown.join(" ")}; known: --if-stale, --types\n`);
    process.exit(2);
  }
  const started = performance.now();
  if (options.includes("--if-stale")) await ensureBuilt();
  else await build();
  if (options.includes("--types")) buildTypes();
  process.stderr.write(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
