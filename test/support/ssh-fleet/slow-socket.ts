import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A connection over a long way: each piece arrives `oneWayMilliseconds()` after it was sent, in order. */
export class SlowSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort: number | undefined;
  /** What is under way, each way; a later piece never overtakes, even when the way becomes shorter meanwhile. */
  #incoming = Promise.resolve();
  #outgoing = Promise.resolve();

  constructor(
    private readonly socket: Socket,
    private readonly oneWayMilliseconds: () => number,
  ) {
    super({ allowHalfOpen: true });
    this.remoteAddress = socket.remoteAddress;
    this.remoteFamily = socket.remoteFamily;
    this.remotePort = socket.remotePort;
    const receive = (data: Buffer | null): void => {
      this.#incoming = this.#after(this.#incoming, () => this.push(data));
    };
    socket.on("data", receive);
    socket.on("end", () => receive(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    // Pieces are pushed as they come: what tests send fits into memory.
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#outgoing = this.#after(this.#outgoing, () => this.socket.write(data));
    done();
  }

  override _final(done: () => void): void {
    this.#outgoing = this.#after(this.#outgoing, () => this.socket.end());
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  async #after(earlier: Promise<void>, act: () => void): Promise<void> {
    const due = performance.now() + this.oneWayMilliseconds();
    await earlier;
    const rest = due - performance.now();
    // Without latency nothing waits for a turn of the clock.
    if (rest > 0) await sleep(rest);
    if (!this.destroyed) act();
  }
}
