import { closeSync, openSync, readSync } from "node:fs";

const loaderSegment = 3;

/** Whether a file is a Linux executable (ELF, 64 bits, little endian) that asks for no loader, hence for no library. */
export function isStatic(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const read = (at: number, bytes: number) => {
      const buffer = Buffer.alloc(bytes);
      return readSync(descriptor, buffer, 0, bytes, at) === bytes ? buffer : undefined;
    };
    const header = read(0, 64);
    if (header === undefined || !header.subarray(0, 6).equals(Buffer.from("\x7fELF\x02\x01", "latin1"))) return false;
    const start = Number(header.readBigUInt64LE(32));
    const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
    const segments = read(start, size * count);
    if (segments === undefined) return false;
    for (let index = 0; index < count; index++) {
      if (segments.readUInt32LE(index * size) === loaderSegment) return false;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}
