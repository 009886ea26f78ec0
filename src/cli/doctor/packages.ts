import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finding, ok } from "./finding.js";

/** Deep enough for any tree that a package manager lays out, and an end for one that is not. */
const deepestNesting = 12;

/**
 * Two copies of the Pulumi runtime in one program do not know each other's
 * resources, which shows as errors that name neither.
 */
export function checkPulumiCopies(from: string): Finding {
  const copies = findPackages(from, "@pulumi/pulumi");
  const check = "@pulumi/pulumi";
  const [only, ...others] = copies;
  if (only === undefined) return ok(check, "none installed above this folder");
  if (others.length === 0) return ok(check, `one copy, version ${only.version}`);
  return {
    check,
    status: "problem",
    detail: `${copies.length} copies: ${copies.map(({ path, version }) => `${version} in ${path}`).join(", ")}`,
    fix: "run `npm dedupe`, and make it a peer dependency of whatever brings the second copy",
  };
}

/** The engine is asked for the plugin of exactly the SDK's version. */
export function checkKubernetesSdk(from: string, provider: string): Finding {
  const check = "@pulumi/kubernetes";
  const other = findPackages(from, "@pulumi/kubernetes").find(({ version }) => version !== provider);
  if (other === undefined) return ok(check, `matches the toolchain's provider ${provider}`);
  return {
    check,
    status: "warning",
    detail: `${other.path} is ${other.version}, the toolchain's provider is ${provider}`,
    fix: `install @pulumi/kubernetes@${provider}, or let Pulumi download the provider of ${other.version}`,
  };
}

interface InstalledPackage {
  readonly path: string;
  readonly version: string;
}

/** Every copy of a package that a program in this folder could load. */
export function findPackages(from: string, name: string): readonly InstalledPackage[] {
  const found: InstalledPackage[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    search(join(folder, "node_modules"), name, 0, found);
    if (folder === dirname(folder)) return found;
  }
}

/** Links are not followed: they lead to what is found by its own path. */
function search(modules: string, name: string, depth: number, found: InstalledPackage[]): void {
  if (depth > deepestNesting) return;
  const version = versionOf(join(modules, name));
  if (version !== undefined) found.push({ path: join(modules, name), version });
  for (const entry of folders(modules)) {
    const path = join(modules, entry.name);
    const isCollection = entry.name.startsWith("@") || entry.name === ".pnpm";
    const packages = isCollection ? folders(path).map((inner) => join(path, inner.name)) : [path];
    for (const folder of packages) search(join(folder, "node_modules"), name, depth + 1, found);
  }
}

function folders(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch {
    return [];
  }
}

function versionOf(folder: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return undefined;
    return String(manifest.version);
  } catch {
    return undefined;
  }
}
