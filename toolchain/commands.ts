import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds?: number;
  /** Told every line of standard error while the command runs. */
  readonly onErrorLine?: (line: string) => void;
}

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";

  constructor(
    readonly command: string,
    readonly outcome: string,
    readonly errorOutput: string,
  ) {
    super(`${command}: ${outcome}${errorOutput === "" ? "" : `\n${errorOutput}`}`);
  }
}

/** What is kept of standard error for the message of a failure. */
const keptErrorLines = 30;
/** A command that was asked to stop gets this long to clean up. */
const graceSeconds = 5;

/** Runs a command to its end and returns its standard output. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    const errorLines: string[] = [];
    let ending: { readonly outcome: string; readonly reason?: unknown } | undefined;
    const stop = (why: { readonly outcome: string; readonly reason?: unknown }) => {
      if (ending !== undefined) return;
      ending = why;
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1000).unref();
    };
    const onAbort = () => stop({ outcome: "interrupted", reason: options.signal?.reason });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const deadline =
      options.timeoutSeconds === undefined
        ? undefined
        : setTimeout(
            () => stop({ outcome: `no answer within ${options.timeoutSeconds ?? 0} s` }),
            options.timeoutSeconds * 1000,
          );
    const settle = () => {
      clearTimeout(deadline);
      options.signal?.removeEventListener("abort", onAbort);
    };
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    createInterface({ input: child.stderr }).on("line", (line) => {
      errorLines.push(line);
      if (errorLines.length > keptErrorLines) errorLines.shift();
      options.onErrorLine?.(line);
    });
    child.on("error", (error) => {
      settle();
      reject(new CommandFailed(file, error.message, ""));
    });
    child.on("close", (code, signal) => {
      settle();
      if (ending?.reason !== undefined) reject(ending.reason);
      else if (ending !== undefined) reject(new CommandFailed(file, ending.outcome, errorLines.join("\n")));
      else if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
      else {
        const outcome = code === null ? `ended by ${signal ?? "a signal"}` : `exit code ${code}`;
        reject(new CommandFailed(file, outcome, errorLines.join("\n")));
      }
    });
  });
}
