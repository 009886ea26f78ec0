/** One moment of the work on one part. `step` says what is being done, for a person. */
export interface ToolchainEvent {
  readonly part: string;
  readonly step: string;
  readonly elapsedSeconds: number;
}

export type ToolchainProgress = (event: ToolchainEvent) => void;

/** Nobody is left without a sign of life for longer than this. */
const heartbeatSeconds = 2;

export interface Activity {
  step(text: string): void;
  end(text?: string): void;
}

export interface Reporter {
  /** Nothing is shown yet: `step` is only heard of when it takes long. */
  begin(part: string, step?: string): Activity;
  close(): void;
}

/** Turns steps into events, and repeats the latest step of whatever is under way as a heartbeat. */
export function createReporter(onProgress: ToolchainProgress | undefined): Reporter {
  const active = new Map<string, { readonly begun: number; step: string }>();
  const emit = (part: string, begun: number, step: string) =>
    onProgress?.({ part, step, elapsedSeconds: (Date.now() - begun) / 1000 });
  const heartbeat = setInterval(() => {
    for (const [part, { begun, step }] of active) emit(part, begun, step);
  }, heartbeatSeconds * 1000);
  heartbeat.unref();
  return {
    begin(part, step = "starting") {
      const entry = { begun: Date.now(), step };
      active.set(part, entry);
      return {
        step(text) {
          entry.step = text;
          emit(part, entry.begun, text);
        },
        end(text) {
          active.delete(part);
          if (text !== undefined) emit(part, entry.begun, text);
        },
      };
    },
    close: () => clearInterval(heartbeat),
  };
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** In a log, a part that does the same thing for long is heard of this often. */
const quietSeconds = 8;

/**
 * Renders progress for a person: on a terminal one line that changes, and a
 * lasting line for each finished part; elsewhere plain lines, never silent for
 * more than ten seconds while something is under way.
 */
export function progressLines(stream: ProgressStream): ToolchainProgress {
  return stream.isTTY === true ? changingLine(stream) : plainLines(stream);
}

/** The kind of a step: what stays the same while its details change. */
function kindOf(step: string): string {
  return step.split(/[ :]/, 1)[0] ?? step;
}

function plainLines(stream: ProgressStream): ToolchainProgress {
  const shown = new Map<string, { readonly kind: string; readonly atSeconds: number }>();
  return (event) => {
    const last = shown.get(event.part);
    const kind = kindOf(event.step);
    const isNew = last === undefined || last.kind !== kind || event.elapsedSeconds < last.atSeconds;
    if (!isNew && event.elapsedSeconds - last.atSeconds < quietSeconds) return;
    shown.set(event.part, { kind, atSeconds: event.elapsedSeconds });
    stream.write(`${formatEvent(event)}\n`);
  };
}

function changingLine(stream: ProgressStream): ToolchainProgress {
  let drawnAt = 0;
  const latest = new Map<string, ToolchainEvent>();
  return (event) => {
    if (isFinal(event)) {
      latest.delete(event.part);
      stream.write(`\r\u001b[K${formatEvent(event)}\n`);
    } else latest.set(event.part, event);
    if (Date.now() - drawnAt < 100 && !isFinal(event)) return;
    drawnAt = Date.now();
    const text = [...latest.values()].map(formatEvent).join("  |  ");
    const width = stream.columns ?? 80;
    stream.write(`\r\u001b[K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`);
  };
}

/** The steps with which the work on a part ends. */
const finalKinds = ["ready", "failed", "interrupted", "skipped"];

function isFinal(event: ToolchainEvent): boolean {
  return finalKinds.includes(kindOf(event.step));
}

function formatEvent(event: ToolchainEvent): string {
  return `[${event.elapsedSeconds.toFixed(0).padStart(4)} s] ${event.part}: ${event.step}`;
}
