import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdir, open, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** True for the error of a missing file or directory. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR");
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

// A cluster has some eighty small files. Handing each to another thread and back
// takes longer than reading or writing it, and far longer on a busy machine: so
// these are done at once.

/**
 * Writes a file so that a reader sees either the old or the new content whole,
 * whenever the writer is killed. The mode holds from the first byte on.
 */
export function writeFileAtomic(path: string, content: string | Buffer, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, content, { mode, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Like `writeFileAtomic`, but leaves a file alone that already holds the content. */
export function ensureFile(path: string, content: string | Buffer, mode = 0o600): void {
  if (readIfPresent(path)?.equals(Buffer.from(content)) === true) chmodSync(path, mode);
  else writeFileAtomic(path, content, mode);
}

export function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes a directory only its owner can enter, whatever the umask or an earlier mode. */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

/**
 * The one spelling of a directory's path: absolute, symbolic links resolved as
 * far as the path exists. Processes are found by this text, so a cluster reached
 * through a link must not look like another one.
 */
export async function canonicalPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!isMissing(error) || dirname(absolute) === absolute) throw error;
    return join(await canonicalPath(dirname(absolute)), basename(absolute));
  }
}

/** The end of a text file, or an empty string when there is none. */
export async function readTail(path: string, maximumBytes: number): Promise<string> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - maximumBytes);
    const buffer = Buffer.alloc(Math.min(size, maximumBytes));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await handle.close();
  }
}
