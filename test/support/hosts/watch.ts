import { setTimeout as sleep } from "node:timers/promises";

/** One question to a server and how it went. */
export interface Probe {
  /** When it was asked and when it was over, in milliseconds. */
  readonly asked: number;
  readonly over: number;
  /** What went wrong; undefined when it answered. */
  readonly error: string | undefined;
}

/** Asks over and over, each time anew, until it is stopped. */
export class Watch {
  readonly probes: Probe[] = [];
  #stopped = false;
  readonly #running: Promise<void>;

  /** @param ask fails when there is no good answer; ends by itself */
  constructor(ask: () => Promise<void>, everyMs = 250) {
    this.#running = (async () => {
      while (!this.#stopped) {
        const asked = Date.now();
        const error = await ask().then(
          () => undefined,
          (failure: unknown) => told(failure),
        );
        this.probes.push({ asked, over: Date.now(), error });
        await sleep(Math.max(0, everyMs - (Date.now() - asked)));
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  get failures(): Probe[] {
    return this.probes.filter(({ error }) => error !== undefined);
  }

  /** Seconds from a moment until it answers without a break: to the first answer after the last failure. */
  secondsUntilSteady(since: number): number {
    const later = this.probes.filter(({ over }) => over >= since);
    const last = later.findLastIndex(({ error }) => error !== undefined);
    const answer = later[last + 1];
    if (answer === undefined) throw new Error(`nothing answers: ${later[last]?.error ?? "nobody asked"}`);
    return last === -1 ? 0 : (answer.over - since) / 1000;
  }
}

/** `fetch` hides what happened behind "fetch failed". */
function told(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.cause instanceof Error ? `${failure.message}: ${failure.cause.message}` : failure.message;
}
