import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModulePatch } from "./go-build.js";

/** Where a pinned module lies whose sum was verified: `go mod download` tells it. */
export type LocateModule = (module: string) => Promise<string>;

/**
 * A go.mod beside copies of the pinned modules with their patches in them, for
 * `-modfile`. Go lets nothing replace single files of its module cache; what is
 * copied was verified against go.sum before, and differs by the patch alone.
 *
 * @param directory gets everything; it can be removed after the build
 * @param pinned the go.mod that pins the modules, its go.sum beside it
 */
export async function patchedModfile(
  directory: string,
  pinned: { readonly mod: string; readonly sum: string },
  patches: readonly ModulePatch[],
  locate: LocateModule,
): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const replacements: string[] = [];
  for (const [index, patch] of patches.entries()) {
    const copy = join(directory, String(index));
    copyModule(await locate(patch.module), copy, patch);
    replacements.push(`replace ${patch.module} => ${copy}`);
  }
  const modfile = join(directory, "patched.mod");
  const patched = new Set(patches.map(({ module }) => module));
  // Go takes one replacement a module; what was copied is the pinned one's replacement already.
  const lines = readFileSync(pinned.mod, "utf8")
    .split("\n")
    .filter((line) => !patched.has(/^replace (\S+) => /.exec(line)?.[1] ?? ""));
  writeFileSync(modfile, `${lines.join("\n")}\n${replacements.join("\n")}\n`);
  writeFileSync(join(directory, "patched.sum"), readFileSync(pinned.sum));
  return modfile;
}

/** @throws Error when what a patch changes is not there: it was written for another version of the module */
function copyModule(source: string, target: string, { module, without, files, changes = {} }: ModulePatch): void {
  copyFolder(source, target, new Set(without.map((folder) => join(source, folder))));
  for (const [path, content] of Object.entries(files)) {
    const file = join(target, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  for (const [path, replacements] of Object.entries(changes)) {
    const file = join(target, path);
    let text = readFileSync(file, "utf8");
    for (const [before, after] of Object.entries(replacements)) {
      if (!text.includes(before)) throw new Error(`${module}: ${path} has no "${before}" that the patch could change`);
      text = text.replaceAll(before, () => after);
    }
    writeFileSync(file, text);
  }
}

/** By content alone: everything in the module cache is read-only, and a copy that is so could not be patched. */
function copyFolder(source: string, target: string, without: ReadonlySet<string>): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (without.has(from)) continue;
    if (entry.isDirectory()) copyFolder(from, to, without);
    else writeFileSync(to, readFileSync(from));
  }
}
