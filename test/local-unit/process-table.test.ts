import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ensurePrivateDirectory } from "../../src/local/files.js";
import { Layout } from "../../src/local/layout.js";
import { parsePs, startTimeOf } from "../../src/local/process-table.js";
import {
  type Command,
  findProcesses,
  logTail,
  redact,
  startProcess,
  stopProcesses,
} from "../../src/local/processes.js";

const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) {
    await stopProcesses(findProcesses(new Layout(directory)), 0);
    await rm(directory, { recursive: true });
  }
});

async function newLayout(): Promise<Layout> {
  const directory = await mkdtemp(join(tmpdir(), "isokube-processes-"));
  directories.push(directory);
  const layout = new Layout(directory);
  for (const path of layout.directories) await ensurePrivateDirectory(path);
  return layout;
}

const shell = (script: string): Command => ({
  name: "etcd",
  executable: "/bin/sh",
  arguments: ["-c", script],
  environment: {},
  fingerprint: "f1",
});

async function seen<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

describe("a started process", () => {
  test("is found by its environment, with what it was started with", async () => {
    const layout = await newLayout();
    const started = startProcess(layout, shell("exec sleep 60"));
    // While the shell becomes what it is told to be, it has no environment for a moment.
    const found = await seen("the process", () => findProcesses(layout)[0]);
    expect(found).toMatchObject({ name: "etcd", pid: started.pid, fingerprint: "f1", stopped: false });
    expect(findProcesses(layout)).toHaveLength(1);
  });

  test("leads a session of its own, so that nothing sent to the caller's reaches it", async () => {
    const layout = await newLayout();
    const { pid } = startProcess(layout, shell("ps -o sid= -p $$; exec sleep 60"));
    const sid = await seen("the session", async () => /\d+/.exec(await logTail(layout, "etcd"))?.[0]);
    expect(Number(sid)).toBe(pid);
  });

  test("inherits nothing of the caller's environment", async () => {
    process.env["ISOKUBE_TEST_CANARY"] = "canary";
    const layout = await newLayout();
    startProcess(layout, shell("env; exec sleep 60"));
    const text = await seen("the environment", async () => {
      const tail = await logTail(layout, "etcd", 100);
      return tail.includes("ISOKUBE_CLUSTER") && tail;
    });
    delete process.env["ISOKUBE_TEST_CANARY"];
    expect(text).not.toContain("canary");
    expect(text).toContain(`ISOKUBE_CLUSTER=${layout.dataDirectory}`);
  });

  test("that is halted is told apart, and can be ended", async () => {
    const layout = await newLayout();
    const { pid } = startProcess(layout, shell("exec sleep 60"));
    process.kill(pid, "SIGSTOP");
    await seen("the halted process", () => findProcesses(layout)[0]?.stopped);
    await stopProcesses(findProcesses(layout), 1);
    expect(findProcesses(layout)).toEqual([]);
  });

  test("that ignores SIGTERM is killed after its time", async () => {
    const layout = await newLayout();
    startProcess(layout, shell("trap '' TERM; echo ready; while :; do sleep 1; done"));
    await seen("the trap", async () => (await logTail(layout, "etcd")).includes("ready"));
    const started = performance.now();
    await stopProcesses(findProcesses(layout), 0.3);
    expect(findProcesses(layout)).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(300);
  });

  test("tells how it ended", async () => {
    const layout = await newLayout();
    const crashed = startProcess(layout, shell("echo no disk >&2; exit 3"));
    expect(await seen("the end", () => crashed.ended())).toBe("exited with code 3");
    expect(await logTail(layout, "etcd")).toBe("no disk");
    const missing = startProcess(layout, { ...shell(""), executable: "/nowhere/etcd" });
    expect(await seen("the error", () => missing.ended())).toMatch(/could not be started: .*ENOENT/);
  });

  test("is left alone when its pid now belongs to another", async () => {
    const layout = await newLayout();
    const { pid } = startProcess(layout, shell("exec sleep 60"));
    const found = await seen("the process", () => findProcesses(layout)[0]);
    await stopProcesses([{ ...found, startTime: "1" }], 0);
    expect(startTimeOf(pid)).toBe(found.startTime);
  });

  test("of another cluster, or that only mentions the path, is not found", async () => {
    const [mine, other] = [await newLayout(), await newLayout()];
    startProcess(other, shell("exec sleep 60"));
    const bystander = spawn("/bin/sleep", ["60"], { env: { NOTE: `see ISOKUBE_CLUSTER=${mine.dataDirectory}` } });
    const heir = spawn("/bin/sleep", ["60"], { env: { ISOKUBE_CLUSTER: mine.dataDirectory } });
    await Promise.all([once(bystander, "spawn"), once(heir, "spawn")]);
    expect(findProcesses(mine)).toEqual([]);
    bystander.kill();
    heir.kill();
  });
});

describe("the output of ps on macOS", () => {
  const output = `
  501 Ss   Mon Nov 23 04:39:01 2026     /parts/etcd --name=local HOME=/data dir/run ISOKUBE_CLUSTER=/data dir ISOKUBE_COMPONENT=etcd ISOKUBE_FINGERPRINT=f1
  502 T    Mon Nov 23 04:39:02 2026     /parts/kwok --v=WARN ISOKUBE_CLUSTER=/data dir ISOKUBE_COMPONENT=kwok ISOKUBE_FINGERPRINT=f2
  503 Z    Mon Nov 23 04:39:03 2026     (kwok) ISOKUBE_CLUSTER=/data dir ISOKUBE_COMPONENT=kwok
  504 S    Mon Nov 23 04:39:04 2026     /bin/zsh ISOKUBE_CLUSTER=/data dir2 ISOKUBE_COMPONENT=etcd
`;

  test("gives the living processes of one cluster", () => {
    expect(parsePs(output, "ISOKUBE_CLUSTER", "/data dir")).toEqual([
      {
        pid: 501,
        startTime: "Mon Nov 23 04:39:01 2026",
        stopped: false,
        environment: new Map([
          ["HOME", "/data dir/run"],
          ["ISOKUBE_CLUSTER", "/data dir"],
          ["ISOKUBE_COMPONENT", "etcd"],
          ["ISOKUBE_FINGERPRINT", "f1"],
        ]),
      },
      expect.objectContaining({ pid: 502, stopped: true }),
    ]);
  });
});

test.each([
  ["-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----", "[private key]"],
  ["Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"],
  ['token="s3cret" next', 'token="[hidden]" next'],
  ["got eyJhbGciOi.eyJpc3Mi.c2ln here", "got [token] here"],
  ["listen tcp 127.0.0.1:20001: address already in use", "listen tcp 127.0.0.1:20001: address already in use"],
])("a quoted log hides credentials: %s", (line, shown) => {
  expect(redact(line)).toBe(shown);
});
