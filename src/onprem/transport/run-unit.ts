import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { RemoteFailure, type RemoteResult, type RemoteUnit } from "../remote.js";
import { excerptOf } from "./excerpt.js";
import { quoteWords } from "./quote.js";
import type { RootShell, ShellResult } from "./root-shell.js";
import { followText, isUnitName, parseUnitState, startText, stopUnitText, type UnitState, unitWords } from "./units.js";

const startSeconds = 60;
const stopSeconds = 40;
/** How long one look stays at the host: short enough that a dead line is noticed, long enough to be rare. */
const staySeconds = 20;
/** The host ends the unit at its deadline; we do when the host did not. */
const graceSeconds = 20;
/** The end of a long output says how it went; all of it is on the host. */
const keptBytes = 4 * 1024 * 1024;
const firstPauseMs = 500;
const longestPauseMs = 5_000;

/** What a unit needs of the way to its host. */
type Shell = Pick<RootShell, "name" | "run" | "closed">;

/** A script as a transient unit: begun once, followed over as many connections as it takes. */
export class UnitRun {
  readonly #call = randomBytes(12).toString("hex");
  readonly #deadline: number;
  readonly #lines: LineSplitter;
  #offset = 0;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Since when the host cannot be reached. */
  #lostSince: number | undefined;
  #pauseMs = firstPauseMs;

  constructor(
    private readonly shell: Shell,
    private readonly unit: RemoteUnit,
    private readonly reconnectSeconds: number,
  ) {
    if (!isUnitName(unit.unit)) {
      throw new Error(`${JSON.stringify(unit.unit)} cannot name a unit: use letters, digits and hyphens`);
    }
    this.#deadline = performance.now() + (unit.timeoutSeconds + graceSeconds) * 1000;
    this.#lines = new LineSplitter(unit.onLine ?? (() => undefined));
  }

  /** @throws RemoteFailure; the caller judges the exit code */
  async outcome(): Promise<RemoteResult> {
    await this.#persevere(() => this.#start());
    for (;;) {
      const state = await this.#persevere(() => this.#follow());
      switch (state.kind) {
        case "runs":
          if (performance.now() > this.#deadline) await this.#stopLate();
          break;
        case "exit":
          this.#lines.end();
          if (state.late) throw this.#late();
          return this.#result(state.code);
        case "gone":
          this.#lines.end();
          return this.#judgeGone(state);
      }
    }
  }

  /** Tries again for a bounded time when the host cannot be reached, since the unit does not need us. */
  async #persevere<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        this.#lostSince = undefined;
        this.#pauseMs = firstPauseMs;
        return result;
      } catch (error) {
        if (!(error instanceof RemoteFailure) || error.kind !== "unreachable" || this.shell.closed) throw error;
        this.#lostSince ??= performance.now();
        const seconds = Math.round((performance.now() - this.#lostSince) / 1000);
        if (seconds >= this.reconnectSeconds) {
          throw this.#fail(
            "unreachable",
            `the connection was lost while ${this.unit.unit} ran and was not had again within ${this.reconnectSeconds} s; the last attempt said: ${error.message}. The unit may still be at work: the next run finds it`,
          );
        }
        await sleep(this.#pauseMs, undefined, { signal: this.unit.signal }).catch(() => undefined);
        this.unit.signal?.throwIfAborted();
        this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
      }
    }
  }

  async #start(): Promise<void> {
    const { unit } = this;
    const seconds = Math.ceil(unit.timeoutSeconds);
    const main = quoteWords(unitWords(unit.unit, seconds, unit));
    const input = Buffer.from(unit.input ?? "");
    const args = [unit.unit, this.#call, String(seconds), `exec ${main}`, String(input.length)];
    const feed = async (stdin: Writable): Promise<void> => {
      stdin.end(input);
    };
    const { signal } = unit;
    const result = await this.shell.run({ text: startText, args, timeoutSeconds: startSeconds, signal, feed });
    if (result.code !== 0) {
      const said = excerptOf(result.stderr.toString("utf8"));
      throw this.#fail(
        "exit",
        `the unit ${unit.unit} could not be begun: ${said || `exit code ${result.code}`}`,
        result,
      );
    }
  }

  async #follow(): Promise<UnitState> {
    const left = Math.ceil((this.#deadline - performance.now()) / 1000);
    const stay = Math.max(1, Math.min(staySeconds, left));
    const feed = async (stdin: Writable): Promise<void> => {
      stdin.end();
    };
    const result = await this.shell.run({
      text: followText,
      args: [this.unit.unit, String(this.#offset), String(stay)],
      timeoutSeconds: stay + 30,
      signal: this.unit.signal,
      feed,
      onStdout: (chunk) => this.#take(chunk),
    });
    const state = parseUnitState(result.stderr.toString("utf8"));
    if (result.code === 0 && state !== undefined) return state;
    const said = excerptOf(result.stderr.toString("utf8"));
    throw this.#fail("exit", `the unit ${this.unit.unit} could not be looked at: ${said || "no answer"}`, result);
  }

  #take(chunk: Buffer): void {
    this.#offset += chunk.length;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > 2 * keptBytes) {
      this.#kept = [Buffer.concat(this.#kept).subarray(-keptBytes)];
      this.#keptBytes = keptBytes;
    }
    this.#lines.take(chunk);
  }

  /** The host should have ended it by itself. */
  async #stopLate(): Promise<never> {
    const feed = async (stdin: Writable): Promise<void> => {
      stdin.end();
    };
    const args = [this.unit.unit];
    await this.shell.run({ text: stopUnitText, args, timeoutSeconds: stopSeconds, signal: undefined, feed });
    throw this.#late();
  }

  #judgeGone(state: Extract<UnitState, { kind: "gone" }>): RemoteResult {
    const { unit } = this.unit;
    if (!state.known) {
      throw this.#fail(
        "unreachable",
        `the host was restarted while ${unit} ran: how far it came is unknown. Run again, which does what is left`,
      );
    }
    const { Result: result = "unknown", ExecMainStatus: status = "" } = state.properties;
    if (result === "timeout") throw this.#late();
    const number = Number.parseInt(status, 10);
    const exitCode = 128 + (Number.isNaN(number) ? 0 : number);
    const kept = this.#result(exitCode);
    throw this.#fail("exit", `${unit} was ended from outside before it could finish (${result})`, {
      code: exitCode,
      stdout: Buffer.from(kept.stdout),
      stderr: Buffer.alloc(0),
    });
  }

  #result(exitCode: number): RemoteResult {
    return { exitCode, stdout: Buffer.concat(this.#kept).toString("utf8"), stderr: "" };
  }

  #late(): RemoteFailure {
    const said = excerptOf(Buffer.concat(this.#kept).toString("utf8"));
    const last = said === "" ? "it wrote nothing" : `it last wrote: ${said}`;
    return this.#fail(
      "timeout",
      `${this.unit.unit} did not end within ${this.unit.timeoutSeconds} s and was stopped; ${last}`,
    );
  }

  #fail(kind: "exit" | "timeout" | "unreachable", message: string, result?: ShellResult): RemoteFailure {
    return result === undefined
      ? new RemoteFailure(this.shell.name, kind, message)
      : new RemoteFailure(this.shell.name, kind, message, {
          exitCode: result.code,
          stdout: result.stdout.toString("utf8"),
          stderr: result.stderr.toString("utf8"),
        });
  }
}

/** Whole lines out of chunks that end anywhere, even inside a character. */
class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(private readonly onLine: (line: string) => void) {}

  take(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const line of parts) this.onLine(line.replace(/\r$/, ""));
  }

  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (last !== "") this.onLine(last);
  }
}
