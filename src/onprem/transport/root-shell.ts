import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import { messageOf } from "../../core/message-of.js";
import { RemoteFailure, type RemoteFailureKind } from "../remote.js";
import type { SudoSpec } from "../spec.js";
import { beginCommand, type ChannelEnd, type RunningCommand } from "./channel.js";
import type { Connection } from "./connection.js";
import { sudoPassword } from "./credentials.js";
import { within } from "./deadline.js";
import { excerptOf } from "./excerpt.js";
import type { HostLink } from "./host-link.js";
import { quoteWords } from "./quote.js";

/**
 * Runs first on the host, as root: tells that it does (so that a refusal of sudo
 * is never taken for a failure of the script), drops what is left of a password
 * that sudo did not ask for, and gives the script the rest of standard input.
 * `timeout` ends the script when nobody is there any more to do so.
 */
const preamble = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C
export PATH LC_ALL
umask 022
uid=$(id -u)
printf '%s %s %s\\n' "$1" "$$" "$uid" >&2
[ "$uid" = 0 ] || exit 125
while :; do
  IFS= read -r line || exit 125
  [ "$line" = "$1" ] && break
done
unset line uid
seconds=$2 text=$3
shift 3
exec timeout -k 5 "$seconds" /bin/sh -c "$text" sh "$@"
`;

/** The signal goes to \`timeout\`, which hands it on to the whole group of the script. */
const stopText = `
kill -TERM "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 70 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL -- "-$1" 2>/dev/null
exit 0
`;

/** The host's own deadline only counts when the connection is lost: ours comes first. */
const hostGraceSeconds = 15;
const stopSeconds = 10;
const startMs = 3_000;
/** PAM may ask a directory far away. */
const trialSeconds = 60;
const maxOutputBytes = 64 * 1024 * 1024;

export interface ShellScript {
  readonly text: string;
  readonly args: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  /** Writes standard input and ends it; is told by the signal when nobody reads any more. */
  readonly feed: (stdin: Writable, ended: AbortSignal) => Promise<void>;
  /** Gets standard output as it comes, in place of the result. */
  readonly onStdout?: (chunk: Buffer) => void;
}

export interface ShellResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Connections, each with whether sudo took the password on it. */
const proven = new WeakMap<Connection, Promise<void>>();

/** Runs scripts as root over a link. */
export class RootShell {
  constructor(
    readonly name: string,
    private readonly link: HostLink,
    private readonly sudo: SudoSpec,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Whether it was closed for good, by us: then there is nothing to wait for. */
  get closed(): boolean {
    return this.link.closed;
  }

  /**
   * @throws RemoteFailure of any kind but "exit"
   * @throws the signal's reason when it fires
   */
  async run(script: ShellScript): Promise<ShellResult> {
    const password = sudoPassword(this.name, this.sudo, this.environment);
    const connection = await this.link.connection(this.name, script.signal);
    await connection.channels.take(script.signal);
    try {
      if (password !== undefined) await this.#prove(connection, password);
      return await new ScriptRun(this.name, connection, this.sudo, password, script).outcome();
    } finally {
      connection.channels.free();
    }
  }

  /**
   * Tries the password once a connection, with nothing behind it on standard
   * input: a wrong one then ends at once instead of waiting for a better one.
   */
  #prove(connection: Connection, password: string): Promise<void> {
    const known = proven.get(connection);
    if (known !== undefined) return known;
    const proof = this.#tryPassword(connection, password);
    proven.set(connection, proof);
    return proof;
  }

  async #tryPassword(connection: Connection, password: string): Promise<void> {
    const script = inputless({ text: "", args: [], timeoutSeconds: trialSeconds });
    await new ScriptRun(this.name, connection, this.sudo, password, script, "trial").outcome();
  }
}

/** One script on one channel. */
class ScriptRun {
  readonly #nonce = randomBytes(12).toString("hex");
  readonly #stdout: Buffer[] = [];
  #stdoutBytes = 0;
  #stderr = Buffer.alloc(0);
  /** What came before the preamble spoke: sudo's words, a login shell's. */
  #before = "";
  #started: { readonly pid: string; readonly uid: string } | undefined;
  #onStarted: (() => void) | undefined;
  #interrupt: ((failure: Error) => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly connection: Connection,
    private readonly sudo: SudoSpec,
    private readonly password: string | undefined,
    private readonly script: ShellScript,
    /** A trial only asks whether a script would begin; what stops a script is not stopped itself. */
    private readonly purpose: "work" | "trial" | "stop" = "work",
  ) {}

  async outcome(): Promise<ShellResult> {
    const { script } = this;
    const over = new AbortController();
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = reject;
    });
    interrupted.catch(() => undefined);
    const timer = setTimeout(() => this.#interrupt?.(this.#late()), script.timeoutSeconds * 1000);
    const aborted = (): void => this.#interrupt?.(script.signal?.reason);
    script.signal?.addEventListener("abort", aborted, { once: true });
    let running: RunningCommand | undefined;
    try {
      script.signal?.throwIfAborted();
      running = await Promise.race([this.#begin(), interrupted]);
      this.#feed(running, over.signal);
      const end = await Promise.race([running.ended, interrupted]);
      return this.#judge(end);
    } catch (error) {
      over.abort();
      if (running !== undefined && this.connection.lost === undefined) await this.#stop(running);
      throw error;
    } finally {
      clearTimeout(timer);
      script.signal?.removeEventListener("abort", aborted);
      over.abort();
    }
  }

  async #begin(): Promise<RunningCommand> {
    const { script } = this;
    const words = ["/bin/sh", "-c", preamble, "sh", this.#nonce];
    words.push(String(Math.ceil(script.timeoutSeconds) + hostGraceSeconds), script.text, ...script.args);
    const command = quoteWords([...sudoWords(this.sudo), ...words]);
    try {
      return await beginCommand(this.connection, command, {
        stdout: (chunk) => this.#takeStdout(chunk),
        stderr: (chunk) => this.#takeStderr(chunk),
      });
    } catch (error) {
      const { lost } = this.connection;
      if (lost !== undefined) {
        throw this.#fail("unreachable", `the connection was lost before a script could begin (${lost})`);
      }
      throw this.#fail(
        "unreachable",
        `no channel could be opened on the connection (${messageOf(error)}); sshd must allow ten sessions on one (MaxSessions)`,
      );
    }
  }

  #feed({ channel }: RunningCommand, over: AbortSignal): void {
    if (this.password !== undefined) channel.write(`${this.password}\n`);
    const go = (): void => {
      channel.write(`${this.#nonce}\n`);
      this.script.feed(channel, over).catch((error: unknown) => {
        if (!over.aborted) this.#interrupt?.(error instanceof Error ? error : new Error(messageOf(error)));
      });
    };
    if (this.purpose === "trial") channel.end();
    // Sudo reads on from where the password was wrong, so what follows waits until it is done reading.
    else if (this.password === undefined || this.#started !== undefined) go();
    else this.#onStarted = go;
  }

  #takeStdout(chunk: Buffer): void {
    if (this.script.onStdout !== undefined) {
      this.script.onStdout(chunk);
      return;
    }
    this.#stdoutBytes += chunk.length;
    if (this.#stdoutBytes > maxOutputBytes) {
      this.#interrupt?.(this.#fail("exit", `the script wrote over ${maxOutputBytes} bytes and was stopped`));
    } else this.#stdout.push(chunk);
  }

  #takeStderr(chunk: Buffer): void {
    this.#stderr = Buffer.concat([this.#stderr, chunk]);
    // The end of an endless complaint says as much as all of it.
    if (this.#stderr.length > maxOutputBytes) this.#stderr = this.#stderr.subarray(-maxOutputBytes / 2);
    if (this.#started !== undefined) return;
    // A login shell that shows what it runs shows the mark, too, but not with two numbers behind it.
    const text = this.#stderr.toString("latin1");
    const match = new RegExp(`${this.#nonce} (\\d+) (\\d+)\\n`).exec(text);
    if (match === null) return;
    const [mark, pid = "", uid = ""] = match;
    this.#before = text.slice(0, match.index);
    this.#stderr = this.#stderr.subarray(match.index + mark.length);
    this.#started = { pid, uid };
    this.#onStarted?.();
  }

  #judge(end: ChannelEnd): ShellResult {
    if (this.#started === undefined) {
      if (end.kind === "lost" && this.connection.lost !== undefined) throw this.#lost(end.why);
      throw this.#refused();
    }
    if (this.#started.uid !== "0") {
      const how =
        this.sudo.kind === "none" ? "set sudo to passwordless or password, or log in as root" : "check sudoers";
      throw this.#fail("sudo", `the user is not root (its number is ${this.#started.uid}): ${how}`);
    }
    if (this.purpose === "trial") return { code: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    if (end.kind === "lost") throw this.#lost(end.why);
    return { code: end.code, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr };
  }

  /** The command ended before the script began: sudo or the login shell refused. */
  #refused(): RemoteFailure {
    const stdout = Buffer.concat(this.#stdout).toString("utf8");
    const said = excerptOf(this.#redact(`${this.#stderr.toString("utf8")}\n${stdout}`)) || "nothing";
    if (this.sudo.kind === "none") {
      return this.#fail("login", `the login shell ran no command; the host said: ${said}`);
    }
    const fix =
      this.sudo.kind === "password"
        ? `check the password in ${this.sudo.variable}, and that the user may run /bin/sh by sudo`
        : "allow it in sudoers with NOPASSWD, or set sudo to password";
    return this.#fail("sudo", `the user may not become root by sudo; the host said: ${said}. Fix: ${fix}`);
  }

  /** A host that echoes what it is told must not bring the password into a message. */
  #redact(text: string): string {
    return this.password === undefined ? text : text.replaceAll(this.password, "***");
  }

  #late(): RemoteFailure {
    const { timeoutSeconds } = this.script;
    if (this.#started !== undefined) {
      const said = excerptOf(`${this.#before}${this.#stderr.toString("utf8")}`);
      const last = said === "" ? "it said nothing on standard error" : `it last said: ${said}`;
      return this.#fail("timeout", `the script did not end within ${timeoutSeconds} s and was stopped; ${last}`);
    }
    const what = this.sudo.kind === "none" ? "the host began no command" : "sudo did not answer";
    return this.#fail("timeout", `${what} within ${timeoutSeconds} s`);
  }

  #lost(why: string): RemoteFailure {
    return this.#fail(
      "unreachable",
      `the connection was lost while a script ran (${why}); whether it ended is unknown`,
    );
  }

  #fail(kind: RemoteFailureKind, message: string): RemoteFailure {
    return new RemoteFailure(this.name, kind, message);
  }

  /** Ends the script on the host and waits for that, so that nothing goes on behind the caller's back. */
  async #stop(running: RunningCommand): Promise<void> {
    if (this.purpose === "work") {
      if (this.#started === undefined) await this.#waitForStart(running);
      if (this.#started !== undefined) {
        const script = inputless({ text: stopText, args: [this.#started.pid], timeoutSeconds: stopSeconds });
        const stopping = new ScriptRun(this.name, this.connection, this.sudo, this.password, script, "stop");
        // The failure that made it stop is the one to tell.
        await stopping.outcome().catch(() => undefined);
      }
    }
    running.channel.close();
  }

  /** A script that was just sent may begin after all. */
  async #waitForStart(running: RunningCommand): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#onStarted = resolve;
    });
    const late = (): Error => new Error("not started");
    await within(Promise.race([started, running.ended]), { timeoutMs: startMs, late }).catch(() => undefined);
  }
}

function inputless(script: Pick<ShellScript, "text" | "args" | "timeoutSeconds">): ShellScript {
  const feed = async (stdin: Writable): Promise<void> => {
    stdin.end();
  };
  return { ...script, signal: undefined, feed };
}

function sudoWords(sudo: SudoSpec): string[] {
  switch (sudo.kind) {
    case "none":
      return [];
    case "passwordless":
      return ["env", "LC_ALL=C", "sudo", "-n", "--"];
    case "password":
      // -k: the password is asked for, cached or not; what sudo does not read, the preamble drops.
      return ["env", "LC_ALL=C", "sudo", "-k", "-S", "-p", "", "--"];
  }
}
