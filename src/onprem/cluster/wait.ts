import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** For the message, for example `node cp2 is Ready`. */
  readonly what: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** @default 1 */
  readonly intervalSeconds?: number;
}

/**
 * Asks until `look` gives a value, and no longer than the limit.
 *
 * @param look gives the value, or what was seen instead as a clause
 * @throws when the limit is over, with what was seen last
 */
export async function waitFor<T>(
  { what, timeoutSeconds, signal, intervalSeconds = 1 }: WaitOptions,
  look: () => Promise<{ readonly found: T } | { readonly seen: string }>,
): Promise<T> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const result = await look();
    if ("found" in result) return result.found;
    if (Date.now() >= end) {
      throw new Error(`waited ${timeoutSeconds} s until ${what}; last seen: ${result.seen}`);
    }
    await sleep(intervalSeconds * 1000, undefined, { signal });
  }
}
