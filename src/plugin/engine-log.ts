/** Lines for the user, sent to the engine, which shows them beside the resource. */
export interface EngineLog {
  /** A passing word on what is going on; the next one takes its place. */
  status(urn: string, message: string): void;
  /** Stays on the screen and in the log. */
  warning(urn: string, message: string): void;
  close(): void;
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
  const send = (line: Line): void => {
    const engine = address();
    if (engine === undefined) return;
    sender ??= import("./engine-client.js").then(({ connect }) => connect(engine));
    sender.then((client) => client.send(line)).catch(() => undefined);
  };

  // One entry while a resource's last line is younger than the interval.
  const recent = new Map<string, { shown: string; latest: string }>();
  const show = (urn: string, message: string): void => {
    const entry = { shown: message, latest: message };
    recent.set(urn, entry);
    send({ severity: "info", urn, message, ephemeral: true });
    const next = (): void => {
      if (entry.latest === entry.shown) recent.delete(urn);
      else show(urn, entry.latest);
    };
    setTimeout(next, statusIntervalMs).unref();
  };

  return {
    status(urn, message) {
      const entry = recent.get(urn);
      if (entry === undefined) show(urn, message);
      else entry.latest = message;
    },
    warning: (urn, message) => send({ severity: "warning", urn, message, ephemeral: false }),
    close: () => void sender?.then((client) => client.close()).catch(() => undefined),
  };
}

export interface Line {
  readonly severity: "info" | "warning";
  readonly urn: string;
  readonly message: string;
  readonly ephemeral: boolean;
}

export interface LineSender {
  send(line: Line): void;
  close(): void;
}
