import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Connection, type ParsedKey, type ServerChannel } from "ssh2";
import type { HostSpec, SshSpec, SudoSpec } from "../../src/onprem/spec.js";
import { newKey } from "./ssh-fleet/keys.js";

/** How the host's `sudo` behaves. */
export type SudoBehaviour = "free" | "asks" | "forbidden";

export interface LoopbackRequest {
  /** @default one key */
  readonly hostKeys?: readonly string[];
  /** @default "free" */
  readonly sudo?: SudoBehaviour;
  /** The number that `id -u` gives without sudo. @default 0 */
  readonly uid?: number;
  readonly forwarding?: boolean;
  /** In place of the login shell. */
  readonly shell?: readonly string[];
}

/** What `sudo` asks for, and no test's own words. */
export const sudoWord = "hunter2 with a space";

const sudoProgram = `#!/bin/sh
no_prompt= standard_input=
while [ $# -gt 0 ]; do
  case $1 in
    -n) no_prompt=1 ;; -S) standard_input=1 ;; -k) ;; -p) shift ;;
    --) shift; break ;; *) break ;;
  esac
  shift
done
case $FAKE_SUDO in
  forbidden) echo "ops is not in the sudoers file." >&2; exit 1 ;;
  asks)
    [ -z "$no_prompt" ] || { echo "sudo: a password is required" >&2; exit 1; }
    [ -n "$standard_input" ] || { echo "sudo: a terminal is required" >&2; exit 1; }
    tries=0
    while :; do
      IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
      [ "$word" = "$FAKE_SUDO_WORD" ] && break
      tries=$((tries + 1))
      [ "$tries" -lt 3 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
      echo "Sorry, try again." >&2
    done ;;
esac
FAKE_UID=0 exec "$@"
`;

const idProgram = `#!/bin/sh
echo "$FAKE_UID"
`;

/**
 * An SSH server on loopback that really runs what it is told, with this
 * machine's shell; only `sudo` and `id` are its own, so that no test needs root.
 */
export class LoopbackHost {
  readonly folder = mkdtempSync(join(tmpdir(), "isokube-loopback-"));
  readonly userKey = newKey();
  readonly hostKeys: readonly ParsedKey[];
  /** Connections that were ever made. */
  connections = 0;
  openConnections = 0;
  mostConnections = 0;
  openChannels = 0;
  mostChannels = 0;
  /** Everything that commands were given as arguments. */
  readonly commands: string[] = [];
  /** Runs before a connection is served. */
  beforeHandshake: () => Promise<void> = async () => undefined;
  readonly #sockets = new Set<Socket>();
  readonly #children = new Set<ChildProcess>();
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly #front: NetServer;

  private constructor(private readonly request: LoopbackRequest) {
    const hostKeys = request.hostKeys ?? [newKey().private];
    this.hostKeys = hostKeys.map((key) => parsed(key));
    for (const [name, text] of [["sudo", sudoProgram] as const, ["id", idProgram] as const]) {
      mkdirSync(join(this.folder, "bin"), { recursive: true });
      writeFileSync(join(this.folder, "bin", name), text);
      chmodSync(join(this.folder, "bin", name), 0o755);
    }
    this.privateKeyFile = this.keep("key", this.userKey.private);
    this.#server = new ssh2.Server({ hostKeys: [...hostKeys] }, (client) => this.#serve(client));
    this.#front = createServer((socket) => void this.#accept(socket));
  }

  readonly privateKeyFile: string;

  static async start(request: LoopbackRequest = {}): Promise<LoopbackHost> {
    const host = new LoopbackHost(request);
    await new Promise<void>((resolve) => host.#front.listen(0, "127.0.0.1", resolve));
    return host;
  }

  get port(): number {
    const address = this.#front.address();
    if (address === null || typeof address === "string") throw new Error("the loopback host does not listen");
    return address.port;
  }

  /** The public key as in a known_hosts file. */
  get publicKey(): string {
    return publicLine(this.hostKeys[0]);
  }

  /** Writes a file into the host's folder and gives its path. */
  keep(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  ssh(changes: Partial<SshSpec> = {}): SshSpec {
    return {
      user: "ops",
      port: this.port,
      hostKey: this.publicKey,
      knownHostsFile: join(this.folder, "known_hosts"),
      privateKeyFile: this.privateKeyFile,
      agentSocket: undefined,
      bastion: undefined,
      ...changes,
    };
  }

  spec(changes: Partial<SshSpec> = {}, sudo: SudoSpec = { kind: "none" }): HostSpec {
    return { address: "127.0.0.1", ssh: this.ssh(changes), sudo };
  }

  /** Ends every connection as a broken cable does: without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Goes silent on every connection, as a host does that lost its power. */
  mute(): void {
    for (const socket of this.#sockets) {
      socket.pause();
      socket.removeAllListeners("data");
    }
  }

  async close(): Promise<void> {
    this.cut();
    for (const child of this.#children) killGroup(child);
    await new Promise<void>((resolve) => this.#front.close(() => resolve()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #accept(socket: Socket): Promise<void> {
    socket.on("error", () => undefined);
    this.#sockets.add(socket);
    this.connections += 1;
    this.openConnections += 1;
    this.mostConnections = Math.max(this.mostConnections, this.openConnections);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.openConnections -= 1;
    });
    await this.beforeHandshake();
    this.#server.injectSocket(socket);
  }

  #serve(client: Connection): void {
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const known =
        context.method === "publickey" && context.key.data.equals(parsed(this.userKey.public).getPublicSSH());
      if (known) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        this.commands.push(command);
        this.#run(acceptExec(), command);
      });
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (this.request.forwarding !== true) return reject();
      const socket = connect(destPort, destIP, () => {
        const channel = accept();
        channel.on("error", () => undefined);
        channel.pipe(socket).pipe(channel);
      });
      socket.on("error", () => reject());
    });
  }

  #run(channel: ServerChannel, command: string): void {
    this.openChannels += 1;
    this.mostChannels = Math.max(this.mostChannels, this.openChannels);
    const [program = "/bin/sh", ...args] = this.request.shell ?? ["/bin/sh"];
    const child = spawn(program, [...args, "-c", command], {
      env: {
        PATH: `${join(this.folder, "bin")}:${process.env["PATH"]}`,
        HOME: this.folder,
        FAKE_SUDO: this.request.sudo ?? "free",
        FAKE_SUDO_WORD: sudoWord,
        FAKE_UID: String(this.request.uid ?? 0),
      },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#children.add(child);
    for (const stream of [channel, child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    let told = false;
    const tell = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (told) return;
      told = true;
      if (signal === null) channel.exit(code ?? 0);
      else channel.exit(signal.slice(3));
    };
    child.once("exit", (code, signal) => {
      // As sshd does: the code is told when the command ends, the channel is closed when its pipes are.
      setTimeout(() => tell(code, signal), 20);
    });
    child.once("close", (code, signal) => {
      this.#children.delete(child);
      tell(code, signal);
      channel.end();
    });
    channel.once("close", () => {
      this.openChannels -= 1;
      child.stdin.destroy();
    });
  }
}

export function publicLine(key: ParsedKey | undefined): string {
  if (key === undefined) throw new Error("there is no such key");
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

function parsed(key: string): ParsedKey {
  const result = ssh2.utils.parseKey(key);
  if (result instanceof Error) throw result;
  return result;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
