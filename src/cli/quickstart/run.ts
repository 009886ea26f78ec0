import { spawn } from "node:child_process";

/** A command that ended badly, with what it printed last. */
export class CommandFailed extends Error {
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    super(`${command} ended with ${exitCode ?? "a signal"}${stderr === "" ? "" : `:\n${stderr}`}`);
  }
}

interface RunOptions {
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** Runs a command whose output the user sees as it comes. */
export async function runShown(command: readonly [string, ...string[]], options: RunOptions): Promise<void> {
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    // The user watches: what Pulumi prints is progress, and stdout stays free.
    stdio: ["ignore", process.stderr, process.stderr],
  });
  const exitCode = await finished(child);
  if (exitCode !== 0) throw new CommandFailed(command.join(" "), exitCode, "");
}

/** Runs a command for its standard output. */
export async function runForOutput(
  command: readonly [string, ...string[]],
  options: RunOptions,
  input?: string,
): Promise<string> {
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin?.end(input);
  const exitCode = await finished(child);
  if (exitCode !== 0) throw new CommandFailed(command.join(" "), exitCode, stderr.trim());
  return stdout;
}

function finished(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}
