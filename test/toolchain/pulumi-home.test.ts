import { lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EnsuredPart } from "../../toolchain/catalog.js";
import type { PartName } from "../../toolchain/names.js";
import { layOutPulumi } from "../../toolchain/pulumi-home.js";
import { openSandbox, type Sandbox } from "./sandbox.js";

let sandbox: Sandbox;
let pulumiHome: string;
beforeEach(() => {
  sandbox = openSandbox();
  pulumiHome = join(sandbox.directory, "home");
});
afterEach(() => sandbox.close());

function partsIn(folder: string): Map<PartName, EnsuredPart> {
  const names = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"] as const;
  return new Map(
    names.map((name) => {
      const version = name === "pulumi-resource-kubernetes" ? "4.24.1" : "3.259.0";
      return [name, { name, version, path: join(folder, name), way: "cached", origin: "build", bytes: 1, seconds: 1 }];
    }),
  );
}

describe("layOutPulumi", () => {
  test("puts the plugins where the engine finds them without a warning, and the command line into a folder for PATH", () => {
    const { binDirectory } = layOutPulumi({ pulumiHome, parts: partsIn("/cache") });
    expect(readdirSync(binDirectory)).toEqual(["pulumi"]);
    expect(readlinkSync(join(binDirectory, "pulumi"))).toBe("/cache/pulumi");
    const plugin = (...path: string[]) => readlinkSync(join(pulumiHome, "plugins", ...path));
    expect(plugin("resource-kubernetes-v4.24.1", "pulumi-resource-kubernetes")).toBe(
      "/cache/pulumi-resource-kubernetes",
    );
    expect(plugin("language-nodejs-v3.259.0", "pulumi-language-nodejs")).toBe("/cache/pulumi-language-nodejs");
  });

  test("follows the cache when done again, and leaves no drafts", () => {
    layOutPulumi({ pulumiHome, parts: partsIn("/old") });
    const { binDirectory } = layOutPulumi({ pulumiHome, parts: partsIn("/new") });
    expect(readlinkSync(join(binDirectory, "pulumi"))).toBe("/new/pulumi");
    expect(readdirSync(binDirectory)).toEqual(["pulumi"]);
  });

  test("does not overwrite a program that somebody installed there", () => {
    mkdirSync(join(pulumiHome, "bin"), { recursive: true });
    writeFileSync(join(pulumiHome, "bin", "pulumi"), "theirs");
    expect(() => layOutPulumi({ pulumiHome, parts: partsIn("/cache") })).toThrow(/is in the way/);
    expect(lstatSync(join(pulumiHome, "bin", "pulumi")).isSymbolicLink()).toBe(false);
  });

  test("names the part that was not asked for", () => {
    const parts = partsIn("/cache");
    parts.delete("pulumi-language-nodejs");
    expect(() => layOutPulumi({ pulumiHome, parts })).toThrow(/needs the part pulumi-language-nodejs/);
  });
});
