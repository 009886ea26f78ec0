import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Layout } from "../../src/local/layout.js";
import { withLock } from "../../src/local/lock.js";
import { startTimeOf } from "../../src/local/process-table.js";

let home: string;
let layout: Layout;
const children: ChildProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "isokube-lock-"));
  layout = new Layout(join(home, "clusters", "one"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(home, { recursive: true });
});

async function otherProcess(): Promise<number> {
  const child = spawn("/bin/sleep", ["60"]);
  children.push(child);
  await once(child, "spawn");
  return child.pid ?? 0;
}

describe("the lock", () => {
  test("lets many in one after another and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(layout, { timeoutSeconds: 10 }, work)));
    expect(most).toBe(1);
    expect(await readdir(join(home, "clusters"))).toEqual([]);
  });

  test("is given back when the work fails", async () => {
    const fail = withLock(layout, { timeoutSeconds: 1 }, () => Promise.reject(new Error("broken")));
    await expect(fail).rejects.toThrow("broken");
    expect(await withLock(layout, { timeoutSeconds: 1 }, async () => "free")).toBe("free");
  });

  test("of a living process is waited for only so long, and its pid is named", async () => {
    const pid = await otherProcess();
    await withLock(layout, { timeoutSeconds: 1 }, async () => undefined);
    await writeFile(layout.lock, JSON.stringify({ pid, startTime: startTimeOf(pid) }));
    const waiting = withLock(layout, { timeoutSeconds: 0.3 }, async () => undefined);
    await expect(waiting).rejects.toThrow(`another process (pid ${pid})`);
  });

  test.each([
    { what: "a dead process", content: JSON.stringify({ pid: 4_194_303, startTime: "1" }) },
    { what: "a process whose pid another has now", content: JSON.stringify({ pid: process.pid, startTime: "1" }) },
    { what: "nobody, being cut short", content: '{"pid":' },
    { what: "nobody, being empty", content: "" },
  ])("of $what is taken over", async ({ content }) => {
    await withLock(layout, { timeoutSeconds: 1 }, async () => undefined);
    await writeFile(layout.lock, content);
    expect(await withLock(layout, { timeoutSeconds: 5 }, async () => "mine")).toBe("mine");
    expect(await readdir(join(home, "clusters"))).toEqual([]);
  });

  test("is waited for only until the caller gives up", async () => {
    const pid = await otherProcess();
    await withLock(layout, { timeoutSeconds: 1 }, async () => undefined);
    await writeFile(layout.lock, JSON.stringify({ pid, startTime: startTimeOf(pid) }));
    const waiting = withLock(layout, { timeoutSeconds: 30, signal: AbortSignal.timeout(100) }, async () => undefined);
    await expect(waiting).rejects.toThrow(/abort|timeout/i);
  });
});
