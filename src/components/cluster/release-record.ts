import { gunzipSync, gzipSync } from "node:zlib";

/** A Secret, as far as Helm fills one in. */
export interface RecordSecret {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** What is asked before Helm installs or upgrades a release. */
export interface ReleaseQuestion {
  /** Name of the chart, as the chart says it. */
  readonly chart: string;
  /** Seconds that one phase of an operation may take. */
  readonly timeoutSeconds: number;
  /** Whether Pulumi knows that the release is there. */
  readonly isKnown: boolean;
}

/** What is to be done about the records before Helm is asked for a release. */
export type Settlement =
  | { readonly action: "go" }
  /** Whoever wrote the record may still be at work, until then at most. */
  | { readonly action: "wait"; readonly until: number }
  /** The record is to say what Helm itself would have said: that the operation failed. */
  | { readonly action: "fail"; readonly record: RecordSecret };

/** The parts of Helm's record that are read here; all else is kept. */
interface HelmRelease {
  readonly info?: Readonly<Record<string, unknown>>;
  readonly chart?: { readonly metadata?: { readonly name?: string } };
}

/** Helm's words for an operation that goes on. */
const unfinished = ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"];

/** Helm's timeout holds for a hook, and once more for what follows it: it writes nothing in between. */
const phases = 2;
/** Helm notices its own timeout, and says so in the record, within this time. */
const graceSeconds = 30;

/**
 * Judges what earlier operations left, when none of this stack's goes on: Pulumi
 * lets one deployment at a time work on a stack. A plugin however outlives its
 * killed engine and may still install, so an unfinished operation is given the
 * time that Helm itself gave it. Pure.
 */
export function settle(records: readonly RecordSecret[], asked: ReleaseQuestion, now: number): Settlement {
  const latest = records.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
  // Somebody else's release under the same name is left to Helm, which says so.
  if (latest === undefined || read(latest)?.chart?.metadata?.name !== asked.chart) return { action: "go" };
  const status = latest.metadata.labels?.["status"] ?? "";
  if (unfinished.includes(status)) {
    const until = writtenAt(latest) + (phases * asked.timeoutSeconds + graceSeconds) * 1000;
    return now < until ? { action: "wait", until } : { action: "fail", record: latest };
  }
  // It was finished after its engine had died: Pulumi is about to install it once more.
  return status === "deployed" && !asked.isKnown ? { action: "fail", record: latest } : { action: "go" };
}

/** The change of the Secret that makes its record say that the operation failed, if nobody changed it meanwhile. Pure. */
export function asFailed(record: RecordSecret, now: number) {
  const release = read(record);
  if (release === undefined) throw new Error(`${record.metadata.name} holds no record of Helm`);
  const description = "Cut off: the deployment that worked on it ended without a word";
  return {
    metadata: {
      resourceVersion: record.metadata.resourceVersion,
      labels: { status: "failed", modifiedAt: String(Math.floor(now / 1000)) },
    },
    data: { release: encode({ ...release, info: { ...release.info, status: "failed", description } }) },
  };
}

function revisionOf({ metadata }: RecordSecret): number {
  return Number(metadata.labels?.["version"] ?? 0);
}

/** When it was last written, in milliseconds since 1970. */
function writtenAt({ metadata }: RecordSecret): number {
  const { modifiedAt, createdAt } = metadata.labels ?? {};
  const seconds = Number(modifiedAt ?? createdAt);
  return Number.isFinite(seconds) ? seconds * 1000 : Date.parse(metadata.creationTimestamp);
}

/** Kubernetes' base64 around Helm's own, around JSON that is zipped. */
function read({ data }: RecordSecret): HelmRelease | undefined {
  try {
    const zipped = Buffer.from(Buffer.from(data?.["release"] ?? "", "base64").toString("utf8"), "base64");
    return JSON.parse(gunzipSync(zipped).toString("utf8"));
  } catch {
    return undefined;
  }
}

function encode(release: HelmRelease): string {
  const zipped = gzipSync(JSON.stringify(release)).toString("base64");
  return Buffer.from(zipped).toString("base64");
}
