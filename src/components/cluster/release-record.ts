import { gunzipSync } from "node:zlib";

/** One revision of a Helm release, as Helm's record of it says. */
export interface ReleaseRecord {
  /** Name of the Secret that holds it. */
  readonly secret: string;
  readonly revision: number;
  readonly status: string;
  /** Name of the chart; undefined where the record cannot be read. */
  readonly chart: string | undefined;
  /** When it was last written, in milliseconds since 1970. */
  readonly writtenAt: number;
}

/** A Secret, as far as Helm fills one in. */
export interface RecordSecret {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** What is to be done about the records before Helm is asked for a release. */
export type Settlement =
  | { readonly action: "go" }
  /** Whoever wrote the record may still be at work, until then at most. */
  | { readonly action: "wait"; readonly until: number }
  | { readonly action: "remove"; readonly secrets: readonly string[] };

/** Helm's words for an operation that goes on. */
const unfinished = ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "unknown"];

/** Helm's timeout holds for a hook, and once more for what follows it: it writes nothing in between. */
const phases = 2;
/** Helm notices its own timeout, and says so in the record, within this time. */
const graceSeconds = 30;

export function readRecord({ metadata, data }: RecordSecret): ReleaseRecord {
  const labels = metadata.labels ?? {};
  return {
    secret: metadata.name,
    revision: Number(labels["version"] ?? 0),
    status: labels["status"] ?? "unknown",
    chart: chartIn(data?.["release"]),
    writtenAt:
      secondsIn(labels, "modifiedAt") ?? secondsIn(labels, "createdAt") ?? Date.parse(metadata.creationTimestamp),
  };
}

function secondsIn(labels: Readonly<Record<string, string>>, name: string): number | undefined {
  const seconds = Number(labels[name]);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

/** Kubernetes' base64 around Helm's own, around JSON that is zipped. */
function chartIn(release: string | undefined): string | undefined {
  if (release === undefined) return undefined;
  try {
    const zipped = Buffer.from(Buffer.from(release, "base64").toString("utf8"), "base64");
    const record: { chart?: { metadata?: { name?: string } } } = JSON.parse(gunzipSync(zipped).toString("utf8"));
    return record.chart?.metadata?.name;
  } catch {
    return undefined;
  }
}

/**
 * Judges what earlier operations left, when none of this stack's goes on: Pulumi
 * lets one deployment at a time work on a stack. A plugin however outlives its
 * killed engine and may still install, so an unfinished operation is given the
 * time that Helm itself gave it. Only the record is ever removed: the objects
 * carry the release's name, and the next install takes them over. Pure.
 */
export function settle(
  records: readonly ReleaseRecord[],
  asked: { readonly operation: "create" | "update"; readonly chart: string; readonly timeoutSeconds: number },
  now: number,
): Settlement {
  const latest = records.toSorted((a, b) => b.revision - a.revision)[0];
  // Somebody else's release under the same name is left to Helm, which says so.
  if (latest === undefined || latest.chart !== asked.chart) return { action: "go" };
  if (unfinished.includes(latest.status)) {
    const until = latest.writtenAt + (phases * asked.timeoutSeconds + graceSeconds) * 1000;
    if (now < until) return { action: "wait", until };
    // What an update was cut off from stays the release's last good revision.
    return remove(asked.operation === "create" ? records : [latest]);
  }
  // It was finished after its engine had died, so Pulumi does not know of it and installs once more.
  if (latest.status === "deployed" && asked.operation === "create") return remove(records);
  return { action: "go" };
}

function remove(records: readonly ReleaseRecord[]): Settlement {
  return { action: "remove", secrets: records.map(({ secret }) => secret) };
}
