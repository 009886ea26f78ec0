import { readFile } from "node:fs/promises";

/** One step of the engine's plan, as its event log tells it. */
export interface EngineStep {
  /** `create`, `update`, `same`, `replace`, `create-replacement`, `delete`, `refresh`, … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Top-level properties that differ. */
  readonly diffs: readonly string[];
  /** Property path to its kind, for example `{"pools[0].count": "update"}`. */
  readonly detailedDiff: Readonly<Record<string, string>>;
}

export interface EngineDiagnostic {
  readonly severity: string;
  readonly message: string;
  readonly urn: string | undefined;
  /** A status message, which the display shows for a moment beside the resource. */
  readonly ephemeral: boolean;
}

/** What the event log of one command says. */
export interface EngineEvents {
  /** The log as it was written: for tests that search it. */
  readonly raw: string;
  readonly steps: readonly EngineStep[];
  readonly diagnostics: readonly EngineDiagnostic[];
  /** Operations of the summary and how many resources each touched, for example `{create: 2}`. */
  readonly changes: Readonly<Record<string, number>>;
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly diffs?: readonly string[];
  readonly detailedDiff?: Readonly<Record<string, { readonly diffKind: string }>>;
}

interface RawEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: { severity: string; message: string; urn?: string; ephemeral?: boolean };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
}

/** The name that the program gave the resource. */
export function nameOfUrn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

function toStep(metadata: StepMetadata): EngineStep {
  return {
    op: metadata.op,
    urn: metadata.urn,
    type: metadata.type,
    name: nameOfUrn(metadata.urn),
    diffs: metadata.diffs ?? [],
    detailedDiff: Object.fromEntries(
      Object.entries(metadata.detailedDiff ?? {}).map(([path, diff]) => [path, diff.diffKind]),
    ),
  };
}

/** Parses an event log; a last line cut short by a kill is left out. */
export function parseEventLog(raw: string): EngineEvents {
  const events: RawEvent[] = raw
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  // A refresh knows what changed only once it has read: its outputs event carries the diff.
  const steps = new Map<string, EngineStep>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const metadata = resourcePreEvent?.metadata ?? resOutputsEvent?.metadata;
    if (metadata === undefined) continue;
    const step = toStep(metadata);
    const key =
      resOutputsEvent !== undefined && step.op === "refresh" ? `refresh ${step.urn}` : `${step.op} ${step.urn}`;
    const known = steps.get(key);
    if (known === undefined || Object.keys(step.detailedDiff).length > 0) steps.set(key, step);
  }
  return {
    raw,
    steps: [...steps.values()],
    diagnostics: events.flatMap(({ diagnosticEvent: event }) =>
      event === undefined
        ? []
        : [{ severity: event.severity, message: event.message, urn: event.urn, ephemeral: event.ephemeral === true }],
    ),
    changes: events.findLast((event) => event.summaryEvent !== undefined)?.summaryEvent?.resourceChanges ?? {},
  };
}

/** Reads an event log that may not have been written, because the command ended before. */
export async function readEventLog(path: string): Promise<EngineEvents> {
  const raw = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  return parseEventLog(raw);
}
