import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalPath, ensureFile, ensurePrivateDirectory, readTail, writeFileAtomic } from "../../src/local/files.js";
import { Layout } from "../../src/local/layout.js";
import { type ClusterRecord, parseRecord, readRecord, writeRecord } from "../../src/local/record.js";
import { binaries, ports, spec } from "./fixtures.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "isokube-local-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const record: ClusterRecord = { spec, ports, binaries, secretsEncrypted: false };
const stored = { format: 1, ...record };

describe("a cluster's record", () => {
  test("is read as it was written, by its owner only", async () => {
    const layout = new Layout(directory);
    writeRecord(layout, record);
    expect(readRecord(layout)).toEqual(record);
    expect((await stat(layout.record)).mode & 0o777).toBe(0o600);
  });

  test("is absent where there is none", () => {
    expect(readRecord(new Layout(join(directory, "nowhere")))).toBeUndefined();
  });

  test.each([
    { what: "cut short", text: JSON.stringify(stored).slice(0, 90), why: /cluster\.json is not JSON/ },
    { what: "not an object", text: "[]", why: /cluster\.json: not an object/ },
    { what: "of another format", text: JSON.stringify({ ...stored, format: 2 }), why: /format 2 is not 1/ },
    {
      what: "with a port of the wrong type",
      text: JSON.stringify({ ...stored, ports: { ...ports, etcd: "1" } }),
      why: /ports: etcd is not a number/,
    },
    {
      what: "without its owner",
      text: JSON.stringify({ ...stored, spec: { ...spec, owner: undefined } }),
      why: /spec: owner is not a string/,
    },
    {
      what: "with an unknown architecture",
      text: JSON.stringify({ ...stored, spec: { ...spec, pools: [{ ...spec.pools[0], arch: "mips" }] } }),
      why: /spec: pools\[0\]: arch is not amd64 or arm64/,
    },
  ])("$what is refused, naming file and field", ({ text, why }) => {
    expect(() => parseRecord(text, "/data/cluster.json")).toThrow(why);
  });
});

describe("files", () => {
  test("are replaced whole and leave nothing beside them", async () => {
    const path = join(directory, "file");
    writeFileAtomic(path, "one");
    writeFileAtomic(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(directory)).toEqual(["file"]);
  });

  test("that already hold the content keep their time, and get their mode back", async () => {
    const path = join(directory, "file");
    ensureFile(path, "same");
    const { mtimeMs } = await stat(path);
    await chmod(path, 0o644);
    ensureFile(path, "same");
    const after = await stat(path);
    expect(after.mtimeMs).toBe(mtimeMs);
    expect(after.mode & 0o777).toBe(0o600);
  });

  test("directories are closed to others even when they were open before", async () => {
    const path = join(directory, "open");
    await mkdir(path, { mode: 0o755 });
    await ensurePrivateDirectory(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test("a path has one spelling, whether it exists or is reached through a link", async () => {
    const real = await canonicalPath(directory);
    await symlink(real, join(real, "link"));
    expect(await canonicalPath(join(real, "link", "not", "there"))).toBe(join(real, "not", "there"));
    expect(await canonicalPath(`${real}/./x/..//y`)).toBe(join(real, "y"));
  });

  test("only the end of a long file is read", async () => {
    const path = join(directory, "log");
    await writeFile(path, `${"x".repeat(5000)}end`);
    expect(await readTail(path, 10)).toBe("xxxxxxxend");
    expect(await readTail(join(directory, "none"), 10)).toBe("");
  });
});
