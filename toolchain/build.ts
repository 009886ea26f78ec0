import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UnitKey, UnitRecord } from "./cache.js";
import { CommandFailed, runCommand } from "./commands.js";
import { ToolchainError } from "./errors.js";
import { goEnvironment, goModuleFiles, ownGoFiles } from "./go.js";
import type { GoBuild } from "./go-build.js";
import { partNames } from "./names.js";
import { patchedModfile } from "./patched-modules.js";
import { currentPlatform, executableFile } from "./platform.js";
import { goSourceDirectory } from "./source-directory.js";

// The linker leaves debug information out; making none takes a sixth off compiling.
const fixedFlags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-gcflags=all=-dwarf=false"];

export interface BuildOptions {
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Named by content: the pinned sums, what of it is our own, the flags, the platform. */
export function buildUnitKey(build: GoBuild): UnitKey {
  const { mod, sum } = goModuleFiles(build);
  const hash = createHash("sha256");
  hash.update(JSON.stringify([build, fixedFlags, currentPlatform()]));
  const own = ownGoFiles(join(goSourceDirectory(), build.module), build.package);
  for (const file of [mod, sum, ...own]) hash.update(readFileSync(file));
  return { name: build.name, version: build.version, recipe: hash.digest("hex").slice(0, 12) };
}

/** Builds into `directory`, which is the unit's folder to be. */
export async function buildInto(directory: string, build: GoBuild, options: BuildOptions): Promise<UnitRecord> {
  const begun = Date.now();
  const program = executableFile(build.name);
  const overlay = await layInEmbeddedFiles(directory, build, options);
  const patched = build.patches === undefined ? undefined : join(directory, "patched");
  const modfile = patched === undefined ? build.modfile : await layInPatches(patched, build, options);
  const flags = [
    ...fixedFlags,
    ...(modfile === undefined ? [] : [`-modfile=${modfile}`]),
    ...(overlay === undefined ? [] : [`-overlay=${overlay}`]),
  ];
  options.onStep("resolving modules");
  const listed = await go(
    build,
    ["list", "-deps", "-f", "{{.ImportPath}}", ...flags, build.package],
    options,
    (line) => {
      const module = /^go: downloading (\S+ \S+)$/.exec(line)?.[1];
      if (module !== undefined) options.onStep(`downloading modules: ${module}`);
    },
  );
  const packages = listed.trim().split("\n");
  const main = packages.at(-1);
  const linker = ["-s", "-w", ...Object.entries(build.linkerValues).map(([name, value]) => `-X ${name}=${value}`)];
  let compiled = 0;
  options.onStep("compiling");
  const args = ["build", ...flags, "-v", `-ldflags=${linker.join(" ")}`, "-o", join(directory, program), build.package];
  await go(build, args, options, (line) => {
    if (line === main) options.onStep("linking");
    else if (/^[\w.]+(\/[^\s:]+)*$/.test(line)) {
      compiled++;
      options.onStep(`compiling package ${compiled} of at most ${packages.length}: ${line}`);
    }
  });
  if (overlay !== undefined) rmSync(overlay);
  if (patched !== undefined) rmSync(patched, { recursive: true });
  const { size } = statSync(join(directory, program));
  const executables: UnitRecord["executables"] = {};
  for (const name of partNames) {
    const version = build.executables[name];
    if (version === undefined) continue;
    const file = executableFile(name);
    if (file !== program) linkBeside(directory, program, file);
    executables[name] = { file, bytes: size, version };
  }
  return { way: "build", seconds: (Date.now() - begun) / 1000, executables };
}

/** A program that looks at the name by which it was started gets one file a name. */
function linkBeside(directory: string, program: string, file: string): void {
  if (process.platform === "win32") linkSync(join(directory, program), join(directory, file));
  else symlinkSync(program, join(directory, file));
}

/**
 * Upstream's main packages embed files that lie beside them. Ours embed the
 * same files of the pinned module, laid in by Go's overlay: nothing is written
 * into the source tree, and go.sum vouches for what is embedded.
 */
async function layInEmbeddedFiles(
  directory: string,
  build: GoBuild,
  options: BuildOptions,
): Promise<string | undefined> {
  if (build.embed === undefined) return undefined;
  const { module, from, into, files } = build.embed;
  const moduleFolder = await downloadModule(build, module, options);
  const target = join(goSourceDirectory(), build.module, into);
  const replace = Object.fromEntries(files.map((file) => [join(target, file), join(moduleFolder, from, file)]));
  mkdirSync(directory, { recursive: true });
  const overlay = join(directory, "overlay.json");
  writeFileSync(overlay, JSON.stringify({ Replace: replace }));
  return overlay;
}

/** Copies of the modules to be patched, and the go.mod that has them instead. */
function layInPatches(directory: string, build: GoBuild, options: BuildOptions): Promise<string> {
  return patchedModfile(directory, goModuleFiles(build), build.patches ?? [], (module) =>
    downloadModule(build, module, options),
  );
}

/** The folder of a pinned module, whose sum Go has verified. */
async function downloadModule(build: GoBuild, module: string, options: BuildOptions): Promise<string> {
  options.onStep(`downloading modules: ${module}`);
  const modfile = build.modfile === undefined ? [] : [`-modfile=${build.modfile}`];
  const downloaded: unknown = JSON.parse(await go(build, ["mod", "download", "-json", ...modfile, module], options));
  if (typeof downloaded !== "object" || downloaded === null || !("Dir" in downloaded)) {
    throw new Error(`go mod download of ${module} named no folder`);
  }
  return String(downloaded.Dir);
}

async function go(
  build: GoBuild,
  args: readonly string[],
  options: BuildOptions,
  onErrorLine?: (line: string) => void,
): Promise<string> {
  try {
    return await runCommand("go", args, {
      cwd: join(goSourceDirectory(), build.module),
      env: goEnvironment(),
      signal: options.signal,
      ...(onErrorLine === undefined ? {} : { onErrorLine }),
    });
  } catch (error) {
    if (error instanceof CommandFailed) throw new ToolchainError([buildProblem(build, error)]);
    throw error;
  }
}

function buildProblem(
  build: GoBuild,
  failure: CommandFailed,
): { code: string; path: string; why: string; fix: string } {
  const output = failure.errorOutput;
  const said = output === "" ? failure.outcome : `${failure.outcome}: ${output.split("\n").slice(-12).join("\n    ")}`;
  const network = /dial tcp|no such host|connection refused|i\/o timeout|proxyconnect|TLS handshake/.test(output);
  const space = /no space left on device/.test(output);
  const checksum = /checksum mismatch|SECURITY ERROR/.test(output);
  return {
    code: network ? "toolchain/no-module-proxy" : space ? "toolchain/disk-full" : "toolchain/build-failed",
    path: build.name,
    why: `go did not build it (${said})`,
    fix: network
      ? "let Go reach a module proxy (GOPROXY, HTTPS_PROXY) and run again; what is done is kept"
      : space
        ? "free disk space and run again; what is done is kept"
        : checksum
          ? "the module proxy served something else than is pinned: use another GOPROXY"
          : "run `npx isokube doctor`; building again continues where it stopped",
  };
}
