import type { Duplex } from "node:stream";
import { messageOf } from "../../core/message-of.js";
import { RemoteFailure } from "../remote.js";
import { type Connection, openConnection, type Timing } from "./connection.js";
import type { SshEnd, SshLibrary } from "./credentials.js";
import { within } from "./deadline.js";

/** A way to one end that is opened when it is first needed, and again after it was lost. */
export class HostLink {
  #current: Promise<Connection> | undefined;
  #closed = false;

  constructor(
    private readonly end: SshEnd,
    private readonly timing: Timing,
    private readonly loadLibrary: () => Promise<SshLibrary>,
    private readonly bastion: HostLink | undefined,
  ) {}

  /** Whether it was closed for good, by us. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The live connection; several callers share one attempt, and the signal of
   * one ends only its own waiting.
   * @throws RemoteFailure
   */
  async connection(name: string, signal: AbortSignal | undefined): Promise<Connection> {
    if (this.#closed) throw new RemoteFailure(name, "unreachable", `the connection to ${this.end.label} was closed`);
    this.#current ??= this.#connect(name);
    // Every step has its own deadline; this one is for a mistake in them.
    const timeoutMs = this.timing.connectSeconds * 1000 * 10;
    const late = (): Error =>
      new RemoteFailure(name, "unreachable", `${this.end.label} cannot be reached within ${timeoutMs / 1000} s`);
    try {
      return await within(this.#current, { timeoutMs, signal, late });
    } catch (error) {
      throw error instanceof RemoteFailure ? underName(name, error) : error;
    }
  }

  /** @returns when the connection is gone, where there was one */
  async close(): Promise<void> {
    this.#closed = true;
    const current = this.#current;
    this.#current = undefined;
    await current?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  #connect(name: string): Promise<Connection> {
    const attempt = this.#open(name);
    const forget = (): void => {
      if (this.#current === attempt) this.#current = undefined;
    };
    attempt.then((connection) => {
      if (connection.lost !== undefined) forget();
      else connection.onLost(forget);
    }, forget);
    return attempt;
  }

  async #open(name: string): Promise<Connection> {
    const { end, timing, bastion } = this;
    const library = await this.loadLibrary();
    const through = bastion === undefined ? undefined : () => forward(name, end, bastion, timing);
    return openConnection({ name, end, timing, library, through });
  }
}

async function forward(name: string, end: SshEnd, bastion: HostLink, timing: Timing): Promise<Duplex> {
  const connection = await bastion.connection(name, undefined);
  const timeoutMs = timing.connectSeconds * 1000;
  const unreachable = (why: string): RemoteFailure =>
    new RemoteFailure(name, "unreachable", `${end.label} cannot be reached through ${connection.label}: ${why}`);
  const opening = connection.forward(end.address, end.ssh.port);
  try {
    return await within(opening, { timeoutMs, late: () => unreachable(`no answer within ${timing.connectSeconds} s`) });
  } catch (error) {
    opening.then(
      (channel) => channel.destroy(),
      () => undefined,
    );
    throw error instanceof RemoteFailure ? error : unreachable(messageOf(error));
  }
}

/** The same failure for another host: a bastion's is everybody's behind it. */
function underName(name: string, failure: RemoteFailure): RemoteFailure {
  if (failure.host === name) return failure;
  return new RemoteFailure(name, failure.kind, failure.message.slice(failure.host.length + 2), failure.result);
}
