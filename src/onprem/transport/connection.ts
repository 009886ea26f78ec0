import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ConnectConfig } from "ssh2";
import { messageOf } from "../../core/message-of.js";
import { RemoteFailure } from "../remote.js";
import { expectedKeys, loginOf, type SshEnd, type SshLibrary } from "./credentials.js";
import { within } from "./deadline.js";
import {
  type ExpectedKeys,
  type HostKeyVerdict,
  hostKeyAlgorithms,
  judgeHostKey,
  keyTypeOf,
  knownKeyTypes,
} from "./host-keys.js";
import { Slots } from "./slots.js";

/** How long things may take on the way to a host. */
export interface Timing {
  /** From the first packet to the login, for each connection, in seconds. */
  readonly connectSeconds: number;
  /** Between two signs of life on an idle connection, in seconds; after three that are missed it is lost. */
  readonly keepaliveSeconds: number;
  /** How long a lost connection is sought again while a unit runs, in seconds. */
  readonly reconnectSeconds: number;
}

/**
 * sshd allows 10 sessions on one connection, and counts one that has ended until it has dealt with all that came
 * together with the end: with as many that begin at that moment.
 */
const channelsPerConnection = 5;
const missedKeepalives = 3;
/** How long the other side may take to end the connection as well. */
const goodbyeMilliseconds = 1000;

/** One authenticated connection. Once it is lost it stays lost. */
export class Connection {
  readonly channels = new Slots(channelsPerConnection);
  readonly #lostListeners = new Set<(why: string) => void>();
  #lost: string | undefined;
  #lastError: string | undefined;
  #isGone = false;

  constructor(
    private readonly client: Client,
    readonly label: string,
  ) {
    client.on("error", (error: Error) => {
      this.#lastError = error.message;
    });
    client.on("close", () => {
      this.#isGone = true;
      this.#lost ??= this.#lastError ?? "the host closed it";
      for (const listener of [...this.#lostListeners]) listener(this.#lost);
      this.#lostListeners.clear();
    });
  }

  /** Why it was lost; undefined while it is there. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Calls once when the connection is lost; gives the way to stop that. */
  onLost(listener: (why: string) => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /**
   * Opens a channel with a command on it.
   * @param use called at once: what the command says may have come in one piece with the permission to run it
   */
  exec<T>(command: string, use: (channel: ClientChannel) => T): Promise<T> {
    return this.#open((done) => this.client.exec(command, done), use);
  }

  /** Opens a way through this host to another one. */
  forward(address: string, port: number): Promise<ClientChannel> {
    return this.#open(
      (done) => this.client.forwardOut("127.0.0.1", 0, address, port, done),
      (channel) => channel,
    );
  }

  #open<T>(
    begin: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    use: (channel: ClientChannel) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(new Error(this.#lost));
        return;
      }
      const stop = this.onLost((why) => reject(new Error(why)));
      const done = (error: Error | undefined, channel: ClientChannel): void => {
        stop();
        if (error === undefined) resolve(use(channel));
        else reject(error);
      };
      try {
        begin(done);
      } catch (error) {
        stop();
        reject(error);
      }
    });
  }

  /** @returns when it is gone on both sides, or the other one was not heard of for a moment */
  async close(): Promise<void> {
    this.#lost ??= "it was closed";
    if (this.#isGone) return;
    const gone = new Promise<void>((resolve) => this.client.once("close", () => resolve()));
    this.client.end();
    const giveUp = setTimeout(() => this.client.destroy(), goodbyeMilliseconds);
    await gone;
    clearTimeout(giveUp);
  }
}

interface Opening {
  /** For messages. */
  readonly name: string;
  readonly end: SshEnd;
  readonly timing: Timing;
  readonly library: SshLibrary;
  /** A fresh stream to the end through its bastion; undefined where it is reached directly. */
  readonly through: (() => Promise<Duplex>) | undefined;
}

/**
 * Connects, checks the host's key, logs in.
 * @throws RemoteFailure
 */
export async function openConnection(opening: Opening): Promise<Connection> {
  const expected = await expectedKeys(opening.name, opening.end);
  const login = await loginOf(opening.name, opening.end, opening.library);
  // A fingerprint does not tell its key's type: each type that the host has is looked at in turn.
  let types: readonly string[] = expected.types ?? knownKeyTypes;
  const offered: Buffer[] = [];
  let refused: RemoteFailure | undefined;
  for (;;) {
    const outcome = await attempt(opening, expected, types, login, offered);
    if (outcome instanceof Connection) return outcome;
    // When the host has no other type, what it offered before says more.
    refused = outcome.offered === undefined ? (refused ?? outcome.failure) : outcome.failure;
    const { offered: blob } = outcome;
    types = types.filter((type) => blob !== undefined && type !== keyTypeOf(blob));
    const another = expected.types === undefined && expected.fingerprints.length > 0 && types.length > 0;
    if (blob === undefined || !another || outcome.failure.kind !== "host-key") throw refused;
    offered.push(blob);
  }
}

interface Refusal {
  readonly failure: RemoteFailure;
  /** The key that the host offered; undefined when it came to none. */
  readonly offered: Buffer | undefined;
}

async function attempt(
  { name, end, timing, library, through }: Opening,
  expected: ExpectedKeys,
  types: readonly string[],
  login: { privateKey?: Buffer; agent?: string },
  before: readonly Buffer[],
): Promise<Connection | Refusal> {
  const timeoutMs = timing.connectSeconds * 1000;
  const unreachable = (why: string): RemoteFailure =>
    new RemoteFailure(name, "unreachable", `${end.label} cannot be reached: ${why}`);
  const sock = through === undefined ? undefined : await through();
  const client = new library.Client();
  let agentError: string | undefined;
  // Stays for good: an error event without a listener would end the process, and some come in pairs.
  client.on("error", (error) => {
    if (isLevel(error, "agent")) agentError = error.message;
  });
  // A script is a handful of small packets to and fro: held back until the last one was acknowledged, each costs 40 ms.
  client.once("connect", () => client.setNoDelay(true));
  let verdict: HostKeyVerdict | undefined;
  let offered: Buffer | undefined;
  const config: ConnectConfig = {
    ...(sock === undefined ? { host: end.address, port: end.ssh.port } : { sock }),
    username: end.ssh.user,
    ...login,
    // Ours below covers the login, too.
    readyTimeout: 0,
    keepaliveInterval: timing.keepaliveSeconds * 1000,
    keepaliveCountMax: missedKeepalives,
    algorithms: { serverHostKey: hostKeyAlgorithms(types) as never },
    hostVerifier: (blob: Buffer) => {
      offered = blob;
      verdict = judgeHostKey(expected, blob, before);
      return verdict.accepted;
    },
  };
  const ready = new Promise<Connection>((resolve, reject) => {
    client.once("ready", () => resolve(new Connection(client, end.label)));
    // Without its agent a user may still log in with the key.
    client.on("error", (error) => {
      if (!isLevel(error, "agent")) reject(error);
    });
    client.once("close", () => reject(new Error("the host closed the connection before the login was done")));
    client.connect(config);
  });
  try {
    const late = (): Error => unreachable(`no login within ${timing.connectSeconds} s`);
    return await within(ready, { timeoutMs, late });
  } catch (error) {
    client.destroy();
    sock?.destroy();
    const refused = (failure: RemoteFailure): Refusal => ({ failure, offered });
    if (error instanceof RemoteFailure) return refused(error);
    if (verdict?.accepted === false) {
      return refused(new RemoteFailure(name, "host-key", `${end.label} was refused: ${verdict.why}`));
    }
    const why = agentError ?? messageOf(error);
    if (/no matching host key/i.test(why)) {
      const wanted = expected.types === undefined ? "type that is supported" : `type ${types.join(" or ")}`;
      const whose = `${expected.source} has ${expected.fingerprints.join(" or ") || "no entry"}`;
      const text = `${end.label} was refused: it has no host key of a ${wanted}, and ${whose}. Compare the host's keys with \`ssh-keyscan\`, then correct hostKey or the file`;
      return refused(new RemoteFailure(name, "host-key", text));
    }
    return refused(isLoginError(error) ? loginFailure(name, end, why) : unreachable(why));
  }
}

function isLoginError(error: unknown): boolean {
  return isLevel(error, "client-authentication") || /too many authentication failures/i.test(messageOf(error));
}

/** What ssh2 says an error is about. */
function isLevel(error: unknown, level: string): boolean {
  return error instanceof Error && "level" in error && error.level === level;
}

function loginFailure(name: string, end: SshEnd, why: string): RemoteFailure {
  const { user, privateKeyFile, agentSocket } = end.ssh;
  const tried = [
    ...(privateKeyFile === undefined ? [] : [`the key ${privateKeyFile}`]),
    ...(agentSocket === undefined ? [] : [`the agent at ${agentSocket}`]),
  ].join(" and ");
  return new RemoteFailure(
    name,
    "login",
    `${end.label} did not accept user ${user} with ${tried} (${why}): add the public key to ~${user}/.ssh/authorized_keys on the host, or correct user and key${agentSocket === undefined ? "" : "; `ssh-add -l` shows which keys the agent has"}`,
  );
}
