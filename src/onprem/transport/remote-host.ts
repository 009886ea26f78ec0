import type { Writable } from "node:stream";
import {
  type Remote,
  RemoteFailure,
  type RemoteFile,
  type RemoteResult,
  type RemoteScript,
  type RemoteUnit,
  type RemoteUpload,
} from "../remote.js";
import { excerptOf } from "./excerpt.js";
import { readRemoteFile, uploadFile, writeRemoteFile } from "./files.js";
import type { RootShell } from "./root-shell.js";
import { UnitRun } from "./run-unit.js";

/** The way to one host while somebody works on it. */
export class RemoteHost implements Remote {
  #closed = false;

  constructor(
    private readonly shell: RootShell,
    private readonly reconnectSeconds: number,
  ) {}

  get name(): string {
    return this.shell.name;
  }

  async run(script: RemoteScript): Promise<RemoteResult> {
    const feed = async (stdin: Writable): Promise<void> => {
      stdin.end(script.input ?? "");
    };
    const { text, args = [], timeoutSeconds, signal } = script;
    const { code, stdout, stderr } = await this.#open().run({ text, args, timeoutSeconds, signal, feed });
    return this.#accepted(script, "the script", {
      exitCode: code,
      stdout: stdout.toString("utf8"),
      stderr: stderr.toString("utf8"),
    });
  }

  async runUnit(unit: RemoteUnit): Promise<RemoteResult> {
    return this.#accepted(unit, unit.unit, await new UnitRun(this.#open(), unit, this.reconnectSeconds).outcome());
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    return readRemoteFile(this.#open(), path);
  }

  async writeFile(file: RemoteFile): Promise<void> {
    await writeRemoteFile(this.#open(), file);
  }

  async upload(file: RemoteUpload): Promise<void> {
    await uploadFile(this.#open(), file);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): RootShell {
    if (this.#closed) throw new RemoteFailure(this.name, "unreachable", "this way to the host was closed by its user");
    return this.shell;
  }

  #accepted({ accept = [0] }: RemoteScript, what: string, result: RemoteResult): RemoteResult {
    if (accept.includes(result.exitCode)) return result;
    const said = excerptOf(result.stderr) || excerptOf(result.stdout) || "nothing";
    throw new RemoteFailure(
      this.name,
      "exit",
      `${what} ended with exit code ${result.exitCode}; it said: ${said}`,
      result,
    );
  }
}
