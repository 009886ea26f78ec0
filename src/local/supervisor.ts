import { setTimeout as sleep } from "node:timers/promises";
import type { Probes } from "./health.js";
import type { Layout, ProcessName } from "./layout.js";
import {
  type Command,
  type FoundProcess,
  findProcesses,
  logTail,
  type StartedProcess,
  startProcess,
  stopProcesses,
} from "./processes.js";

const pollMs = 25;
/**
 * A process that is restarted gets this long to end by itself. An API server would
 * wait for its watchers, some 15 s; nothing is lost when it and etcd are killed.
 */
const stopGraceSeconds = 1;
/**
 * A process that was there already and does not answer within this time is hung.
 * The API server is given longer: after etcd was away, it waits before it tries again.
 */
const hungAfterSeconds = 5;
const apiServerHungAfterSeconds = 15;
/** First start on a busy machine, with all six at once. */
const startTimeoutSeconds = 90;

/** A process that ended while it was needed. */
export class ProcessEnded extends Error {
  constructor(
    readonly process: ProcessName,
    message: string,
  ) {
    super(message);
    this.name = "ProcessEnded";
  }
}

/** Starts, keeps, restarts and waits for the processes of one cluster. */
export class Supervisor {
  readonly #found: readonly FoundProcess[];
  readonly #started = new Map<ProcessName, StartedProcess>();

  constructor(
    private readonly layout: Layout,
    private readonly commands: ReadonlyMap<ProcessName, Command>,
    private readonly probes: Probes,
    private readonly signal?: AbortSignal,
  ) {
    this.#found = findProcesses(layout);
  }

  /** Processes found when this supervisor was made. */
  found(name: ProcessName): readonly FoundProcess[] {
    return this.#found.filter((process) => process.name === name);
  }

  /** Whether the process runs as it should be started now, so far as can be seen from outside. */
  isCurrent(name: ProcessName): boolean {
    return this.found(name).some(
      (process) => !process.stopped && process.fingerprint === this.command(name).fingerprint,
    );
  }

  wasStarted(name: ProcessName): boolean {
    return this.#started.has(name);
  }

  private command(name: ProcessName): Command {
    const command = this.commands.get(name);
    if (command === undefined) throw new Error(`unreachable: no command for ${name}`);
    return command;
  }

  /** Keeps the process if it runs as it should; ends what is outdated, halted or one too many, and starts it. */
  async start(name: ProcessName): Promise<void> {
    const { fingerprint } = this.command(name);
    const own = this.found(name);
    const kept = own.find((process) => !process.stopped && process.fingerprint === fingerprint);
    const surplus = own.filter((process) => process !== kept);
    if (surplus.length > 0) await stopProcesses(surplus, stopGraceSeconds);
    this.signal?.throwIfAborted();
    if (kept === undefined) this.#started.set(name, startProcess(this.layout, this.command(name)));
  }

  /** Ends a process that hangs and starts it anew. */
  async restart(name: ProcessName): Promise<void> {
    await stopProcesses(
      findProcesses(this.layout).filter((process) => process.name === name),
      0,
    );
    this.signal?.throwIfAborted();
    this.#started.set(name, startProcess(this.layout, this.command(name)));
  }

  /** `start`, then waits until the process answers; one that was there already and hangs is restarted. */
  async ensure(name: Exclude<ProcessName, "kwok">): Promise<void> {
    await this.start(name);
    await this.healthy(name);
  }

  /** Waits until a process answers; one that was there already and hangs is restarted. */
  async healthy(name: Exclude<ProcessName, "kwok">): Promise<void> {
    const answers = (): Promise<boolean> => this.probes.isHealthy(name);
    if (!this.wasStarted(name)) {
      const patienceSeconds = name === "kube-apiserver" ? apiServerHungAfterSeconds : hungAfterSeconds;
      const deadline = performance.now() + patienceSeconds * 1000;
      while (performance.now() < deadline) {
        if (await answers()) return;
        await sleep(pollMs);
        this.signal?.throwIfAborted();
      }
      await this.restart(name);
    }
    await this.until(`${name} answers`, name, answers);
  }

  /**
   * Waits until something is so.
   *
   * @throws when any process started here has ended, or after a long time; the
   * message quotes the end of `blame`'s log.
   */
  async until(
    what: string,
    blame: ProcessName,
    look: () => Promise<boolean>,
    timeoutSeconds = startTimeoutSeconds,
  ): Promise<void> {
    const deadline = performance.now() + timeoutSeconds * 1000;
    while (!(await look().catch(() => false))) {
      this.signal?.throwIfAborted();
      await this.refuseEnded();
      if (performance.now() > deadline) {
        throw new Error(`not so within ${timeoutSeconds} s: ${what}\n${await this.quoteLog(blame)}`);
      }
      await sleep(pollMs);
    }
  }

  /** @throws {ProcessEnded} when a process started here has ended. */
  async refuseEnded(): Promise<void> {
    for (const [name, process] of this.#started) {
      const ended = process.ended();
      if (ended !== undefined) throw new ProcessEnded(name, `${name} ${ended}\n${await this.quoteLog(name)}`);
    }
  }

  private async quoteLog(name: ProcessName): Promise<string> {
    return `end of ${this.layout.log(name)}:\n${await logTail(this.layout, name)}`;
  }
}
