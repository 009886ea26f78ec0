import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import type { Workspace } from "./workspace.js";

/** Pulumi's line that binds a stack's config to one passphrase. */
const saltLine = /^encryptionsalt: .*\n?/m;

/**
 * Lays out a Pulumi project that runs the checkout's program.
 *
 * Pulumi writes the passphrase's salt into the stack's config. In the checkout
 * that would show as a change, and would lock out whoever starts again with
 * another passphrase; so config files live here, made anew from the checkout's
 * on every run, and only the salt is kept.
 */
export function layOutProject(workspace: Workspace, stack: string): void {
  const { root, projectDirectory } = workspace;
  mkdirSync(projectDirectory, { recursive: true, mode: 0o700 });
  const project: Record<string, unknown> = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"));
  const { stackConfigDir: _, ...kept } = project;
  const plugins = { providers: [{ name: "isokube", path: join(root, "plugin") }] };
  writeFileSync(join(projectDirectory, "Pulumi.yaml"), stringify({ ...kept, main: "program.mjs", plugins }));
  const program = pathToFileURL(join(root, "stacks", "run.mjs")).href;
  writeFileSync(join(projectDirectory, "program.mjs"), `export { default } from ${JSON.stringify(program)};\n`);
  // The SDK starts the program as an ES module only if this file says so.
  writeFileSync(join(projectDirectory, "package.json"), JSON.stringify({ type: "module", main: "program.mjs" }));
  // Where the language host looks for the SDK.
  const modules = join(projectDirectory, "node_modules");
  if (!existsSync(modules)) symlinkSync(join(root, "node_modules"), modules, "junction");

  const source = readFileSync(stackConfig(workspace, stack), "utf8");
  const config = join(projectDirectory, `Pulumi.${stack}.yaml`);
  const salt = existsSync(config) ? (saltLine.exec(readFileSync(config, "utf8"))?.[0] ?? "") : "";
  writeFileSync(config, `${source.replace(saltLine, "").trimEnd()}\n${salt}`, { mode: 0o600 });
}

/**
 * Takes the salt out of the checkout's config, where a `pulumi up` by hand put
 * it: once its passphrase is gone it would only refuse the next one.
 */
export function forgetSalt(workspace: Workspace, stack: string): void {
  const file = stackConfig(workspace, stack);
  const before = readFileSync(file, "utf8");
  const after = before.replace(saltLine, "");
  if (after !== before) writeFileSync(file, after);
}

function stackConfig(workspace: Workspace, stack: string): string {
  return join(workspace.root, "stacks", `Pulumi.${stack}.yaml`);
}
