import { Exit } from "./exit.js";

/**
 * Runs work that Ctrl-C stops at its next safe point. A second Ctrl-C ends the
 * program at once, as everywhere.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort(new Exit(1, "interrupted; what is finished is kept, run again to continue."));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await work(interrupted.signal);
  } catch (error) {
    throw interrupted.signal.aborted ? interrupted.signal.reason : error;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
