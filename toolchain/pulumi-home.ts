import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { EnsuredPart } from "./catalog.js";
import type { PartName } from "./names.js";
import { executableFile } from "./platform.js";

/**
 * Makes a folder serve as PULUMI_HOME: language host and Kubernetes provider
 * where the engine looks for plugins (found on PATH it would warn of them on
 * every command), the command line in a folder for PATH. Everything is a link
 * into the cache; doing it again changes nothing. The folder should belong to
 * isokube alone.
 */
export function layOutPulumi(options: {
  readonly pulumiHome: string;
  readonly parts: ReadonlyMap<PartName, EnsuredPart>;
}): { readonly binDirectory: string } {
  const binDirectory = join(options.pulumiHome, "bin");
  link(need(options.parts, "pulumi"), join(binDirectory, executableFile("pulumi")));
  const plugin = (kind: string, name: PartName) => {
    const part = need(options.parts, name);
    link(part, join(options.pulumiHome, "plugins", `${kind}-v${part.version}`, executableFile(name)));
  };
  plugin("language-nodejs", "pulumi-language-nodejs");
  plugin("resource-kubernetes", "pulumi-resource-kubernetes");
  return { binDirectory };
}

function need(parts: ReadonlyMap<PartName, EnsuredPart>, name: PartName): EnsuredPart {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`layOutPulumi needs the part ${name}: ask ensureParts for it too`);
  return part;
}

/** Puts a link in one step, so that an engine started meanwhile finds the old or the new one. */
function link(part: EnsuredPart, path: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isSymbolicLink()) {
    throw new Error(`${path} is in the way and not a link of isokube's: choose a PULUMI_HOME of its own`);
  }
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  symlinkSync(part.path, draft);
  renameSync(draft, path);
}
