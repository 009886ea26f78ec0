import type { Socket } from "node:net";
import { openByClients } from "./open-sockets.js";

/** One command that was asked of a server. */
export interface CommandRecord {
  readonly server: string;
  readonly user: string;
  readonly command: string;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** Nothing while it runs, and when its connection was lost. */
  endedAt?: number;
}

/** A number that goes up and down, and the most it ever was. */
class Gauge {
  now = 0;
  most = 0;
  total = 0;

  up(): void {
    this.now += 1;
    this.total += 1;
    this.most = Math.max(this.most, this.now);
  }

  down(): void {
    this.now -= 1;
  }
}

/** Connections that were taken, and how many of them there were at a time. */
class OpenSockets {
  most = 0;
  total = 0;
  readonly #sockets = new Set<Socket>();

  get now(): number {
    return this.#sockets.size;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
    this.total += 1;
    if (this.now > this.most) this.most = Math.max(this.most, openByClients(this.#sockets));
  }

  delete(socket: Socket): void {
    this.#sockets.delete(socket);
  }
}

/** What a client did to one server, or to a whole fleet. */
export class Counts {
  /** TCP connections, also those that never said anything. */
  readonly connections = new OpenSockets();
  /** Sessions that are open at the same time, over all connections. */
  readonly channels = new Gauge();
  /** The most sessions that were open on one connection at a time. */
  channelsOnOneConnection = 0;
  /** Sessions that were refused, because a connection had too many. */
  refusedChannels = 0;
  acceptedLogins = 0;
  refusedLogins = 0;
  readonly commands: CommandRecord[] = [];

  /** The most commands that ran at the same time. */
  commandsAtOnce(): number {
    const edges = this.commands.flatMap(({ startedAt, endedAt }) => [
      { at: startedAt, change: 1 },
      ...(endedAt === undefined ? [] : [{ at: endedAt, change: -1 }]),
    ]);
    // One that ends in the instant in which another begins does not overlap it.
    edges.sort((a, b) => a.at - b.at || a.change - b.change);
    let now = 0;
    return edges.reduce((most, { change }) => {
      now += change;
      return Math.max(most, now);
    }, 0);
  }
}
