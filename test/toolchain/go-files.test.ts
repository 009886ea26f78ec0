import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownGoFiles } from "../../toolchain/go.js";

let module: string;
beforeAll(() => {
  module = mkdtempSync(join(tmpdir(), "isokube-go-files-"));
  for (const file of [
    "cmd/one/main.go",
    "cmd/one/kinds/a.yaml",
    "cmd/two/main.go",
    "internal/b/b.go",
    "internal/a.go",
  ]) {
    mkdirSync(dirname(join(module, file)), { recursive: true });
    writeFileSync(join(module, file), "");
  }
});
afterAll(() => rmSync(module, { recursive: true }));

test("a change of what programs share names their builds anew, one of another program does not", () => {
  const files = ownGoFiles(module, "./cmd/one").map((file) => relative(module, file));
  expect(files).toEqual(["cmd/one/main.go", "internal/a.go", "internal/b/b.go"]);
});

test("a program of somebody else's module is named by its go.mod and go.sum alone", () => {
  expect(ownGoFiles(module, "example.com/internal/program")).toEqual([]);
});
