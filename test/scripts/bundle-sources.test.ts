import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

/** Where tests are compiled nothing is known of the scripts. */
const script = resolve("scripts/lib/bundle-sources.mjs");

test("in the bundle of the benches each source still knows where it is", async () => {
  const directory = mkdtempSync(join(tmpdir(), "isokube-bench-"));
  try {
    const outfile = join(directory, "bench.mjs");
    const { bundleSources }: { bundleSources(entryPoint: string, outfile: string): Promise<void> } = await import(
      script
    );
    await bundleSources(resolve("bench/main.ts"), outfile);
    const code = readFileSync(outfile, "utf8");
    expect(code).toContain(JSON.stringify(resolve("test/support/hosts")));
    expect(code.split("\n").filter((line) => line.includes("import.meta"))).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
