import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, readIfPresent } from "./files.js";
import type { Layout } from "./layout.js";
import { startTimeOf } from "./process-table.js";

const pollMs = 50;

interface Holder {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Runs `work` while no other process (nor another call in this one) works on the
 * same cluster. The lock of a process that died is taken over.
 *
 * @throws when another still holds it after `timeoutSeconds`, naming its pid.
 */
export async function withLock<T>(
  layout: Layout,
  options: { timeoutSeconds: number; signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  const identity = `${JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid), nonce: randomBytes(6).toString("hex") })}\n`;
  while (!tryTake(layout.lock, identity)) {
    options.signal?.throwIfAborted();
    const content = readText(layout.lock);
    if (content === undefined) continue;
    const holder = parseHolder(content);
    if (holder === undefined || startTimeOf(holder.pid) !== holder.startTime) {
      removeStale(layout.lock, content);
      continue;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `another process (pid ${holder.pid}) has been working on ${layout.dataDirectory} for over ${options.timeoutSeconds} s: wait for it or end it, then try again`,
      );
    }
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    if (readText(layout.lock) === identity) rmSync(layout.lock, { force: true });
  }
}

function readText(path: string): string | undefined {
  return readIfPresent(path)?.toString("utf8");
}

function besides(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
}

/** A link appears with its content or not at all, so a lock is never half-written. */
function tryTake(path: string, identity: string): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = besides(path);
  writeFileSync(mine, identity, { mode: 0o600 });
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Removes a dead process's lock. Two may try at once, and one of them may have
 * locked anew meanwhile: what was moved away is looked at, and put back if alive.
 */
function removeStale(path: string, content: string): void {
  const aside = besides(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  try {
    if (readText(aside) !== content) linkSync(aside, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== "object" || value === null || !("pid" in value) || !("startTime" in value)) return undefined;
    const { pid, startTime } = value;
    return typeof pid === "number" && typeof startTime === "string" ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
