import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { extractFiles } from "../../toolchain/archive.js";
import { type Entry, tarGz, zip } from "./archives.js";
import { openSandbox, type Sandbox } from "./sandbox.js";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.close());

const large = Buffer.alloc(200_000, "etcd");

async function extract(content: Buffer, format: "tar.gz" | "zip", wanted: string): Promise<string> {
  const archive = join(sandbox.directory, "archive");
  const target = join(sandbox.directory, "out");
  writeFileSync(archive, content);
  await extractFiles(archive, format, new Map([[wanted, target]]));
  return target;
}

describe("extractFiles", () => {
  const entries: readonly Entry[] = [
    { path: "etcd-v3/", type: "5" },
    { path: "./etcd-v3/README.md", content: "read me" },
    { path: "etcd-v3/etcd", content: large },
  ];
  const zipEntries = entries.filter(({ type }) => type === undefined);

  test.each([
    ["tar.gz", () => tarGz(entries)],
    ["zip", () => zip(zipEntries)],
  ] as const)("writes the wanted file of a %s archive and nothing else", async (format, archive) => {
    expect(readFileSync(await extract(archive(), format, "etcd-v3/etcd")).equals(large)).toBe(true);
    expect(existsSync(join(sandbox.directory, "etcd-v3"))).toBe(false);
  });

  test.each<[string, Entry[]]>([
    [
      "GNU long names",
      [
        { path: "././@LongLink", type: "L", content: `${"long/".repeat(30)}etcd\0` },
        { path: "cut", content: "x" },
      ],
    ],
    [
      "pax headers",
      [
        { path: "pax", type: "x", content: paxLine(`path=${"long/".repeat(30)}etcd`) },
        { path: "cut", content: "x" },
      ],
    ],
  ])("understands %s", async (_, long) => {
    expect(readFileSync(await extract(tarGz(long), "tar.gz", `${"long/".repeat(30)}etcd`), "utf8")).toBe("x");
  });

  test.each([["../etcd"], ["etcd-v3/../../etcd"], ["/etc/cron.d/etcd"], ["C:\\Windows\\etcd.exe"], ["..\\etcd"]])(
    "refuses an archive that holds %s",
    async (path) => {
      for (const [format, content] of [
        ["tar.gz", tarGz([{ path, content: "evil" }, ...entries])],
        ["zip", zip([{ path, content: "evil" }, ...zipEntries])],
      ] as const) {
        await expect(extract(content, format, "etcd-v3/etcd")).rejects.toThrow(/path outside its folder/);
      }
    },
  );

  test("does not take a link for the file of its name", async () => {
    const archive = tarGz([{ path: "etcd-v3/etcd", type: "2" }]);
    await expect(extract(archive, "tar.gz", "etcd-v3/etcd")).rejects.toThrow("the archive has no etcd-v3/etcd");
  });

  test.each([
    ["that lacks the file", "tar.gz", () => tarGz(entries.slice(0, 2)), /has no etcd-v3\/etcd/],
    ["cut in the middle", "tar.gz", () => tarGz(entries).subarray(0, -120), /cannot be read|ends in the middle/],
    ["that is none", "tar.gz", () => Buffer.from("<html>not found</html>"), /cannot be read/],
    ["that is none", "zip", () => Buffer.from("<html>not found</html>"), /has no directory/],
    ["cut in the middle", "zip", () => zip(zipEntries).subarray(0, -40), /no directory|ends too early/],
    ["of zeros without an end", "tar.gz", () => tarGz([]), /has no etcd-v3\/etcd/],
  ] as const)("says what is wrong with an archive %s (%s)", async (_, format, archive, message) => {
    await expect(extract(archive(), format, "etcd-v3/etcd")).rejects.toThrow(message);
  });
});

/** `LENGTH KEY=VALUE` and a newline, where the length counts itself. */
function paxLine(text: string): string {
  const rest = text.length + 2;
  const length = rest + String(rest + String(rest).length).length;
  return `${length} ${text}\n`;
}
