import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { toolchainDirectory } from "./cache.js";
import { runCommand } from "./commands.js";
import type { PartName } from "./names.js";
import type { Part } from "./part.js";
import { executableFile } from "./platform.js";

const answerSeconds = 10;

/**
 * The executable of a part that is already on the machine at exactly the
 * pinned version; `undefined` when there is none.
 */
export async function findPresent(
  part: Part,
  parts: Readonly<Record<PartName, Part>>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  switch (part.probe.kind) {
    case "ask": {
      const path = findOnPath(part.name);
      if (path === undefined) return undefined;
      const answer = await ask(path, part.probe.arguments, signal);
      return part.probe.pattern.exec(answer)?.[1] === part.version ? path : undefined;
    }
    case "beside": {
      const sibling = await findPresent(parts[part.probe.part], parts, signal);
      if (sibling === undefined) return undefined;
      const path = join(dirname(sibling), executableFile(part.name));
      return isExecutable(path) ? path : undefined;
    }
    case "never":
      return undefined;
    case "plugin": {
      const folder = join(pulumiHome(), "plugins", part.probe.plugin);
      const path = join(folder, executableFile(part.name));
      // The engine leaves this mark while it installs a plugin.
      return isExecutable(path) && !isOwn(path) && !existsSync(`${folder}.partial`) ? path : undefined;
    }
  }
}

/** The first executable of that name on PATH, except what this toolchain installed itself. */
function findOnPath(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const candidate = join(folder, executableFile(name));
    // The link itself is kept: some programs look at the name they are started by.
    if (folder !== "" && isExecutable(candidate) && !isOwn(candidate)) return candidate;
  }
  return undefined;
}

/** Whether a link leads to what this toolchain installed itself. */
function isOwn(path: string): boolean {
  return realpathSync(path).startsWith(`${toolchainDirectory()}${sep}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function ask(path: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    return await runCommand(path, args, {
      timeoutSeconds: answerSeconds,
      signal,
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
  } catch {
    signal?.throwIfAborted();
    return "";
  }
}

function pulumiHome(): string {
  const own = process.env["PULUMI_HOME"];
  return own !== undefined && own !== "" ? own : join(homedir(), ".pulumi");
}
