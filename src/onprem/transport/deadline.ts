/**
 * Waits for work no longer than a time, and no longer than a signal allows. The
 * work itself must be told to end by who began it: this only stops waiting.
 */
export async function within<T>(
  work: Promise<T>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined; readonly late: () => Error },
): Promise<T> {
  const { timeoutMs, signal, late } = options;
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let aborted: (() => void) | undefined;
  const stop = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
    aborted = () => reject(signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true });
  });
  try {
    return await Promise.race([work, stop]);
  } finally {
    clearTimeout(timer);
    if (aborted !== undefined) signal?.removeEventListener("abort", aborted);
    // Whoever stopped waiting must not make the rest of the work an unhandled rejection.
    work.catch(() => undefined);
  }
}
