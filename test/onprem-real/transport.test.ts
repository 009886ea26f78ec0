import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Remote, RemoteFailure } from "../../src/onprem/remote.js";
import type { HostSpec, SudoSpec } from "../../src/onprem/spec.js";
import { SshConnector } from "../../src/onprem/transport/connector.js";
import { startText } from "../../src/onprem/transport/units.js";
import { startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import { eventually } from "../support/processes.js";

const variable = "ISOKUBE_TEST_SUDO";
const unitFolder = "/run/isokube/units";

function specOf(host: TestHost, sudo: SudoSpec): HostSpec {
  const ssh = {
    user: host.user,
    port: 22,
    hostKey: host.hostKey,
    knownHostsFile: join(host.folder, "known_hosts"),
    privateKeyFile: host.privateKeyFile,
    agentSocket: undefined,
    bastion: undefined,
  };
  return { address: host.address, ssh, sudo };
}

async function failureOf(work: Promise<unknown>): Promise<RemoteFailure> {
  const outcome = await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (outcome instanceof RemoteFailure) return outcome;
  throw outcome;
}

/** Waits for something on the host to be so, for a bounded time. */
async function until(host: TestHost, script: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await host.tryExec(script)).code === 0) return;
    await sleep(100);
  }
  throw new Error(`after 10 s it is still not so on ${host.name}: ${script}`);
}

describe("a host whose user may use sudo", () => {
  let hosts: TestHosts;
  let host: TestHost;
  let connector: SshConnector;
  beforeAll(async () => {
    hosts = await startHosts({ count: 1 });
    host = hosts.get(0);
    connector = new SshConnector({ keepaliveSeconds: 1, reconnectSeconds: 60 });
  });
  afterAll(async () => {
    await connector?.close();
    await hosts?.close();
  });

  const onHost = <T>(work: (remote: Remote) => Promise<T>, through = connector): Promise<T> =>
    through.use({ name: host.name, host: specOf(host, { kind: "passwordless" }) }, work);

  it("runs scripts as root", async () => {
    const result = await onHost((remote) =>
      remote.run({ text: 'id -un; hostname; printf "%s" "$1"; cat', args: ["it's"], input: "x", timeoutSeconds: 10 }),
    );
    expect(result.stdout).toBe(`root\n${host.name}\nit'sx`);
  });

  it("lets a key in that only an SSH agent has, and says so when the agent does not have it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isokube-agent-"));
    const socket = join(folder, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    const through = new SshConnector({ maxConnections: 1 });
    try {
      await eventually("the agent listens", () => Promise.resolve(existsSync(socket) ? true : undefined));
      const plain = specOf(host, { kind: "passwordless" });
      const spec = { ...plain, ssh: { ...plain.ssh, privateKeyFile: undefined, agentSocket: socket } };
      const ask = () =>
        through.use({ name: host.name, host: spec }, (remote) => remote.run({ text: "id -un", timeoutSeconds: 10 }));
      const refused = await failureOf(ask());
      expect(refused.kind).toBe("login");
      expect(refused.message).toContain(`did not accept user ${host.user} with the agent at ${socket}`);
      expect(refused.message).toContain("`ssh-add -l` shows which keys the agent has");
      await promisify(execFile)("ssh-add", ["-q", host.privateKeyFile], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
      expect((await ask()).stdout).toBe("root\n");
    } finally {
      await through.close();
      agent.kill();
      await rm(folder, { recursive: true });
    }
  });

  it("runs a unit, hands its lines on, and gives its exit code and output", async () => {
    const lines: string[] = [];
    const unit = {
      unit: "isokube-test-lines",
      text: `echo "$1"; wc -c; for i in 1 2 3; do echo "line $i"; sleep 0.3; done; printf 'no end' >&2; exit 5`,
      args: ["it's $HOME %n"],
      input: "a secret",
      timeoutSeconds: 30,
      accept: [5],
      onLine: (line: string) => lines.push(line),
    };
    const result = await onHost((remote) => remote.runUnit(unit));
    const expected = ["it's $HOME %n", "8", "line 1", "line 2", "line 3", "no end"];
    expect(result).toEqual({ exitCode: 5, stdout: expected.join("\n"), stderr: "" });
    expect(lines).toEqual(expected);
    expect(await host.exec(`stat -c '%a %U' ${unitFolder}/${unit.unit} ${unitFolder}/${unit.unit}/*`)).toMatch(
      /^700 root\n(600 root\n)+$/,
    );
    expect(await host.exec(`cat ${unitFolder}/${unit.unit}/output`)).toBe(expected.join("\n"));
    // Nothing of the secret is left, neither on the disk nor in the journal.
    expect((await host.tryExec(`grep -r 'a secret' /run/isokube /etc/systemd /run/systemd`)).stdout).toBe("");
    expect(await host.exec("journalctl --no-pager")).not.toContain("a secret");
    expect(await host.exec(`systemctl list-units --all --no-legend '${unit.unit}*'`)).toBe("");
  });

  it("runs a unit of the same name again once it has ended, whatever its end", async () => {
    const unit = { unit: "isokube-test-again", timeoutSeconds: 20 };
    expect((await failureOf(onHost((remote) => remote.runUnit({ ...unit, text: "exit 3" })))).kind).toBe("exit");
    expect((await onHost((remote) => remote.runUnit({ ...unit, text: "echo second" }))).stdout).toBe("second\n");
  });

  it("does not take the end of the last unit for that of the next one", async () => {
    const unit = { unit: "isokube-test-stubborn", timeoutSeconds: 30 };
    // What the first leaves running does not end at once, so the unit does not either.
    const text = "(trap '' TERM; exec sleep 4) & echo first";
    expect((await onHost((remote) => remote.runUnit({ ...unit, text }))).stdout).toBe("first\n");
    expect((await onHost((remote) => remote.runUnit({ ...unit, text: "echo second" }))).stdout).toBe("second\n");
  });

  it("waits for a unit that the host has not begun yet, and finds one of another run", async () => {
    // What several units at once come to for a moment, for longer: the job that begins it waits for another to end.
    const unit = { unit: "isokube-test-queued", text: "echo begun", timeoutSeconds: 30 };
    const dropIns = `/run/systemd/system/${unit.unit}.service.d`;
    await host.exec(`mkdir -p ${dropIns} && printf '[Unit]\\nAfter=before.service\\n' > ${dropIns}/order.conf`);
    await host.exec("systemctl daemon-reload");
    await host.exec("systemd-run --quiet --no-block --unit=before --property=Type=oneshot sleep 4");
    const work = async () => {
      const first = onHost((remote) => remote.runUnit(unit));
      await until(host, `systemctl show -p Job -- ${unit.unit}.service | grep 'Job=[1-9]'`);
      const second = onHost((remote) => remote.runUnit({ ...unit, text: "echo begun again" }), new SshConnector());
      return Promise.all([first, second]);
    };
    expect((await work()).map(({ stdout }) => stdout)).toEqual(["begun\n", "begun\n"]);
  });

  it("begins no unit with half of its input", async () => {
    const args = ["isokube-test-half", "call", "30", "exec cat", "10"];
    const failure = await failureOf(
      onHost((remote) => remote.run({ text: startText, args, input: "half", timeoutSeconds: 20 })),
    );
    expect(failure).toMatchObject({ kind: "exit", message: expect.stringContaining("did not arrive whole") });
    expect((await host.tryExec(`ls ${unitFolder}/isokube-test-half`)).code).not.toBe(0);
  });

  it("goes on with a unit when the cable was out, and misses no line", { timeout: 120_000 }, async () => {
    const lines: string[] = [];
    const text = `i=0; while [ $i -lt 40 ]; do i=$((i + 1)); echo "line $i"; sleep 0.3; done; exit 4`;
    const onLine = (line: string): number => lines.push(line);
    const running = onHost((remote) =>
      remote.runUnit({ unit: "isokube-test-cut", text, timeoutSeconds: 90, accept: [4], onLine }),
    );
    while (lines.length < 5) await sleep(50);
    await host.cutNetwork();
    await sleep(6000);
    const seenWhenCut = lines.length;
    expect(seenWhenCut).toBeLessThan(20);
    await host.restoreNetwork();
    expect((await running).exitCode).toBe(4);
    expect(lines).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 1}`));
  });

  it("tells a script whose cable is pulled out as unreachable", async () => {
    const running = failureOf(onHost((remote) => remote.run({ text: "sleep 30", timeoutSeconds: 60 })));
    await until(host, "pgrep -f '^sleep 30'");
    await host.cutNetwork();
    try {
      expect((await running).kind).toBe("unreachable");
    } finally {
      await host.restoreNetwork();
    }
  });

  it("finds a unit that another run began and lost", async () => {
    const text = `echo begun; sleep 4; echo ended`;
    const first = new SshConnector();
    const stop = new AbortController();
    const unit = { unit: "isokube-test-found", text, timeoutSeconds: 60 };
    const begun = onHost(
      (remote) =>
        remote.runUnit({ ...unit, signal: stop.signal, onLine: () => stop.abort(new Error("the run was ended")) }),
      first,
    );
    await expect(begun).rejects.toThrow("the run was ended");
    await first.close();
    const result = await onHost((remote) => remote.runUnit({ ...unit, text: "echo begun anew" }));
    expect(result.stdout).toBe("begun\nended\n");
  });

  it("ends a unit at its deadline, with all that it began", async () => {
    const text = "sleep 71.5 & setsid sleep 71.5 & echo working; sleep 71.5";
    const failure = await failureOf(
      onHost((remote) => remote.runUnit({ unit: "isokube-test-late", text, timeoutSeconds: 2 })),
    );
    expect(failure).toMatchObject({ kind: "timeout", message: expect.stringContaining("it last wrote: working") });
    await until(host, "! pgrep -f '^sleep 71.5'");
  });

  it("tells a unit that somebody killed", async () => {
    const unit = { unit: "isokube-test-killed", text: "sleep 72.5", timeoutSeconds: 60 };
    const running = failureOf(onHost((remote) => remote.runUnit(unit)));
    await until(host, "pgrep -f '^sleep 72.5'");
    await host.exec(`systemctl kill --signal=KILL ${unit.unit}.service`);
    expect(await running).toMatchObject({ kind: "exit", message: expect.stringContaining("ended from outside") });
    expect((await onHost((remote) => remote.runUnit({ ...unit, text: "echo again" }))).stdout).toBe("again\n");
  });

  it("tells a unit that somebody stopped", async () => {
    const unit = { unit: "isokube-test-stopped", text: "sleep 73.5", timeoutSeconds: 60 };
    const running = failureOf(onHost((remote) => remote.runUnit(unit)));
    await until(host, "pgrep -f '^sleep 73.5'");
    await host.exec(`systemctl stop ${unit.unit}.service`);
    expect(await running).toMatchObject({ kind: "exit", result: { exitCode: 143 } });
  });

  it("does not take a unit of somebody else's for its own", async () => {
    await host.exec("systemd-run --quiet --unit=isokube-test-foreign sleep 60");
    const unit = { unit: "isokube-test-foreign", text: "echo mine", timeoutSeconds: 20 };
    const failure = await failureOf(onHost((remote) => remote.runUnit(unit)));
    expect(failure).toMatchObject({ kind: "exit", message: expect.stringContaining("did not begin") });
    await host.exec("systemctl stop isokube-test-foreign");
  });

  it("leaves no half file when the cable is pulled out while it is sent", { timeout: 120_000 }, async () => {
    const from = join(host.folder, "large");
    const content = Buffer.alloc(60_000_000, "isokube");
    writeFileSync(from, content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const file = { from, path: "/var/lib/isokube-test/large", sha256, mode: 0o755 };
    let cut: Promise<void> | undefined;
    const onProgress = (sent: number): void => {
      if (sent > 10_000_000) cut ??= host.cutNetwork();
    };
    const failure = await failureOf(onHost((remote) => remote.upload({ ...file, onProgress })));
    expect(failure.kind).toBe("unreachable");
    await cut;
    expect((await host.tryExec(`ls ${file.path}`)).code).not.toBe(0);
    await host.restoreNetwork();
    await onHost((remote) => remote.upload(file));
    expect(await host.exec(`stat -c '%a %s' ${file.path}; ls -A /var/lib/isokube-test`)).toBe("755 60000000\nlarge\n");
    let sent = 0;
    await onHost((remote) => remote.upload({ ...file, onProgress: (bytes) => (sent = bytes) }));
    expect(sent).toBe(content.length);
  });

  it("fails clearly when the host is restarted while a unit runs", { timeout: 200_000 }, async () => {
    const running = failureOf(
      onHost((remote) => remote.runUnit({ unit: "isokube-test-reboot", text: "sleep 74.5", timeoutSeconds: 150 })),
    );
    await until(host, "pgrep -f '^sleep 74.5'");
    await host.kill();
    await host.start();
    expect(await running).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("the host was restarted while isokube-test-reboot ran"),
    });
  });

  it("gives a host up that does not come back", { timeout: 60_000 }, async () => {
    const impatient = new SshConnector({ keepaliveSeconds: 1, connectSeconds: 2, reconnectSeconds: 5 });
    const unit = { unit: "isokube-test-gone", text: "sleep 75.5", timeoutSeconds: 50 };
    const running = failureOf(onHost((remote) => remote.runUnit(unit), impatient));
    await until(host, "pgrep -f '^sleep 75.5'");
    await host.cutNetwork();
    try {
      expect(await running).toMatchObject({
        kind: "unreachable",
        message: expect.stringContaining("the next run finds it"),
      });
    } finally {
      await host.restoreNetwork();
      await impatient.close();
    }
  });
});

describe("a host whose sudo asks for a password", () => {
  let hosts: TestHosts;
  let host: TestHost;
  beforeAll(async () => {
    hosts = await startHosts({ count: 1, sudo: "password" });
    host = hosts.get(0);
  });
  afterAll(() => hosts?.close());

  const onHost = async <T>(word: string, work: (remote: Remote) => Promise<T>): Promise<T> => {
    const connector = new SshConnector({ environment: { [variable]: word } });
    try {
      return await connector.use({ name: host.name, host: specOf(host, { kind: "password", variable }) }, work);
    } finally {
      await connector.close();
    }
  };

  it("runs scripts, units and files as root with it", async () => {
    await onHost(host.password, async (remote) => {
      expect((await remote.run({ text: "id -un; cat", input: "in", timeoutSeconds: 20 })).stdout).toBe("root\nin");
      const unit = { unit: "isokube-test-word", text: "id -un; cat", input: "in", timeoutSeconds: 20 };
      expect((await remote.runUnit(unit)).stdout).toBe("root\nin");
      await remote.writeFile({ path: "/etc/isokube-test/file", content: "content", mode: 0o640 });
      expect((await remote.readFile("/etc/isokube-test/file"))?.toString()).toBe("content");
      expect(await host.exec("stat -c '%a %U:%G' /etc/isokube-test /etc/isokube-test/file")).toBe(
        "755 root:root\n640 root:root\n",
      );
    });
    expect(await host.exec("journalctl --no-pager; ps axww")).not.toContain(host.password);
  });

  it("refuses a wrong one as sudo's refusal, with what the host said and without the word", async () => {
    const failure = await failureOf(onHost("not-the-word", (remote) => remote.run({ text: "id", timeoutSeconds: 20 })));
    expect(failure).toMatchObject({ kind: "sudo", message: expect.stringContaining("incorrect password") });
    expect(failure.message).not.toContain("not-the-word");
  });

  it("refuses a user that has none to give", async () => {
    const connector = new SshConnector();
    const target = { name: host.name, host: specOf(host, { kind: "passwordless" }) };
    const failure = await failureOf(connector.use(target, (remote) => remote.run({ text: "id", timeoutSeconds: 20 })));
    await connector.close();
    expect(failure).toMatchObject({ kind: "sudo", message: expect.stringContaining("a password is required") });
  });
});
