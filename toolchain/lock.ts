import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, processMark } from "./process-mark.js";

/** Who holds a lock, as a person would like to be told. */
export interface LockHolder {
  readonly mark: string;
  readonly command: string;
  readonly since: string;
}

/** "process 12 (what it was called with, since when)". */
export function describeHolder({ mark, command, since }: LockHolder): string {
  return `process ${mark.split(".", 1)[0] ?? "?"} (${command}, since ${since})`;
}

export interface LockOptions {
  /** Told when the lock is held by somebody else, and then every few seconds. */
  readonly onWait?: (holder: LockHolder) => void;
  readonly signal?: AbortSignal | undefined;
  readonly pollMilliseconds?: number;
}

/** A holder refreshes its lock this often, so that a holder on another host can be told from a dead one. */
const refreshSeconds = 5;
const abandonedAfterSeconds = 60;

/**
 * Runs `work` while this process alone holds `path`. The lock of a process
 * that is gone is taken over.
 *
 * The lock saves doing the work twice, nothing more: installing is atomic by
 * itself, so even two holders could never leave a wrong part.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const own = `${JSON.stringify({ mark: processMark(), command: commandLine(), since: new Date().toISOString() })}\n`;
  const poll = options.pollMilliseconds ?? 500;
  for (let turn = 0; !tryTake(path, own); turn++) {
    options.signal?.throwIfAborted();
    const text = readIfAny(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder === undefined || isAbandoned(path, holder)) {
      removeAbandoned(path, text);
      continue;
    }
    if (turn % Math.max(1, Math.round(5000 / poll)) === 0) options.onWait?.(holder);
    await sleep(poll, undefined, { signal: options.signal });
  }
  const refresh = setInterval(() => touch(path), refreshSeconds * 1000);
  refresh.unref();
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    if (readIfAny(path) === own) rmSync(path, { force: true });
  }
}

/** A complete file appears under the lock's name or none does: a link, unlike a write, is one step. */
function tryTake(path: string, own: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function isAbandoned(path: string, holder: LockHolder): boolean {
  const running = isRunning(holder.mark);
  if (running !== undefined) return !running;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > abandonedAfterSeconds * 1000;
}

/** Takes the dead holder's file away; a live one that slipped in meanwhile is put back. */
function removeAbandoned(path: string, dead: string): void {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (readIfAny(aside) !== dead) linkSync(aside, path);
  } catch {
    // A third run took the lock in between: two may work at once, see above.
  } finally {
    rmSync(aside, { force: true });
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody removed the cache while we work; installing will say so.
  }
}

function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("mark" in value) || typeof value.mark !== "string") {
      return undefined;
    }
    return {
      mark: value.mark,
      command: "command" in value ? String(value.command) : "unknown",
      since: "since" in value ? String(value.since) : "unknown",
    };
  } catch {
    return undefined;
  }
}

function commandLine(): string {
  return ["node", ...process.argv.slice(1)].join(" ").slice(0, 200);
}
