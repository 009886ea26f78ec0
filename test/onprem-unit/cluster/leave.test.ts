import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leave } from "../../../src/onprem/cluster/leave.js";
import type { Remote, RemoteScript } from "../../../src/onprem/remote.js";
import { localRemote, replaceProgram } from "../local-remote.js";

const signal = new AbortController().signal;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "isokube-leave-"));
  mkdirSync(join(root, "programs"));
  writeFileSync(join(root, "systemctl.log"), "");
  replaceProgram(root, "systemctl", `echo "$*" >> '${root}/systemctl.log'`);
});
afterEach(() => rmSync(root, { recursive: true }));

/** The host that leaves: its own scripts are run, the reset is only noted. */
function leaving(): Remote {
  return { ...localRemote(root), runUnit: async () => ({ exitCode: 0, stdout: "", stderr: "" }) };
}

/** A control plane that stays: every question is answered as if nothing of the host were left. */
const stays: Remote = {
  ...localRemote("/nowhere"),
  run: async ({ text }: RemoteScript) => ({
    exitCode: 0,
    stdout: text.includes("member/list")
      ? '{"members":[{"ID":"1","name":"cp2","peerURLs":["https://10.1.0.2:2380"]}]}'
      : "",
    stderr: "",
  }),
};

async function systemctlCalls(kind: "whole" | "again"): Promise<string> {
  await leave(
    { remote: stays, address: "10.1.0.2", signal },
    { name: "cp1", peerAddress: "10.1.0.1", remote: leaving(), drainTimeoutSeconds: 10 },
    () => undefined,
    kind,
  );
  return readFileSync(join(root, "systemctl.log"), "utf8");
}

test("a control plane that leaves for good gives the shared address up", async () => {
  expect(await systemctlCalls("whole")).toContain("disable --now keepalived.service\n");
});

test("one that joins again keeps the service that was prepared for it", async () => {
  const calls = await systemctlCalls("again");
  expect(calls).toContain("try-restart keepalived.service\n");
  expect(calls).not.toContain("disable");
});
