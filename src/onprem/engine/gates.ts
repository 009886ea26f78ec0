import type { Gate } from "./worker-apply.js";

/** One gate a cluster, for all resources that one plugin process serves. */
export class Gates {
  readonly #gates = new Map<string, CountingGate>();

  of(cluster: string, limit: number): Gate {
    const gate = this.#gates.get(cluster) ?? new CountingGate();
    this.#gates.set(cluster, gate);
    return { pass: (work) => gate.pass(limit, work) };
  }
}

class CountingGate {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

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
}
