import type { LineSender } from "./engine-client.js";

/** Lines for the user, sent to the engine, which shows them beside the resource. */
export interface EngineLog {
  /** A passing word on what is going on; the next one takes its place. */
  status(urn: string, message: string): void;
  /** A line that stays in the command's output. Settles when it was taken. */
  note(urn: string, message: string): Promise<void>;
  /** Settles when the last word on a resource has been shown: before its operation answers. */
  settle(urn: string): Promise<void>;
}

/** Many lines a second would only cost the engine time: nobody reads that fast. */
const statusIntervalMs = 200;

/**
 * Sends lines to the engine at `address` (host:port).
 *
 * The client loads with the first line: most commands (a no-op update, a
 * preview) have nothing to say and should not pay for it. A line that cannot be
 * delivered is dropped, since no operation may fail for want of a display.
 */
export function connectEngineLog(address: () => string | undefined): EngineLog {
  let sender: Promise<LineSender> | undefined;
  const send = async (urn: string, message: string, passing = true): Promise<void> => {
    const engine = address();
    if (engine === undefined) return;
    sender ??= import("./engine-client.js").then(({ connect }) => connect(engine));
    await sender.then((client) => client.send({ urn, message, passing })).catch(() => undefined);
  };

  // One entry while a resource's last line is younger than the interval.
  const recent = new Map<string, { shown: string; latest: string; timer: NodeJS.Timeout; sent: Promise<void> }>();
  const show = (urn: string, message: string): void => {
    const next = (): void => {
      recent.delete(urn);
      if (entry.latest !== entry.shown) show(urn, entry.latest);
    };
    const timer = setTimeout(next, statusIntervalMs).unref();
    const entry = { shown: message, latest: message, timer, sent: send(urn, message) };
    recent.set(urn, entry);
  };

  return {
    status(urn, message) {
      const entry = recent.get(urn);
      if (entry === undefined) show(urn, message);
      else entry.latest = message;
    },
    note: (urn, message) => send(urn, message, false),
    async settle(urn) {
      const entry = recent.get(urn);
      if (entry === undefined) return;
      clearTimeout(entry.timer);
      recent.delete(urn);
      await entry.sent;
      if (entry.latest !== entry.shown) await send(urn, entry.latest);
    },
  };
}
