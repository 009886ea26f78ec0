import { spawn } from "node:child_process";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** @default 60 */
  readonly timeoutSeconds?: number;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and gives back what it said, whatever its exit code; fails when it takes too long. */
export function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { timeoutSeconds = 60, input = "", environment } = options;
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(environment === undefined ? {} : { env: { ...process.env, ...environment } }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    let tooLong = false;
    const timer = setTimeout(() => {
      tooLong = true;
      child.kill("SIGKILL");
      // A grandchild may keep the pipes open for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutSeconds * 1000);
    // A program that ends without reading its input is not at fault.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (tooLong) {
        const seen = `${stdout.slice(-1000)}${stderr.slice(-1000)}`.trim();
        reject(new Error(`not done within ${timeoutSeconds} s: ${shown(argv)}; it said: ${seen}`));
      } else resolve({ code: code ?? (signal === null ? 1 : 128), stdout, stderr });
    });
  });
}

/** The same, but an exit code other than zero fails, with what the program said. */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(argv, options);
  if (code !== 0) throw new Error(`${shown(argv)} ended with ${code}: ${`${stderr}${stdout}`.trim().slice(-2000)}`);
  return stdout;
}

function shown(argv: readonly string[]): string {
  return argv.join(" ").slice(0, 300);
}

/** Never follows a mount: what is mounted below a folder is not the folder's to delete. */
export async function removeFolder(path: string): Promise<void> {
  await command(["rm", "-rf", "--one-file-system", "--", path], { timeoutSeconds: 120 });
}

/** One word of a shell's, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
