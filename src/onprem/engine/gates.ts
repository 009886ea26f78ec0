/** Lets at most so many workers of a cluster be out of service at once. */
export interface Gate {
  pass<T>(work: () => Promise<T>): Promise<T>;
  /**
   * The same for one worker's part of a rolling change. After one has failed none is begun: it may be out of service,
   * and what it met may be what all would meet.
   *
   * @throws when another one has failed, with its name
   */
  roll<T>(worker: string, work: () => Promise<T>): Promise<T>;
}

/** One gate a cluster, for all resources that one plugin process serves. */
export class Gates {
  readonly #gates = new Map<string, CountingGate>();

  of(cluster: string, limit: number): Gate {
    const gate = this.#gates.get(cluster) ?? new CountingGate();
    this.#gates.set(cluster, gate);
    return {
      pass: (work) => gate.pass(limit, work),
      roll: (worker, work) => gate.roll(limit, worker, work),
    };
  }
}

class CountingGate {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #failed = new Set<string>();

  async pass<T>(limit: number, work: () => Promise<T>): Promise<T> {
    while (this.#inside >= limit) await new Promise<void>((enter) => this.#waiting.push(enter));
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
      this.#waiting.shift()?.();
    }
  }

  roll<T>(limit: number, worker: string, work: () => Promise<T>): Promise<T> {
    return this.pass(limit, async () => {
      // One that failed may try again.
      this.#failed.delete(worker);
      const [failed] = this.#failed;
      if (failed !== undefined)
        throw new Error(
          `${worker} was not begun, because ${failed} has failed and no further worker is taken out of service. ` +
            `Fix: what ${failed} met; the next run goes on`,
        );
      try {
        return await work();
      } catch (error) {
        this.#failed.add(worker);
        throw error;
      }
    });
  }
}
