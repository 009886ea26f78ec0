import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../src/core/problems.js";
import { runCommand } from "./commands.js";
import { ToolchainError } from "./errors.js";
import type { GoBuild } from "./go-build.js";
import { goSourceDirectory } from "./source-directory.js";

/** What the Go command says of itself. */
export interface GoInstallation {
  readonly version: string;
  readonly buildCache: string;
  readonly moduleCache: string;
  /** Whether Go may fetch a newer version of itself, from the same module proxy. */
  readonly upgradesItself: boolean;
}

/** The user's environment, with what the build must not depend on taken out of it. */
export function goEnvironment(): NodeJS.ProcessEnv {
  const { GOOS: _system, GOARCH: _architecture, ...rest } = process.env;
  return { ...rest, CGO_ENABLED: "0", GOWORK: "off" };
}

/** The go.mod and go.sum on which a build's outcome depends. */
export function goModuleFiles(build: GoBuild): { readonly mod: string; readonly sum: string } {
  const folder = join(goSourceDirectory(), build.module);
  const mod = build.modfile ?? "go.mod";
  return { mod: join(folder, mod), sum: join(folder, mod.replace(/\.mod$/, ".sum")) };
}

/** The Go files of our own that come into a build: its main package's, and what the programs of a module share. */
export function ownGoFiles(moduleFolder: string, mainPackage: string): readonly string[] {
  if (!mainPackage.startsWith("./")) return [];
  return [join(moduleFolder, mainPackage), join(moduleFolder, "internal")]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".go"))
        .sort()
        .map((file) => join(folder, file)),
    );
}

/** Finds Go, or says in one line how to get it. `undefined` when there is none. */
export async function findGo(signal?: AbortSignal): Promise<GoInstallation | undefined> {
  let text: string;
  try {
    const args = ["env", "-json", "GOVERSION", "GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"];
    // Away from any go.mod, which could make Go speak for another version of itself.
    text = await runCommand("go", args, { cwd: tmpdir(), env: goEnvironment(), timeoutSeconds: 60, signal });
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
  const values: Record<string, string> = JSON.parse(text);
  return {
    version: (values["GOVERSION"] ?? "").replace(/^go/, ""),
    buildCache: values["GOCACHE"] ?? "",
    moduleCache: values["GOMODCACHE"] ?? "",
    upgradesItself: values["GOTOOLCHAIN"] !== "local",
  };
}

/** The newest Go that any of these builds needs. */
export function requiredGoVersion(builds: readonly GoBuild[]): string {
  const versions = builds.map((build) => {
    const text = readFileSync(goModuleFiles(build).mod, "utf8");
    return /^go (\S+)$/m.exec(text)?.[1] ?? "0";
  });
  return versions.sort(compareVersions).at(-1) ?? "0";
}

export function goProblem(go: GoInstallation | undefined, required: string): Problem | undefined {
  const fix = `install Go ${required} or newer (https://go.dev/dl) and run again`;
  if (go === undefined) {
    return {
      code: "toolchain/go-missing",
      path: "go",
      why: "the command is not on PATH, and parts must be built",
      fix,
    };
  }
  if (compareVersions(go.version, required) >= 0) return undefined;
  if (go.upgradesItself && compareVersions(go.version, "1.21.0") >= 0) return undefined;
  return {
    code: "toolchain/go-too-old",
    path: "go",
    value: go.version,
    why: `the pinned modules need Go ${required}`,
    fix: go.upgradesItself ? fix : `${fix}, or set GOTOOLCHAIN=auto`,
  };
}

export async function requireGo(builds: readonly GoBuild[], signal?: AbortSignal): Promise<GoInstallation> {
  const go = await findGo(signal);
  const problem = goProblem(go, requiredGoVersion(builds));
  if (go === undefined || problem !== undefined) throw new ToolchainError(problem === undefined ? [] : [problem]);
  return go;
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => version.split(/[.\-+a-z]/).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
