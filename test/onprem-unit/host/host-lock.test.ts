import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HostWasBusy, withHostLock } from "../../../src/onprem/host/host-lock.js";
import { isGone, lockOwner, nameOfOwner } from "../../../src/onprem/host/lock-owner.js";
import type { Remote } from "../../../src/onprem/remote.js";
import { localRemote } from "../local-remote.js";

const here = { place: "boot-1/4026531836", startTimeOf: () => "815" };
const nobody = () => undefined;

describe("an owner", () => {
  it.each([
    ["a process of this machine that has ended", lockOwner(4711, here), { ...here, startTimeOf: nobody }, true],
    ["one whose number another process has now", lockOwner(4711, here), { ...here, startTimeOf: () => "816" }, true],
    ["a process of this machine that lives", lockOwner(4711, here), here, false],
    ["one of another machine", lockOwner(4711, here), { place: "boot-2/4026531836", startTimeOf: nobody }, false],
    [
      "one where places cannot be told",
      lockOwner(4711, { ...here, place: undefined }),
      { place: undefined, startTimeOf: nobody },
      false,
    ],
    ["nonsense", "?", { ...here, startTimeOf: nobody }, false],
  ])("%s", (_, owner, table, gone) => {
    expect(isGone(owner, table)).toBe(gone);
  });

  it("is named without what only a program understands", () => {
    expect(nameOfOwner(lockOwner(4711, here))).toMatch(/^\S+ pid 4711$/);
  });
});

describe("the lock of a host", () => {
  let root: string;
  let remote: Remote;
  let lock: string;
  const signal = new AbortController().signal;
  const elsewhere = "build7 pid 4711 1a2b3c4d another-boot/1";
  const lockedBy = (owner: string, secondsAgo = 0): void => {
    mkdirSync(join(root, "run/isokube"), { recursive: true });
    writeFileSync(lock, owner);
    const then = Date.now() / 1000 - secondsAgo;
    utimesSync(lock, then, then);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "isokube-lock-"));
    remote = localRemote(root);
    lock = join(root, "run/isokube/lock");
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(root, { recursive: true });
  });

  it("is there while the work goes on, and not after it", async () => {
    const seen = await withHostLock(remote, { signal }, async () => readFileSync(lock, "utf8"));
    expect(isGone(seen)).toBe(false);
    expect(existsSync(lock)).toBe(false);
  });

  it("is given back when the work fails", async () => {
    const work = withHostLock(remote, { signal }, () => Promise.reject(new Error("no")));
    await expect(work).rejects.toThrow("no");
    expect(existsSync(lock)).toBe(false);
  });

  it("counts for nothing when the run that held it was killed on this machine", async () => {
    const { pid } = spawnSync("true");
    lockedBy(lockOwner(pid));
    expect(await withHostLock(remote, { signal }, async () => "done")).toBe("done");
  });

  it("counts for nothing when nobody renewed it for a minute", async () => {
    lockedBy(elsewhere, 61);
    expect(await withHostLock(remote, { signal }, async () => "done")).toBe("done");
  });

  it("is refused when its holder gives a sign of life", async () => {
    lockedBy(elsewhere, 10);
    const report = (): void => lockedBy(elsewhere, 0);
    const work = withHostLock(remote, { signal, report }, async () => "done");
    await expect(work).rejects.toThrow("cp1: another run is changing this host: build7 pid 4711. Fix:");
    expect(readFileSync(lock, "utf8")).toBe(elsewhere);
  });

  it("says that the host must be looked at again when it was waited for", async () => {
    lockedBy(elsewhere, 10);
    const lines: string[] = [];
    const report = (line: string): void => {
      lines.push(line);
      rmSync(lock);
    };
    const work = withHostLock(remote, { signal, report }, async () => "done");
    await expect(work).rejects.toThrow(HostWasBusy);
    expect(lines).toEqual([expect.stringMatching(/^waiting for the run of build7 pid 4711, not heard of for 1\d s$/)]);
    expect(existsSync(lock)).toBe(false);
  });

  it("is had again after a restart of the host, which empties /run", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    await withHostLock(remote, { signal }, async (held) => {
      rmSync(lock);
      vi.advanceTimersByTime(15_000);
      await vi.waitFor(() => expect(existsSync(lock)).toBe(true), { timeout: 5000 });
      expect(held.aborted).toBe(false);
    });
  });

  it("tells the work when another run has taken it away", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const work = withHostLock(remote, { signal }, async (held) => {
      lockedBy(elsewhere);
      vi.advanceTimersByTime(15_000);
      await new Promise((resolve) => held.addEventListener("abort", resolve));
      held.throwIfAborted();
    });
    await expect(work).rejects.toThrow("another run has taken this one for dead");
    expect(readFileSync(lock, "utf8")).toBe(elsewhere);
  });
});
