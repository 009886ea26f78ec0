import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { partNames } from "../../toolchain/names.js";

const root = join(import.meta.dirname, "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  dependencies?: Record<string, string>;
};
const page = readFileSync(join(root, "docs", "dependencies.md"), "utf8");
const documented = [...page.matchAll(/^\| `([^`]+)` \| \S/gm)].map((match) => match[1]);

describe("docs/dependencies.md", () => {
  it("gives a reason for every npm package of package.json and every part of the toolchain, and for nothing else", () => {
    const used = new Set([
      ...Object.keys(manifest.devDependencies),
      ...Object.keys(manifest.peerDependencies),
      ...Object.keys(manifest.dependencies ?? {}),
      ...partNames,
    ]);
    expect(new Set(documented)).toEqual(used);
  });
});

describe("package.json", () => {
  it.each(Object.entries(manifest.devDependencies))("pins %s to one version", (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("has no install script, so nothing runs on a user's machine unasked", () => {
    const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as Record<string, string>;
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });
});

describe("the Go modules of the toolchain", () => {
  const modules = readdirSync(join(root, "toolchain", "go"));
  it.each(modules)("%s is pinned by a committed go.sum", (name) => {
    const files = readdirSync(join(root, "toolchain", "go", name));
    expect(files).toContain("go.mod");
    expect(files).toContain("go.sum");
    for (const alternative of files.filter((file) => file.endsWith(".mod") && file !== "go.mod")) {
      expect(files).toContain(alternative.replace(/\.mod$/, ".sum"));
    }
  });
});
