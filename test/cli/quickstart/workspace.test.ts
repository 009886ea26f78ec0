import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findWorkspace, prepareWorkspace, removeStaleLocks } from "../../../src/cli/quickstart/workspace.js";

let checkout: string;

beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), "isokube-workspace-")));
  mkdirSync(join(checkout, "stacks", "deeper"), { recursive: true });
  writeFileSync(join(checkout, "Pulumi.yaml"), "name: shop\n");
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function workspace() {
  const found = findWorkspace(checkout);
  if (found === undefined) throw new Error("no workspace found");
  return found;
}

describe("the quickstart's workspace", () => {
  it("is found from any folder of the checkout, and nowhere else", () => {
    expect(findWorkspace(join(checkout, "stacks", "deeper"))?.root).toBe(checkout);
    expect(findWorkspace(tmpdir())).toBeUndefined();
  });

  it("keeps passphrase and folders to their owner, and the passphrase for good", () => {
    prepareWorkspace(workspace());
    const { passphraseFile, directory } = workspace();
    expect(statSync(passphraseFile).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const before = statSync(passphraseFile).mtimeMs;
    prepareWorkspace(workspace());
    expect(statSync(passphraseFile).mtimeMs).toBe(before);
  });
});

describe("locks of the backend", () => {
  function writeLock(pid: number, host: string): string {
    const folder = join(workspace().stateDirectory, ".pulumi", "locks", "organization", "isokube", "local");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${pid}-${host}.json`);
    writeFileSync(file, JSON.stringify({ pid, username: "root", hostname: host, timestamp: "2026-01-01T00:00:00Z" }));
    return file;
  }
  const deadPid = spawnSync(process.execPath, ["--version"]).pid;

  it.each([
    { of: "a killed run on this machine", pid: deadPid, host: hostname(), removed: true },
    { of: "a run that still works", pid: process.pid, host: hostname(), removed: false },
    { of: "a run on another machine", pid: deadPid, host: "elsewhere", removed: false },
  ])("$of: removed = $removed", ({ pid, host, removed }) => {
    const file = writeLock(pid, host);
    expect(removeStaleLocks(workspace())).toEqual(removed ? [file] : []);
    expect(existsSync(file)).toBe(!removed);
  });
});
