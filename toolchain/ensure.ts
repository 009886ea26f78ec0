import { statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { type BuildOptions, buildInto, buildUnitKey } from "./build.js";
import { installUnit, modifiedAt, readUnit, type UnitKey, type UnitRecord, unitDirectory } from "./cache.js";
import { type Catalog, catalogFor, downloadUnitKey, type EnsuredPart, presentUnitKey } from "./catalog.js";
import { buildDiskNeeds, diskProblems } from "./disk.js";
import { DownloadFailed, downloadInto } from "./download.js";
import { type Download, whyNoDownload } from "./downloads.js";
import { briefMessage, ToolchainError } from "./errors.js";
import { requireGo } from "./go.js";
import type { GoBuild } from "./go-build.js";
import { describeHolder, type LockHolder, withLock } from "./lock.js";
import { type PartName, partNames } from "./names.js";
import type { Part } from "./part.js";
import { findPresent } from "./present.js";
import { type Activity, createReporter, type Reporter, type ToolchainProgress } from "./progress.js";
import { resolveKubernetesRelease } from "./versions.js";

export interface EnsureRequest {
  readonly parts: readonly PartName[];
  /** Minor or full version. @default defaultKubernetesMinor */
  readonly kubernetesVersion?: string;
  readonly onProgress?: ToolchainProgress;
  /** Stops the work at the next safe point; what is finished is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Makes sure that parts are there, each by the first way that works: already on
 * the machine at the pinned version, official download with a pinned digest,
 * build from pinned Go modules. What an earlier run got costs a few file
 * look-ups. Safe to interrupt at any time, and to run several times at once.
 *
 * @throws ToolchainError naming what is missing, with a fix for each.
 */
export async function ensureParts(request: EnsureRequest): Promise<Map<PartName, EnsuredPart>> {
  const catalog = catalogFor(resolveKubernetesRelease(request.kubernetesVersion));
  const wanted = [...new Set(request.parts)].map((name) => catalog.parts[name]);
  if (missing(catalog, wanted).length === 0) return collect(catalog, wanted, new Set());
  const reporter = createReporter(request.onProgress);
  const work: Work = { catalog, reporter, got: new Set(), signal: request.signal };
  try {
    const looking = reporter.begin("toolchain", "looking for what is already on this machine");
    await notePresentParts(work, missing(catalog, wanted));
    looking.end();
    await downloadParts(work, missing(catalog, wanted));
    await buildParts(work, missing(catalog, wanted));
    return collect(catalog, wanted, work.got);
  } finally {
    reporter.close();
  }
}

/** One part of the pinned list, whether or not it is installed. */
export interface PartState {
  readonly part: Part;
  readonly installed: EnsuredPart | undefined;
  /** The verified download, or why there is none. */
  readonly download: Download | { readonly unavailable: string };
}

/** What is installed of these parts; nothing is got, no process is started. */
export function listParts(parts: readonly PartName[], kubernetesVersion?: string): readonly PartState[] {
  const catalog = catalogFor(resolveKubernetesRelease(kubernetesVersion));
  return parts.map((name) => {
    const part = catalog.parts[name];
    return {
      part,
      installed: catalog.installed(part),
      download: catalog.download(part) ?? { unavailable: whyNoDownload() },
    };
  });
}

interface Work {
  readonly catalog: Catalog;
  readonly reporter: Reporter;
  /** The units that this very run got. */
  readonly got: Set<PartName>;
  readonly signal: AbortSignal | undefined;
}

function missing(catalog: Catalog, parts: readonly Part[]): readonly Part[] {
  return parts.filter((part) => catalog.installed(part) === undefined);
}

function collect(catalog: Catalog, parts: readonly Part[], got: ReadonlySet<PartName>): Map<PartName, EnsuredPart> {
  const ensured = new Map<PartName, EnsuredPart>();
  for (const part of parts) {
    const installed = catalog.installed(part);
    if (installed === undefined) throw new Error(`${part.name} vanished from the cache while it was being used`);
    ensured.set(part.name, got.has(part.name) ? { ...installed, way: installed.origin } : installed);
  }
  return ensured;
}

async function notePresentParts(work: Work, parts: readonly Part[]): Promise<void> {
  await Promise.all(
    parts.map(async (part) => {
      const begun = Date.now();
      const file = await findPresent(part, work.catalog.parts, work.signal);
      if (file === undefined) return;
      const found = statSync(file);
      const note = { file, bytes: found.size, version: part.version, modifiedSeconds: modifiedAt(found) };
      const record: UnitRecord = {
        way: "present",
        seconds: (Date.now() - begun) / 1000,
        executables: { [part.name]: note },
      };
      await installUnit(presentUnitKey(part), () => Promise.resolve(record));
      work.got.add(part.name);
      work.reporter.begin(part.name).end(`ready: ${file} has the pinned version ${part.version}`);
    }),
  );
}

async function downloadParts(work: Work, parts: readonly Part[]): Promise<void> {
  const downloads = new Set(parts.map((part) => work.catalog.download(part)).filter((found) => found !== undefined));
  const unreachable = new Map<string, string>();
  await inLanes(
    [...downloads].map((download) => [download]),
    4,
    async (download) => {
      const activity = work.reporter.begin(download.name);
      const host = new URL(download.url).host;
      const known = unreachable.get(host);
      if (known !== undefined) return activity.end(`skipped the download: ${known}`);
      try {
        const key = downloadUnitKey(download);
        const options = { onStep: activity.step, signal: work.signal };
        await install(work, key, activity, (directory) => downloadInto(directory, download, options));
        return undefined;
      } catch (error) {
        work.signal?.throwIfAborted();
        if (error instanceof DownloadFailed && error.kind === "unreachable") unreachable.set(host, error.message);
        return activity.end(`skipped the download: ${briefMessage(error)}`);
      }
    },
  );
}

async function buildParts(work: Work, parts: readonly Part[]): Promise<void> {
  const needed = new Set(parts.map((part) => work.catalog.build(part)));
  const builds = work.catalog.builds.filter((build) => needed.has(build));
  if (builds.length === 0) return;
  const asking = work.reporter.begin("toolchain", "asking Go what it can do");
  const go = await requireGo(builds, work.signal);
  asking.end();
  const problems = diskProblems(buildDiskNeeds(go));
  if (problems.length > 0) throw new ToolchainError(problems);
  const failed = new AbortController();
  const signal = work.signal === undefined ? failed.signal : AbortSignal.any([work.signal, failed.signal]);
  await inLanes(lanesByModule(builds), buildLanes(), async (build) => {
    signal.throwIfAborted();
    const activity = work.reporter.begin(build.name);
    try {
      const options: BuildOptions = {
        onStep: activity.step,
        signal,
      };
      await install({ ...work, signal }, buildUnitKey(build), activity, (directory) =>
        buildInto(directory, build, options),
      );
    } catch (error) {
      activity.end(signal.aborted ? "interrupted" : `failed: ${briefMessage(error)}`);
      failed.abort(error);
      throw error;
    }
  });
}

/** Installs a unit unless another run did so while this one waited for it. */
async function install(
  work: Work,
  key: UnitKey,
  activity: Activity,
  fill: (directory: string) => Promise<UnitRecord>,
): Promise<void> {
  const directory = unitDirectory(key);
  const lock = join(dirname(directory), `.${key.version}-${key.recipe}.lock`);
  const onWait = (holder: LockHolder) => activity.step(`waiting for ${describeHolder(holder)}, which gets it`);
  await withLock(lock, { signal: work.signal, onWait }, async () => {
    const theirs = readUnit(key);
    const unit = theirs ?? (await installUnit(key, fill));
    if (theirs === undefined) for (const name of partNames) if (name in unit.executables) work.got.add(name);
    const bytes = Math.max(...Object.values(unit.executables).map((executable) => executable.bytes));
    activity.end(`ready (${theirs === undefined ? unit.way : "got by another run"}, ${(bytes / 1e6).toFixed(0)} MB)`);
  });
}

/** Builds that share packages follow one another, so that each package is compiled once; their order is the catalog's. */
function lanesByModule(builds: readonly GoBuild[]): readonly (readonly GoBuild[])[] {
  const lanes = new Map<string, GoBuild[]>();
  for (const build of builds) {
    const lane = build.sharesPackagesOf ?? build.module;
    lanes.set(lane, [...(lanes.get(lane) ?? []), build]);
  }
  return [...lanes.values()];
}

/**
 * Two builds at once keep the other core busy while one links or waits for the
 * network; each compiles in parallel by itself, so more would only take memory.
 */
function buildLanes(): number {
  return cpus().length >= 2 && totalmem() >= 7 * 1024 ** 3 ? 2 : 1;
}

/** Runs lanes side by side, at most `width` at once, and the items of a lane one after another. */
async function inLanes<T>(
  lanes: readonly (readonly T[])[],
  width: number,
  run: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...lanes];
  const failures: unknown[] = [];
  const worker = async () => {
    for (let lane = queue.shift(); lane !== undefined; lane = queue.shift()) {
      try {
        for (const item of lane) await run(item);
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (failures.length > 0) throw failures[0];
}
