import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  cacheDirectory,
  executablePath,
  installUnit,
  modifiedAt,
  readUnit,
  type UnitRecord,
  unitDirectory,
} from "../../toolchain/cache.js";
import { openSandbox, type Sandbox, startScript, until } from "./sandbox.js";

const key = { name: "etcd", version: "3.6.5", recipe: "abc" };
const record: UnitRecord = {
  way: "build",
  seconds: 12.5,
  executables: { etcd: { file: "etcd", bytes: 4, version: "3.6.5" } },
};

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.close());

function fill(directory: string): Promise<UnitRecord> {
  writeFileSync(join(directory, "etcd"), "etcd");
  return Promise.resolve(record);
}

function temporaryFolders(): readonly string[] {
  const root = join(sandbox.cache, "toolchain", ".tmp");
  return existsSync(root) ? readdirSync(root) : [];
}

describe("the cache", () => {
  test.each([
    [{ ISOKUBE_CACHE: "/own" }, "/own"],
    [{ ISOKUBE_CACHE: "", XDG_CACHE_HOME: "/xdg" }, "/xdg/isokube"],
    [{ ISOKUBE_CACHE: "", XDG_CACHE_HOME: "", HOME: "/home/me" }, "/home/me/.cache/isokube"],
  ])("is found from %j", (environment, expected) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(cacheDirectory()).toBe(expected);
  });

  test("holds a unit once it was filled, and leaves nothing else behind", async () => {
    expect(readUnit(key)).toBeUndefined();
    const installed = await installUnit(key, fill);
    expect(readUnit(key)).toEqual(installed);
    expect(installed).toMatchObject(record);
    expect(installed.directory).toBe(join(sandbox.cache, "toolchain", "etcd", "3.6.5-abc"));
    expect(temporaryFolders()).toEqual([]);
  });

  test.each<[string, (directory: string) => void]>([
    ["an executable that is gone", (directory) => rmSync(join(directory, "etcd"))],
    ["an executable of another size", (directory) => appendFileSync(join(directory, "etcd"), "!")],
    ["no record", (directory) => rmSync(join(directory, "unit.json"))],
    ["half a record", (directory) => writeFileSync(join(directory, "unit.json"), '{"way": "bu')],
    ["a record of another form", (directory) => writeFileSync(join(directory, "unit.json"), '{"way": "build"}')],
  ])("does not count a unit with %s, and mends it", async (_, damage) => {
    await installUnit(key, fill);
    damage(unitDirectory(key));
    expect(readUnit(key)).toBeUndefined();
    await installUnit(key, fill);
    expect(readUnit(key)).toMatchObject(record);
    expect(temporaryFolders()).toEqual([]);
  });

  test("installs nothing when filling fails", async () => {
    const work = installUnit(key, async (directory) => {
      await fill(directory);
      throw new Error("disk full");
    });
    await expect(work).rejects.toThrow("disk full");
    expect(existsSync(dirname(unitDirectory(key)))).toBe(false);
    expect(temporaryFolders()).toEqual([]);
  });

  test("keeps one complete unit when two runs install it at once", async () => {
    await Promise.all([installUnit(key, fill), installUnit(key, fill), installUnit(key, fill)]);
    expect(readUnit(key)).toMatchObject(record);
    expect(temporaryFolders()).toEqual([]);
  });

  test("notices that a program of the machine was replaced", async () => {
    const file = join(sandbox.directory, "kubectl");
    writeFileSync(file, "kubectl");
    const bytes = statSync(file).size;
    const executable = { file, bytes, version: "1.35.3", modifiedSeconds: modifiedAt(statSync(file)) };
    const present: UnitRecord = { way: "present", seconds: 0, executables: { kubectl: executable } };
    const unit = await installUnit({ ...key, recipe: "present" }, () => Promise.resolve(present));
    expect(executablePath(unit, executable)).toBe(file);
    expect(readUnit({ ...key, recipe: "present" })).toMatchObject(present);
    writeFileSync(file, "another kubectl");
    expect(readUnit({ ...key, recipe: "present" })).toBeUndefined();
  });
});

describe("kill -9 while a unit is being installed", () => {
  test.each(["before its files are complete", "after its files are complete"])(
    "%s leaves nothing usable",
    async (when) => {
      const script = startScript(
        sandbox,
        "installer",
        `import { writeFileSync } from "node:fs";
       import { installUnit } from "./toolchain/cache.js";
       await installUnit(${JSON.stringify(key)}, async (directory) => {
         writeFileSync(directory + "/etcd", ${JSON.stringify(when.startsWith("before") ? "et" : "etcd")});
         console.log("filling");
         await new Promise(() => setInterval(() => {}, 1000));
       });`,
      );
      await until("the installer fills its folder", () => script.output().includes("filling"), script.output);
      expect(temporaryFolders()).toHaveLength(1);
      script.child.kill("SIGKILL");
      await script.ended();
      expect(readUnit(key)).toBeUndefined();
      expect(existsSync(unitDirectory(key))).toBe(false);
      // The next run that installs anything sweeps up after the dead one.
      await installUnit(key, fill);
      expect(readUnit(key)).toMatchObject(record);
      expect(temporaryFolders()).toEqual([]);
    },
  );

  test("spares the folder of a run that is alive, and of another host", async () => {
    const root = join(sandbox.cache, "toolchain", ".tmp");
    mkdirSync(join(root, "00-1.1@elsewhere"), { recursive: true });
    await installUnit(key, async (directory) => {
      await installUnit({ ...key, recipe: "other" }, fill);
      return fill(directory);
    });
    expect(readUnit(key)).toMatchObject(record);
    expect(temporaryFolders()).toEqual(["00-1.1@elsewhere"]);
  });
});
