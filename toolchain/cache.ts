import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isPartName, type PartName } from "./names.js";
import { isRunning, processMark } from "./process-mark.js";

/** How a part was got, the first time. */
export type Way = "present" | "download" | "build";

/**
 * What is installed together, in one folder: the executables of one download,
 * of one build, or a note of one executable that is already on the machine.
 */
export interface UnitKey {
  readonly name: string;
  readonly version: string;
  /** Fingerprint of everything the content depends on; another recipe is another folder. */
  readonly recipe: string;
}

export interface InstalledExecutable {
  /** Inside the unit's folder, or absolute for one that is already on the machine. */
  readonly file: string;
  readonly bytes: number;
  readonly version: string;
  /** When a program of the machine was last replaced; what is installed here never changes. */
  readonly modifiedSeconds?: number;
}

/** `unit.json`: written last, so a folder without it was never finished. */
export interface UnitRecord {
  readonly way: Way;
  readonly seconds: number;
  readonly executables: Partial<Record<PartName, InstalledExecutable>>;
}

export interface InstalledUnit extends UnitRecord {
  readonly directory: string;
}

const recordFile = "unit.json";

/** Where everything that can be got again lives: `$ISOKUBE_CACHE`, `$XDG_CACHE_HOME/isokube` or `~/.cache/isokube`. */
export function cacheDirectory(): string {
  const own = process.env["ISOKUBE_CACHE"];
  if (own !== undefined && own !== "") return own;
  const shared = process.env["XDG_CACHE_HOME"];
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache"), "isokube");
}

export function toolchainDirectory(): string {
  return join(cacheDirectory(), "toolchain");
}

export function unitDirectory(key: UnitKey): string {
  return join(toolchainDirectory(), key.name, `${key.version}-${key.recipe}`);
}

/**
 * Reads what is installed for a key. An executable counts only while it has
 * the recorded size: a quick check that needs neither hashing nor a process.
 */
export function readUnit(key: UnitKey): InstalledUnit | undefined {
  const directory = unitDirectory(key);
  const record = parseRecord(readTextIfAny(join(directory, recordFile)));
  if (record === undefined) return undefined;
  for (const executable of Object.values(record.executables)) {
    const found = statSync(executablePath({ ...record, directory }, executable), { throwIfNoEntry: false });
    if (found === undefined || !found.isFile() || found.size !== executable.bytes) return undefined;
    const { modifiedSeconds = modifiedAt(found) } = executable;
    if (modifiedAt(found) !== modifiedSeconds) return undefined;
  }
  return { ...record, directory };
}

export function modifiedAt(file: { readonly mtimeMs: number }): number {
  return Math.floor(file.mtimeMs / 1000);
}

export function executablePath(unit: InstalledUnit, executable: InstalledExecutable): string {
  return unit.way === "present" ? executable.file : join(unit.directory, executable.file);
}

/**
 * Installs a unit: `fill` works in a folder of its own, which becomes the
 * unit's by one rename once its files and its record are on the disk. Killed at
 * any moment, this leaves either nothing or everything.
 */
export async function installUnit(
  key: UnitKey,
  fill: (directory: string) => Promise<UnitRecord>,
): Promise<InstalledUnit> {
  removeAbandonedFolders();
  const work = workFolder();
  const retired = workFolder();
  mkdirSync(work, { recursive: true });
  try {
    const record = await fill(work);
    if (record.way !== "present") {
      for (const { file } of Object.values(record.executables)) syncToDisk(join(work, file));
    }
    writeFileSync(join(work, recordFile), `${JSON.stringify(record, undefined, 2)}\n`);
    syncToDisk(join(work, recordFile));
    syncToDisk(work);
    const directory = unitDirectory(key);
    mkdirSync(dirname(directory), { recursive: true });
    // What is there does not count (readUnit refused it); programs that were
    // started from it keep running after the rename.
    if (existsSync(directory)) renameSync(directory, retired);
    try {
      renameSync(work, directory);
    } catch (error) {
      // Another run was faster with the very same unit.
      const theirs = readUnit(key);
      if (theirs === undefined) throw error;
      return theirs;
    }
    syncToDisk(dirname(directory));
    return { ...record, directory };
  } finally {
    for (const folder of [work, retired]) rmSync(folder, { recursive: true, force: true });
  }
}

/** On the file system of the units, so that the last step is one rename. */
function temporaryRoot(): string {
  return join(toolchainDirectory(), ".tmp");
}

function workFolder(): string {
  return join(temporaryRoot(), `${randomBytes(4).toString("hex")}-${processMark()}`);
}

/** Removes what runs that were killed left behind. */
function removeAbandonedFolders(): void {
  if (!existsSync(temporaryRoot())) return;
  for (const name of readdirSync(temporaryRoot())) {
    const folder = join(temporaryRoot(), name);
    const running = isRunning(name.slice(name.indexOf("-") + 1)) ?? wasTouchedWithinADay(folder);
    if (!running) rmSync(folder, { recursive: true, force: true });
  }
}

function wasTouchedWithinADay(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < 24 * 3600 * 1000;
}

function syncToDisk(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readTextIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseRecord(text: string | undefined): UnitRecord | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { way, seconds, executables } = value;
  if ((way !== "present" && way !== "download" && way !== "build") || typeof seconds !== "number") return undefined;
  if (!isObject(executables)) return undefined;
  const checked: UnitRecord["executables"] = {};
  for (const [name, executable] of Object.entries(executables)) {
    if (!isPartName(name) || !isObject(executable)) return undefined;
    const { file, bytes, version, modifiedSeconds } = executable;
    if (typeof file !== "string" || typeof bytes !== "number" || typeof version !== "string") return undefined;
    checked[name] = {
      file,
      bytes,
      version,
      ...(typeof modifiedSeconds === "number" ? { modifiedSeconds } : {}),
    };
  }
  return { way, seconds, executables: checked };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
