import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { patchedModfile } from "../../toolchain/patched-modules.js";

let folder: string;
let cached: string;
let pinned: { mod: string; sum: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isokube-patched-"));
  // As Go leaves a module in its cache: nothing in it can be written.
  cached = join(folder, "cache");
  mkdirSync(join(cached, "providers", "dns", "one"), { recursive: true });
  for (const path of ["go.mod", "client.go", "providers/dns/all.go", "providers/dns/one/one.go"]) {
    writeFileSync(join(cached, path), `// ${path}\n`, { mode: 0o444 });
  }
  for (const path of ["providers/dns/one", "providers/dns", "providers", "."]) chmodSync(join(cached, path), 0o555);
  pinned = { mod: join(folder, "go.mod"), sum: join(folder, "go.sum") };
  writeFileSync(pinned.mod, "module example.com/build\n");
  writeFileSync(pinned.sum, "example.com/lib v1.0.0 h1:abc=\n");
});
afterEach(() => {
  for (const path of [".", "providers", "providers/dns", "providers/dns/one"]) chmodSync(join(cached, path), 0o755);
  rmSync(folder, { recursive: true });
});

describe("a build against a patched module", () => {
  test("has the module as it is pinned, but for what is left out and what is written anew", async () => {
    const directory = join(folder, "patched");
    const patch = {
      module: "example.com/lib",
      without: ["providers"],
      files: { "providers/dns/none.go": "package dns\n", "client.go": "package lib\n" },
    };
    const modfile = await patchedModfile(directory, pinned, [patch], async () => cached);
    const text = readFileSync(modfile, "utf8");
    expect(text.startsWith("module example.com/build\n")).toBe(true);
    const copy = /^replace example\.com\/lib => (.+)$/m.exec(text)?.[1] ?? "";
    expect(readFileSync(join(copy, "go.mod"), "utf8")).toBe("// go.mod\n");
    expect(readFileSync(join(copy, "client.go"), "utf8")).toBe("package lib\n");
    expect(readFileSync(join(copy, "providers/dns/none.go"), "utf8")).toBe("package dns\n");
    expect(existsSync(join(copy, "providers/dns/all.go"))).toBe(false);
    // Sums still vouch for every other module.
    expect(readFileSync(modfile.replace(/\.mod$/, ".sum"), "utf8")).toBe("example.com/lib v1.0.0 h1:abc=\n");
    // It can be removed again by whoever made it.
    rmSync(directory, { recursive: true });
    expect(readFileSync(join(cached, "client.go"), "utf8")).toBe("// client.go\n");
  });

  describe("with a change of a file", () => {
    const changing = (changes: Readonly<Record<string, string>>) => ({
      module: "example.com/lib",
      without: [],
      files: {},
      changes: { "client.go": changes },
    });

    test("has it wherever it applies", async () => {
      const patch = changing({ client: "$&er", "//": "/* */" });
      const modfile = await patchedModfile(join(folder, "patched"), pinned, [patch], async () => cached);
      const copy = /^replace example\.com\/lib => (.+)$/m.exec(readFileSync(modfile, "utf8"))?.[1] ?? "";
      expect(readFileSync(join(copy, "client.go"), "utf8")).toBe("/* */ $&er.go\n");
      expect(readFileSync(join(copy, "providers/dns/all.go"), "utf8")).toBe("// providers/dns/all.go\n");
    });

    test("fails where there is nothing to change: another version of the module needs another patch", async () => {
      const patched = patchedModfile(
        join(folder, "patched"),
        pinned,
        [changing({ server: "client" })],
        async () => cached,
      );
      await expect(patched).rejects.toThrow('example.com/lib: client.go has no "server" that the patch could change');
    });
  });

  test("has one replacement of a module that the pinned go.mod replaces, and the others as they are", async () => {
    const other = "replace example.com/other => example.com/fork v1.0.0";
    writeFileSync(
      pinned.mod,
      `module example.com/build\n\nreplace example.com/lib => example.com/fork v1.2.0\n${other}\n`,
    );
    const patch = { module: "example.com/lib", without: [], files: {} };
    const modfile = await patchedModfile(join(folder, "patched"), pinned, [patch], async () => cached);
    const replacements = readFileSync(modfile, "utf8").match(/^replace .*$/gm);
    expect(replacements).toEqual([other, expect.stringMatching(/^replace example\.com\/lib => \//)]);
  });
});
