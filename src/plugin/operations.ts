import type { EngineLog } from "./engine-log.js";
import { type Operation, PartialFailure } from "./resource.js";

/** The work in progress: what can be aborted, and whether any is left. */
export interface Operations {
  /** Runs one operation with a signal of its own; `timeoutSeconds` 0 or undefined is no limit. */
  run<T>(urn: string, timeoutSeconds: number | undefined, work: (operation: Operation) => Promise<T>): Promise<T>;
  /** Aborts what runs and refuses what comes later. */
  cancel(reason: string): void;
  /** Settles when nothing runs any more. */
  idle(): Promise<void>;
}

/** An abort with the words for the user; the name is how every abort is told from a failure. */
class Cancelled extends Error {
  override readonly name = "AbortError";
}

export function trackOperations(log: EngineLog): Operations {
  const cancelled = new AbortController();
  const running = new Set<Promise<unknown>>();
  const perform = async <T>(
    urn: string,
    timeoutSeconds: number | undefined,
    work: (operation: Operation) => Promise<T>,
  ): Promise<T> => {
    cancelled.signal.throwIfAborted();
    const limit = new AbortController();
    const tooLong = (): void =>
      limit.abort(new Cancelled(`it took more than ${timeoutSeconds} s, the custom timeout of this resource`));
    const timer =
      timeoutSeconds === undefined || timeoutSeconds === 0 ? undefined : setTimeout(tooLong, timeoutSeconds * 1000);
    const signal = AbortSignal.any([cancelled.signal, limit.signal]);
    try {
      return await work({
        signal,
        status: (message) => log.status(urn, message),
        note: (message) => log.note(urn, message),
      });
    } catch (error) {
      // What was aborted tells it in many ways; the reason is the one for the user.
      throw signal.aborted && !(error instanceof PartialFailure) ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      await log.settle(urn);
    }
  };

  return {
    run(urn, timeoutSeconds, work) {
      const whole = perform(urn, timeoutSeconds, work);
      running.add(whole);
      const forget = (): void => void running.delete(whole);
      whole.then(forget, forget);
      return whole;
    },
    cancel: (reason) => cancelled.abort(new Cancelled(reason)),
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
