import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** True for the error of a missing file or directory. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR");
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Writes a file so that a reader sees either the old or the new content whole,
 * whenever the writer is killed. The mode holds from the first byte on.
 */
export async function writeFileAtomic(path: string, content: string | Buffer, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, content, { mode, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Like `writeFileAtomic`, but leaves a file alone that already holds the content. */
export async function ensureFile(path: string, content: string | Buffer, mode = 0o600): Promise<void> {
  const present = await readIfPresent(path);
  if (present?.equals(Buffer.from(content)) === true) {
    await chmod(path, mode);
    return;
  }
  await writeFileAtomic(path, content, mode);
}

export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
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
