import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LockHolder, withLock } from "../../toolchain/lock.js";
import { processMark } from "../../toolchain/process-mark.js";
import { openSandbox, type Sandbox, startScript, until } from "./sandbox.js";

let sandbox: Sandbox;
let path: string;
beforeEach(() => {
  sandbox = openSandbox();
  path = join(sandbox.cache, "part.lock");
  mkdirSync(dirname(path));
});
afterEach(() => sandbox.close());

/** A process that takes the lock, says so, and holds it until it is ended or told to stop. */
function holder(name: string) {
  return startScript(
    sandbox,
    name,
    `import { existsSync } from "node:fs";
     import { withLock } from "./toolchain/lock.js";
     const onWait = (holder) => console.log("waits for", holder.mark);
     await withLock(${JSON.stringify(path)}, { onWait, pollMilliseconds: 20 }, async () => {
       console.log("holds", process.pid);
       while (!existsSync(${JSON.stringify(join(sandbox.directory, `${name}.stop`))})) await new Promise((r) => setTimeout(r, 10));
     });
     console.log("released");`,
  );
}

function stop(name: string): void {
  writeFileSync(join(sandbox.directory, `${name}.stop`), "");
}

describe("the lock", () => {
  test("is held by one of two processes at a time; the other says for whom it waits", async () => {
    const first = holder("first");
    await until("the first process holds the lock", () => first.output().includes("holds"), first.output);
    const second = holder("second");
    await until("the second process waits", () => second.output().includes("waits for"), second.output);
    expect(second.output()).toContain(`waits for ${first.pid}.`);
    expect(second.output()).not.toContain("holds");
    stop("first");
    await until("the second process holds the lock", () => second.output().includes("holds"), second.output);
    stop("second");
    expect(await Promise.all([first.ended(), second.ended()])).toEqual([0, 0]);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("of a killed process is taken over", async () => {
    const first = holder("first");
    await until("the first process holds the lock", () => first.output().includes("holds"), first.output);
    first.child.kill("SIGKILL");
    await first.ended();
    expect(existsSync(path)).toBe(true);
    const begun = Date.now();
    expect(await withLock(path, { pollMilliseconds: 20 }, () => Promise.resolve("mine"))).toBe("mine");
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test.each([
    [
      "of a program whose process number another has since",
      () => `${process.pid}.1@${processMark().split("@")[1] ?? ""}`,
    ],
    ["that names no process", () => "nobody"],
  ])("%s is taken over", async (_, mark) => {
    writeFileSync(path, JSON.stringify({ mark: mark() }));
    expect(await withLock(path, {}, () => Promise.resolve("mine"))).toBe("mine");
  });

  test("that is no lock file at all is taken over", async () => {
    writeFileSync(path, "{");
    expect(await withLock(path, {}, () => Promise.resolve("mine"))).toBe("mine");
  });

  test("of another host counts until it was not refreshed for a minute", async () => {
    writeFileSync(path, JSON.stringify({ mark: "1.1@elsewhere", command: "node isokube", since: "now" }));
    const waitedFor: LockHolder[] = [];
    const work = withLock(path, { pollMilliseconds: 10, onWait: (other) => waitedFor.push(other) }, () =>
      Promise.resolve("mine"),
    );
    await until(
      "it waits",
      () => waitedFor.length > 0,
      () => JSON.stringify(waitedFor),
    );
    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(path, longAgo, longAgo);
    expect(await work).toBe("mine");
  });

  test("is given back when the work fails", async () => {
    await expect(withLock(path, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("lets twenty at once in one after another", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(path, { pollMilliseconds: 3 }, work)));
    expect(most).toBe(1);
  });

  test("stops waiting when interrupted", async () => {
    const first = holder("first");
    await until("the first process holds the lock", () => first.output().includes("holds"), first.output);
    const interrupt = new AbortController();
    const work = withLock(path, { signal: interrupt.signal, pollMilliseconds: 10 }, () => Promise.resolve("mine"));
    interrupt.abort(new Error("interrupted"));
    await expect(work).rejects.toThrow();
    stop("first");
    await first.ended();
  });
});
