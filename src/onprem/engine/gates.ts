import { setTimeout as sleep } from "node:timers/promises";

/** Lets at most so many workers of a cluster be out of service at once. */
export interface Gate {
  /** A run's work on one worker, which may bring it back: one that is out of service meanwhile is waited for. */
  atWork<T>(worker: string, work: () => Promise<T>): Promise<T>;
  pass<T>(worker: string, work: () => Promise<T>): Promise<T>;
  /**
   * Waits until others are so far in service that this one can be rolled. Before it takes a connection, which those may
   * need that are to come back.
   *
   * @throws when too many others stay out of service, with their names
   */
  admit(worker: string, rolling: Rolling): Promise<void>;
  /**
   * The same as `pass` for one worker's part of a rolling change. After one has failed none is begun: it may be out of
   * service, and what it met may be what all would meet.
   *
   * @throws when another one has failed, or too many others stay out of service, with their names
   */
  roll<T>(worker: string, rolling: Rolling, work: () => Promise<T>): Promise<T>;
}

export interface Rolling {
  /** Names of the workers that are out of service as it is, whoever made them so. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
  /** How long those that nobody works at are waited for. @default 120: a node that restarts, or joined a moment ago */
  readonly patienceSeconds?: number;
}

/** One gate a cluster, for all resources that one plugin process serves. */
export class Gates {
  readonly #gates = new Map<string, CountingGate>();

  of(cluster: string, limit: number): Gate {
    const gate = this.#gates.get(cluster) ?? new CountingGate();
    this.#gates.set(cluster, gate);
    return {
      atWork: (worker, work) => gate.atWork(worker, work),
      pass: (worker, work) => gate.pass(limit, worker, work),
      admit: (worker, rolling) => gate.admit(limit, worker, rolling),
      roll: (worker, rolling, work) => gate.roll(limit, worker, rolling, work),
    };
  }
}

class CountingGate {
  readonly #inside = new Set<string>();
  readonly #atWork = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  readonly #failed = new Set<string>();

  async atWork<T>(worker: string, work: () => Promise<T>): Promise<T> {
    this.#atWork.add(worker);
    try {
      return await work();
    } finally {
      this.#atWork.delete(worker);
    }
  }

  async pass<T>(limit: number, worker: string, work: () => Promise<T>): Promise<T> {
    await this.#room(limit);
    return this.#within(worker, work);
  }

  admit(limit: number, worker: string, rolling: Rolling): Promise<void> {
    return this.#until(limit, worker, rolling, async () => {
      const others = await this.#outside(worker, rolling);
      return others.length < limit ? { found: undefined } : { inTheWay: others };
    });
  }

  async roll<T>(limit: number, worker: string, rolling: Rolling, work: () => Promise<T>): Promise<T> {
    const begun = await this.#until(limit, worker, rolling, async () => {
      let others: readonly string[];
      do {
        await this.#room(limit);
        others = await this.#outside(worker, rolling);
      } while (this.#inside.size >= limit);
      this.#throwAfterFailure(worker);
      // At once, so that nobody else takes the same room; as an object, which nobody awaits unasked.
      if (others.length + this.#inside.size < limit)
        return { found: { ended: this.#within(worker, () => this.#unlessItFails(worker, work)) } };
      // What room there is may be for one that is out of service, and comes back by its own part.
      this.#waiting.shift()?.();
      return { inTheWay: others };
    });
    return begun.ended;
  }

  /** Looks until there is nobody in the way; not for ever where nobody works at those. */
  async #until<T>(
    limit: number,
    worker: string,
    { signal, report, patienceSeconds = 120 }: Rolling,
    look: () => Promise<{ readonly found: T } | { readonly inTheWay: readonly string[] }>,
  ): Promise<T> {
    let stuckSince: number | undefined;
    for (;;) {
      signal.throwIfAborted();
      const seen = await look();
      if ("found" in seen) return seen.found;
      const nobodys = seen.inTheWay.filter((other) => !this.#atWork.has(other));
      const names = nobodys.join(", ");
      if (nobodys.length < limit) stuckSince = undefined;
      else if (stuckSince === undefined) {
        stuckSince = Date.now();
        report(`waiting until Ready: ${names}; at most ${limit} may be out of service`);
      } else if (Date.now() - stuckSince >= patienceSeconds * 1000)
        throw new Error(
          `${worker} was not begun, because maxUnavailable is ${limit} and out of service already: ${names}. ` +
            "Fix: make it Ready, or remove it before anything else is changed (`kubectl delete node` does for one that " +
            "is dead), or raise maxUnavailable; the next run goes on",
        );
      await sleep(Math.min(2, patienceSeconds) * 1000, undefined, { signal });
    }
  }

  async #room(limit: number): Promise<void> {
    while (this.#inside.size >= limit) await new Promise<void>((enter) => this.#waiting.push(enter));
  }

  async #within<T>(worker: string, work: () => Promise<T>): Promise<T> {
    this.#inside.add(worker);
    try {
      return await work();
    } finally {
      this.#inside.delete(worker);
      this.#waiting.shift()?.();
    }
  }

  /** Workers that are out of service without being let through; none where this one is: with it there are no more. */
  async #outside(worker: string, { notReady }: Rolling): Promise<readonly string[]> {
    const all = await notReady();
    return all.includes(worker) ? [] : all.filter((other) => !this.#inside.has(other));
  }

  #throwAfterFailure(worker: string): void {
    // One that failed may try again.
    this.#failed.delete(worker);
    const [failed] = this.#failed;
    if (failed !== undefined)
      throw new Error(
        `${worker} was not begun, because ${failed} has failed and no further worker is taken out of service. ` +
          `Fix: what ${failed} met; the next run goes on`,
      );
  }

  async #unlessItFails<T>(worker: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#failed.add(worker);
      throw error;
    }
  }
}
