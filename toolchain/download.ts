import { createHash } from "node:crypto";
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { extractFiles } from "./archive.js";
import type { UnitRecord } from "./cache.js";
import type { Download } from "./downloads.js";
import { isPartName, type PartName } from "./names.js";

/** When a server counts as out of reach or too slow to wait for. */
export interface DownloadLimits {
  /** Until the answer's headers are there, redirects included. */
  readonly answerSeconds: number;
  /** Without a single byte. */
  readonly stallSeconds: number;
  /** The average since the start is judged from here on. */
  readonly patienceSeconds: number;
  readonly slowestBytesPerSecond: number;
  readonly largestBytes: number;
}

export const defaultLimits: DownloadLimits = {
  answerSeconds: 5,
  stallSeconds: 10,
  patienceSeconds: 20,
  slowestBytesPerSecond: 200_000,
  largestBytes: 1024 ** 3,
};

/** Why a download cannot be used. `unreachable`: nor can anything else of that host. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";

  constructor(
    readonly kind: "unreachable" | "refused" | "slow" | "broken" | "wrong",
    message: string,
  ) {
    super(message);
  }
}

export interface DownloadOptions {
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: DownloadLimits;
}

/** Downloads into `directory`, which is the unit's folder to be; only what has the pinned digest is unpacked. */
export async function downloadInto(
  directory: string,
  download: Download,
  options: DownloadOptions,
): Promise<UnitRecord> {
  const begun = Date.now();
  const packed = join(directory, "download.part");
  const digest = await fetchToFile(download.url, packed, options);
  if (digest !== download.sha256) {
    throw new DownloadFailed("wrong", `${download.url} has SHA-256 ${digest}, not the pinned ${download.sha256}`);
  }
  options.onStep("unpacking");
  const wanted = Object.entries(download.executables).filter((entry): entry is [PartName, string] =>
    isPartName(entry[0]),
  );
  const target = (inside: string) => join(directory, basename(inside));
  if (download.format === "raw") {
    for (const [, inside] of wanted) renameSync(packed, target(inside));
  } else {
    await extractFiles(packed, download.format, new Map(wanted.map(([, inside]) => [inside, target(inside)])));
    rmSync(packed);
  }
  const executables: UnitRecord["executables"] = {};
  for (const [name, inside] of wanted) {
    chmodSync(target(inside), 0o755);
    executables[name] = {
      file: basename(inside),
      bytes: statSync(target(inside)).size,
      version: download.version,
    };
  }
  return { way: "download", seconds: (Date.now() - begun) / 1000, executables };
}

/** Streams to a file and returns its SHA-256. Every wait is bounded. */
async function fetchToFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  const limits = options.limits ?? defaultLimits;
  const host = new URL(url).host;
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const limit = (seconds: number, failure: DownloadFailed) => setTimeout(() => stop.abort(failure), seconds * 1000);
  const stalled = new DownloadFailed("slow", `${host} sent nothing for ${limits.stallSeconds} s`);
  let timer = limit(
    limits.answerSeconds,
    new DownloadFailed("unreachable", `${host} did not answer within ${limits.answerSeconds} s`),
  );
  const output = await open(file, "w");
  try {
    options.onStep(`downloading from ${host}`);
    const response = await fetch(url, { signal: stop.signal, redirect: "follow" });
    if (!response.ok || response.body === null) {
      throw new DownloadFailed("refused", `${url} answered ${response.status} ${response.statusText}`.trimEnd());
    }
    const announced = Number(response.headers.get("content-length") ?? Number.NaN);
    const begun = Date.now();
    const hash = createHash("sha256");
    let received = 0;
    for (const reader = response.body.getReader(); ; ) {
      clearTimeout(timer);
      timer = limit(limits.stallSeconds, stalled);
      const { done, value } = await reader.read();
      if (done) break;
      received += value.length;
      hash.update(value);
      await output.writeFile(value);
      checkPace(host, received, (Date.now() - begun) / 1000, limits);
      const share = Number.isNaN(announced) ? "" : ` (${Math.floor((received / announced) * 100)} %)`;
      options.onStep(`downloading from ${host}: ${(received / 1e6).toFixed(0)} MB${share}`);
    }
    await output.sync();
    return hash.digest("hex");
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof DownloadFailed ? error : describeFailure(url, host, error);
  } finally {
    clearTimeout(timer);
    stop.abort();
    options.signal?.removeEventListener("abort", onAbort);
    await output.close();
  }
}

function checkPace(host: string, received: number, seconds: number, limits: DownloadLimits): void {
  if (received > limits.largestBytes) {
    throw new DownloadFailed("wrong", `${host} sends more than ${limits.largestBytes} bytes`);
  }
  if (seconds > limits.patienceSeconds && received / seconds < limits.slowestBytesPerSecond) {
    throw new DownloadFailed("slow", `${host} sends only ${(received / seconds / 1000).toFixed(0)} kB/s`);
  }
}

const unreachableCodes = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** Node's fetch hides the reason in the cause of its error. */
function describeFailure(url: string, host: string, error: unknown): DownloadFailed {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const said = cause instanceof Error && cause.message !== "" ? cause.message : code || String(cause);
  if (unreachableCodes.includes(code)) return new DownloadFailed("unreachable", `${host} cannot be reached: ${said}`);
  return new DownloadFailed("broken", `the download of ${url} broke off: ${said}`);
}
