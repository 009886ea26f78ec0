/** How long a look stands for the next one: what is asked twice in one command is asked within a moment. */
const momentSeconds = 10;

interface Recent<T> {
  readonly found: Promise<T>;
  readonly goodForSeconds: number;
  /** Milliseconds of `performance.now()`; undefined while it goes on. */
  endedAt: number | undefined;
}

/**
 * Looks that several ask for: all workers at the same control planes, and a
 * refresh, which reads a resource and then compares it, twice at the same host.
 * One that goes on is waited for; one that failed stands for nobody else.
 */
export class RecentLooks<T> {
  readonly #looks = new Map<string, Recent<T>>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param goodForSeconds how long after its end the look stands for others; a moment by default */
  of(what: unknown, look: () => Promise<T>, goodForSeconds = momentSeconds): Promise<T> {
    const key = JSON.stringify(what);
    const known = this.#looks.get(key);
    if (known !== undefined && this.#isGood(known)) return known.found;
    const recent: Recent<T> = { found: look(), goodForSeconds, endedAt: undefined };
    this.#looks.set(key, recent);
    recent.found.then(
      () => {
        recent.endedAt = this.now();
      },
      () => {
        if (this.#looks.get(key) === recent) this.#looks.delete(key);
      },
    );
    return recent.found;
  }

  /** Something was changed: nothing seen before stands any more. */
  clear(): void {
    this.#looks.clear();
  }

  #isGood({ endedAt, goodForSeconds }: Recent<unknown>): boolean {
    return endedAt === undefined || this.now() - endedAt < goodForSeconds * 1000;
  }
}
