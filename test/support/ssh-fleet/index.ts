import { Counts } from "./counts.js";
import { newKey } from "./keys.js";
import { type Script, ScriptedServer } from "./server.js";

export type { CommandRecord, Counts } from "./counts.js";
export { newKey } from "./keys.js";
export type { Answer, Call, Outcome, Script, ScriptedServer } from "./server.js";

export interface FleetRequest {
  readonly count: number;
  /** What each command is answered with. */
  readonly script: Script;
  /** There and back, of every server; each server's own can be changed later. @default 0 */
  readonly latencyMilliseconds?: number;
  /** Lets clients in with this password, too. */
  readonly password?: string;
  /** @default 10, as sshd */
  readonly maxSessions?: number;
  /** Whether the servers can be used as bastions. @default false */
  readonly forwarding?: boolean;
  /** Where each listens, within 127.0.0.0/8. @default 127.0.0.1 for all, each on a port of its own */
  readonly addressOf?: (index: number) => string;
}

/** SSH servers in this process: as many as a test of scale wants, without root. */
export class SshFleet {
  readonly user = "ops";
  /** Over all servers. */
  readonly counts = new Counts();
  readonly servers: readonly ScriptedServer[];
  /** In OpenSSH's format. */
  readonly privateKey: string;

  private constructor(request: FleetRequest) {
    const { count, script, password, maxSessions = 10, forwarding = false, latencyMilliseconds = 0 } = request;
    const { addressOf = () => "127.0.0.1" } = request;
    const key = newKey();
    this.privateKey = key.private;
    const common = { script, user: this.user, authorizedKey: key.public, maxSessions, forwarding };
    this.servers = Array.from({ length: count }, (_, index) => {
      const named = { name: `server${index + 1}`, address: addressOf(index) };
      const settings = { ...common, ...named, ...(password === undefined ? {} : { password }) };
      const server = new ScriptedServer(settings, this.counts);
      server.latencyMilliseconds = latencyMilliseconds;
      return server;
    });
  }

  static async start(request: FleetRequest): Promise<SshFleet> {
    const fleet = new SshFleet(request);
    await Promise.all(fleet.servers.map((server) => server.start()));
    return fleet;
  }

  get(index: number): ScriptedServer {
    const server = this.servers[index];
    if (server === undefined) throw new Error(`there are only ${this.servers.length} servers`);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
