/**
 * The bytes of one file in an archive, of a known number: either at hand, or
 * read when their turn comes.
 */
export type Content = Uint8Array | { readonly bytes: number; readonly read: () => AsyncIterable<Uint8Array> };

export interface TarEntry {
  /** Without a leading `/`. */
  readonly path: string;
  readonly mode: number;
  readonly content:
    | { readonly kind: "directory" }
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "file"; readonly content: Content };
  /** Extended attributes, by name: what a file may do is one of them. */
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
}

const blockBytes = 512;

/**
 * An archive, piece by piece. Owner, times and order are the same on every
 * machine, so the same entries give the same bytes and the same digest.
 */
export async function* tarBytes(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    if (entry.attributes !== undefined) {
      const records = paxRecords(entry.attributes);
      yield header("pax", 0o644, "x", records.length, "");
      yield* padded(records);
    }
    switch (entry.content.kind) {
      case "directory":
        yield header(`${entry.path}/`, entry.mode, "5", 0, "");
        break;
      case "link":
        yield header(entry.path, entry.mode, "2", 0, entry.content.target);
        break;
      case "file":
        yield header(entry.path, entry.mode, "0", sizeOf(entry.content.content), "");
        yield* padded(entry.content.content);
        break;
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}

function sizeOf(content: Content): number {
  return content instanceof Uint8Array ? content.length : content.bytes;
}

async function* padded(content: Content): AsyncGenerator<Uint8Array> {
  const size = sizeOf(content);
  let written = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content.read()) {
    written += chunk.length;
    yield chunk;
  }
  if (written !== size) throw new Error(`a file changed while it was being archived: ${written} bytes, not ${size}`);
  yield Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}

function header(path: string, mode: number, type: "0" | "2" | "5" | "x", size: number, target: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  const put = (text: string, at: number, length: number) => {
    if (Buffer.byteLength(text) > length)
      throw new Error(`${JSON.stringify(text)} is too long for an archive's header`);
    block.write(text, at);
  };
  const octal = (value: number, at: number, length: number) =>
    put(`${value.toString(8).padStart(length - 1, "0")}\0`, at, length);
  put(path, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8); // owner: root
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12); // time: 1970
  put("        ", 148, 8);
  put(type, 156, 1);
  put(target, 157, 100);
  put("ustar\x0000", 257, 8);
  let sum = 0;
  for (const byte of block) sum += byte;
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return block;
}

/** Lines of `LENGTH KEY=VALUE`, where the length counts itself. */
function paxRecords(attributes: Readonly<Record<string, Uint8Array>>): Buffer {
  return Buffer.concat(
    Object.entries(attributes).map(([name, value]) => {
      const record = Buffer.concat([Buffer.from(` SCHILY.xattr.${name}=`), value, Buffer.from("\n")]);
      let length = record.length;
      while (String(length).length + record.length !== length) length = String(length).length + record.length;
      return Buffer.concat([Buffer.from(String(length)), record]);
    }),
  );
}
