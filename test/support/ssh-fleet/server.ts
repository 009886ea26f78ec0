import { timingSafeEqual } from "node:crypto";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from "ssh2";
import { type CommandRecord, Counts } from "./counts.js";
import { newKey } from "./keys.js";
import { SlowSocket } from "./slow-socket.js";

/** One command that a client wants to run, as a script of answers sees it. */
export interface Call {
  readonly server: string;
  readonly user: string;
  readonly command: string;
  /** How many commands this server got before. */
  readonly index: number;
  /** Everything the client sends, once it says that this is all. */
  input(): Promise<Buffer>;
}

export interface Answer {
  /** @default 0 */
  readonly code?: number;
  readonly stdout?: string | Buffer;
  readonly stderr?: string;
  /** How long the command takes. @default 0 */
  readonly takesMilliseconds?: number;
}

/**
 * What a server does with a command: answer it, lose the connection (before or after it said something), or never
 * answer.
 */
export type Outcome = Answer | "drop" | "hang" | { readonly dropAfter: string };

export type Script = (call: Call) => Outcome | Promise<Outcome>;

export interface ServerSettings {
  readonly name: string;
  /** Of this machine's loopback network. */
  readonly address: string;
  readonly script: Script;
  readonly user: string;
  /** Public key that may log in, as in `authorized_keys`. */
  readonly authorizedKey: string;
  /** Also let in with this password. */
  readonly password?: string;
  /** As sshd's `MaxSessions`. */
  readonly maxSessions: number;
  /** Whether it forwards connections to other servers, as a bastion does. */
  readonly forwarding: boolean;
}

/** An SSH server on a loopback address that answers from a script. Change a property to make it misbehave. */
export class ScriptedServer {
  readonly host: string;
  readonly counts = new Counts();
  /** There and back. Also of connections that are open already. */
  latencyMilliseconds = 0;
  /** Accepts connections and then says nothing, like a machine that is out of memory. */
  silent = false;
  #port = 0;
  #key = newKey();
  #listener: NetServer | undefined;
  #ssh: ssh2.Server;
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly settings: ServerSettings,
    private readonly fleet: Counts,
  ) {
    this.host = settings.address;
    this.#ssh = this.#makeSsh();
  }

  get name(): string {
    return this.settings.name;
  }

  /** The same after `stop()` and `start()`. */
  get port(): number {
    return this.#port;
  }

  /** `ecdsa-sha2-nistp256 AAAA…`. */
  get hostKey(): string {
    return this.#key.public;
  }

  /** Shows another host key from now on, as a machine that was installed anew, or another one in its place. */
  replaceHostKey(): void {
    this.#key = newKey();
    this.#ssh = this.#makeSsh();
  }

  start(): Promise<void> {
    const listener = createServer((socket) => this.#accept(socket));
    this.#listener = listener;
    return new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(this.#port, this.host, () => {
        this.#port = (listener.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Switched off: connections are lost, new ones refused. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) return;
    const closed = [new Promise((resolve) => listener.close(resolve))];
    for (const socket of this.#sockets) closed.push(new Promise((resolve) => socket.once("close", resolve)));
    this.dropConnections();
    await Promise.all(closed);
  }

  /** Every open connection is lost; new ones are taken. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #each(act: (counts: Counts) => void): void {
    act(this.counts);
    act(this.fleet);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    // As sshd does: else each small answer waits for the client's next packet, up to 40 ms.
    socket.setNoDelay(true);
    this.#each(({ connections }) => connections.add(socket));
    socket.on("error", () => undefined); // a client that goes away is no fault of the server's
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#each(({ connections }) => connections.delete(socket));
    });
    if (this.silent) socket.resume();
    else this.#ssh.injectSocket(new SlowSocket(socket, () => this.latencyMilliseconds / 2) as unknown as Socket);
  }

  #makeSsh(): ssh2.Server {
    const server = new ssh2.Server({ hostKeys: [this.#key.private] });
    return server.on("connection", (connection: Connection) => this.#serve(connection));
  }

  #serve(connection: Connection): void {
    let user = "";
    let open = 0;
    connection.on("error", () => undefined); // lost, or refused our key: both are what tests do
    connection.on("authentication", (context) => {
      user = context.username;
      this.#authenticate(context);
    });
    connection.on("session", (accept, reject) => {
      if (open >= this.settings.maxSessions) {
        this.#each((counts) => {
          counts.refusedChannels += 1;
        });
        reject();
        return;
      }
      open += 1;
      this.#each((counts) => {
        counts.channels.up();
        counts.channelsOnOneConnection = Math.max(counts.channelsOnOneConnection, open);
      });
      const session = accept();
      let counted = true;
      const closed = (): void => {
        if (!counted) return;
        counted = false;
        open -= 1;
        this.#each(({ channels }) => channels.down());
      };
      session.once("close", closed);
      connection.once("close", closed);
      this.#serveSession(session, connection, user);
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (!this.settings.forwarding) {
        reject();
        return;
      }
      const onward = connect(destPort, destIP);
      onward.once("connect", () => {
        const channel = accept();
        channel.pipe(onward).pipe(channel);
        channel.on("error", () => onward.destroy());
        onward.on("error", () => channel.close());
      });
      onward.once("error", reject);
    });
  }

  #authenticate(context: AuthContext): void {
    const allowed = context.username === this.settings.user && this.#knows(context);
    // A client asks first which methods there are, and whether a key would do before it signs with it.
    const isQuestion = context.method === "none" || (context.method === "publickey" && context.signature === undefined);
    if (!isQuestion) {
      this.#each((counts) => {
        if (allowed) counts.acceptedLogins += 1;
        else counts.refusedLogins += 1;
      });
    }
    if (allowed) context.accept();
    else context.reject(this.settings.password === undefined ? ["publickey"] : ["publickey", "password"]);
  }

  #knows(context: AuthContext): boolean {
    if (context.method === "password") {
      const { password } = this.settings;
      return password !== undefined && isSame(Buffer.from(context.password), Buffer.from(password));
    }
    if (context.method !== "publickey") return false;
    const key = ssh2.utils.parseKey(this.settings.authorizedKey);
    if (key instanceof Error) throw key;
    if (!isSame(context.key.data, key.getPublicSSH())) return false;
    const { signature, blob, hashAlgo } = context;
    return signature === undefined || (blob !== undefined && key.verify(blob, signature, hashAlgo) === true);
  }

  #serveSession(session: Session, connection: Connection, user: string): void {
    session.on("exec", (accept, _reject, { command }) => {
      const record: CommandRecord = { server: this.name, user, command, startedAt: performance.now() };
      const index = this.counts.commands.length;
      this.#each(({ commands }) => commands.push(record));
      const channel: ServerChannel = accept();
      channel.on("error", () => undefined); // the client went away in the middle
      const input = readAll(channel);
      const call: Call = { server: this.name, user, command, index, input: () => input };
      this.#answer(call, channel, connection, record).catch((error: unknown) => {
        // A script that throws must be seen by who wrote it, not taken for a fault of the network.
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        finish(channel, record, { code: 255, stderr: `the script of answers failed: ${text}\n` });
      });
    });
  }

  async #answer(call: Call, channel: ServerChannel, connection: Connection, record: CommandRecord): Promise<void> {
    const outcome = await this.settings.script(call);
    if (outcome === "hang") return;
    if (outcome === "drop") {
      connection.end();
      return;
    }
    if ("dropAfter" in outcome) {
      channel.write(outcome.dropAfter, () => connection.end());
      return;
    }
    await sleep(outcome.takesMilliseconds ?? 0);
    finish(channel, record, outcome);
  }
}

function finish(channel: ServerChannel, record: CommandRecord, { code = 0, stdout, stderr }: Answer): void {
  record.endedAt = performance.now();
  // The connection may have been lost while the command ran.
  if (!channel.writable) return;
  if (stderr !== undefined) channel.stderr.write(stderr);
  if (stdout !== undefined) channel.write(stdout);
  channel.exit(code);
  channel.end();
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function readAll(channel: ServerChannel): Promise<Buffer> {
  const pieces: Buffer[] = [];
  channel.on("data", (piece: Buffer) => pieces.push(piece));
  return new Promise((resolve) => {
    channel.once("end", () => resolve(Buffer.concat(pieces)));
  });
}
