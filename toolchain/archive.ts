import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createInflateRaw } from "node:zlib";
import { messageOf } from "../src/core/message-of.js";

/** An archive that is damaged, lacks a wanted file, or holds a path that leaves its folder. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/**
 * Writes the wanted files of an archive to the places given: path inside the
 * archive → path to write. Nothing else is written, so no entry can choose
 * where it lands; an archive that tries is refused all the same.
 */
export async function extractFiles(
  archive: string,
  format: "tar.gz" | "zip",
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  const missing = new Map(wanted);
  if (format === "zip") await extractZip(archive, missing);
  else await extractTar(archive, missing);
  if (missing.size > 0) throw new ArchiveError(`the archive has no ${[...missing.keys()].join(", ")}`);
}

function checkPath(path: string): string {
  const parts = path.split(/[/\\]/);
  if (path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:/.test(path) || parts.includes("..")) {
    throw new ArchiveError(`the archive holds a path outside its folder: ${JSON.stringify(path)}`);
  }
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

const blockBytes = 512;

/** Everything of a tar header that matters here. */
interface TarHeader {
  readonly path: string;
  readonly bytes: number;
  readonly type: string;
}

async function extractTar(archive: string, missing: Map<string, string>): Promise<void> {
  const plain = createGunzip();
  const source = pipeline(createReadStream(archive), plain);
  // A failure reaches the reader through `plain`; this keeps it from being reported twice.
  source.catch(() => undefined);
  const reader = new ByteReader(plain);
  try {
    for (let longPath: string | undefined; ; ) {
      const block = await reader.read(blockBytes);
      if (block === undefined || block.every((byte) => byte === 0)) return;
      const header = parseTarHeader(block);
      const padding = (blockBytes - (header.bytes % blockBytes)) % blockBytes;
      if (header.type === "L" || header.type === "x") {
        const content = await reader.read(header.bytes);
        if (content === undefined) throw new ArchiveError("the archive ends in the middle of a name");
        longPath = header.type === "L" ? textOf(content) : (paxPath(content) ?? longPath);
      } else {
        const path = checkPath(longPath ?? header.path);
        longPath = undefined;
        const target = header.type === "0" || header.type === "" ? missing.get(path) : undefined;
        if (target === undefined) await reader.skip(header.bytes);
        else {
          await pipeline(Readable.from(reader.chunks(header.bytes)), createWriteStream(target));
          missing.delete(path);
        }
      }
      await reader.skip(padding);
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`the archive cannot be read: ${messageOf(error)}`);
  } finally {
    plain.destroy();
  }
}

function parseTarHeader(block: Buffer): TarHeader {
  const stored = octal(block.subarray(148, 156));
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== stored) throw new ArchiveError("the archive is damaged: a header's check sum is wrong");
  const prefix = textOf(block.subarray(257, 262)) === "ustar" ? textOf(block.subarray(345, 500)) : "";
  const name = textOf(block.subarray(0, 100));
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    bytes: octal(block.subarray(124, 136)),
    type: textOf(block.subarray(156, 157)),
  };
}

function octal(field: Buffer): number {
  // GNU's form for sizes that eight octal digits cannot hold.
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(field.length - 8));
  const value = Number.parseInt(textOf(field).trim() || "0", 8);
  if (Number.isNaN(value)) throw new ArchiveError("the archive is damaged: a header holds no number");
  return value;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

/** A pax header is lines of `LENGTH KEY=VALUE`. */
function paxPath(content: Buffer): string | undefined {
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString("utf8", at, at + 20), 10);
    if (!(length > 0)) return undefined;
    const line = content.toString("utf8", at, at + length).trimEnd();
    const [, key, value] = /^\d+ ([^=]+)=(.*)$/s.exec(line) ?? [];
    if (key === "path") return value;
    at += length;
  }
  return undefined;
}

/** Reads exact counts from a stream of chunks. */
class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** `undefined` when the stream ends before there are so many bytes. */
  async read(bytes: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.take(bytes)) chunks.push(chunk);
    const all = Buffer.concat(chunks);
    return all.length === bytes ? all : undefined;
  }

  async skip(bytes: number): Promise<void> {
    for await (const _ of this.chunks(bytes));
  }

  /** Exactly so many bytes, or an error. */
  async *chunks(bytes: number): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const chunk of this.take(bytes)) {
      seen += chunk.length;
      yield chunk;
    }
    if (seen < bytes) throw new ArchiveError("the archive ends in the middle of a file");
  }

  private async *take(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.rest.length === 0) {
        const next = await this.source.next();
        if (next.done === true) return;
        this.rest = next.value;
        continue;
      }
      const part = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}

const endOfDirectoryBytes = 22;
const longestCommentBytes = 65_535;

async function extractZip(archive: string, missing: Map<string, string>): Promise<void> {
  const file = await open(archive, "r");
  try {
    const directory = await readZipDirectory(file);
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const nameLength = directory.readUInt16LE(at + 28);
      const path = checkPath(directory.toString("utf8", at + 46, at + 46 + nameLength));
      const target = missing.get(path);
      if (target !== undefined) {
        await extractZipEntry(file, archive, directory.subarray(at, at + 46), target);
        missing.delete(path);
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
  } finally {
    await file.close();
  }
}

async function readZipDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - endOfDirectoryBytes - longestCommentBytes), size);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end === -1 || end + endOfDirectoryBytes > tail.length) {
    throw new ArchiveError("the archive is damaged: it has no directory");
  }
  const start = tail.readUInt32LE(end + 16);
  return readAt(file, start, start + tail.readUInt32LE(end + 12));
}

async function extractZipEntry(file: FileHandle, archive: string, entry: Buffer, target: string): Promise<void> {
  const method = entry.readUInt16LE(10);
  const packed = entry.readUInt32LE(20);
  const offset = entry.readUInt32LE(42);
  const local = await readAt(file, offset, offset + 30);
  const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (method !== 0 && method !== 8) throw new ArchiveError(`the archive uses an unknown packing method ${method}`);
  const source = packed === 0 ? Readable.from([]) : createReadStream(archive, { start, end: start + packed - 1 });
  const output = createWriteStream(target);
  await (method === 0 ? pipeline(source, output) : pipeline(source, createInflateRaw(), output));
  const written = output.bytesWritten;
  if (written !== entry.readUInt32LE(24)) throw new ArchiveError("the archive is damaged: a file has the wrong size");
}

async function readAt(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, end - start));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  if (bytesRead !== buffer.length) throw new ArchiveError("the archive ends too early");
  return buffer;
}
