import type { Connector, ConnectTarget, Remote } from "../remote.js";
import type { BastionSpec, HostSpec } from "../spec.js";
import type { Timing } from "./connection.js";
import { bastionEnd, hostEnd, type SshLibrary } from "./credentials.js";
import { HostLink } from "./host-link.js";
import { RemoteHost } from "./remote-host.js";
import { RootShell } from "./root-shell.js";
import { Slots } from "./slots.js";

export interface ConnectorOptions extends Partial<Timing> {
  /** Hosts that are connected at once; a bastion's connection is shared and comes on top. @default 20 */
  readonly maxConnections?: number;
  /** Where the variables of sudo passwords are looked up. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

const defaults: Timing = { connectSeconds: 20, keepaliveSeconds: 5, reconnectSeconds: 180 };

/** A link that several use at once; the last one out closes it. */
interface Shared {
  readonly link: HostLink;
  users: number;
  /** When there is a place for it among the connections. */
  readonly place: Promise<void>;
  readonly release: () => void;
}

/** Reaches hosts over SSH: one connection a host while somebody works on it, a bounded number in all. */
export class SshConnector implements Connector {
  readonly #slots: Slots;
  readonly #timing: Timing;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #shared = new Map<string, Shared>();
  readonly #closing = new AbortController();

  constructor(options: ConnectorOptions = {}) {
    this.#slots = new Slots(options.maxConnections ?? 20);
    this.#environment = options.environment ?? process.env;
    this.#timing = {
      connectSeconds: options.connectSeconds ?? defaults.connectSeconds,
      keepaliveSeconds: options.keepaliveSeconds ?? defaults.keepaliveSeconds,
      reconnectSeconds: options.reconnectSeconds ?? defaults.reconnectSeconds,
    };
  }

  async use<T>(target: ConnectTarget, work: (remote: Remote) => Promise<T>): Promise<T> {
    const { name, host, signal } = target;
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { key, shared } = this.#enter(`host ${JSON.stringify(host)}`, () => this.#shareHost(host));
    try {
      await abortable(shared.place, signal);
      await shared.link.connection(name, signal);
      const shell = new RootShell(name, shared.link, host.sudo, this.#environment);
      const remote = new RemoteHost(shell, this.#timing.reconnectSeconds);
      try {
        return await work(remote);
      } finally {
        await remote.close();
      }
    } finally {
      this.#leave(key, shared);
    }
  }

  /** Ends every connection; what still uses one fails as unreachable. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the connector was closed"));
    await Promise.all([...this.#shared.values()].map(({ link }) => link.close()));
  }

  #enter(key: string, create: () => Shared): { key: string; shared: Shared } {
    const shared = this.#shared.get(key) ?? create();
    this.#shared.set(key, shared);
    shared.users += 1;
    return { key, shared };
  }

  #leave(key: string, shared: Shared): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#shared.delete(key);
    // The next one has its place when this connection is gone, also to the host.
    void shared.link.close().finally(() => shared.release());
  }

  #shareHost(host: HostSpec): Shared {
    const { bastion } = host.ssh;
    const by =
      bastion === undefined
        ? undefined
        : this.#enter(`bastion ${JSON.stringify(bastion)}`, () => this.#shareBastion(bastion));
    const leaving = new AbortController();
    const place = this.#slots.take(AbortSignal.any([leaving.signal, this.#closing.signal]));
    const release = (): void => {
      leaving.abort();
      // Whoever leaves before its turn has no place to give back.
      place.then(
        () => this.#slots.free(),
        () => undefined,
      );
      if (by !== undefined) this.#leave(by.key, by.shared);
    };
    return { link: new HostLink(hostEnd(host), this.#timing, loadSsh, by?.shared.link), users: 0, place, release };
  }

  #shareBastion(bastion: BastionSpec): Shared {
    const link = new HostLink(bastionEnd(bastion), this.#timing, loadSsh, undefined);
    return { link, users: 0, place: Promise.resolve(), release: () => undefined };
  }
}

/** Only now: the plugin starts on every command, and few reach a host. */
async function loadSsh(): Promise<SshLibrary> {
  const { default: library } = await import("ssh2");
  return library;
}

async function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
