import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { sudoWord } from "../../support/loopback-host.js";
import {
  closeAfterEach,
  echo,
  failureOf,
  onHost,
  processesWith,
  startConnector,
  startHost,
  targetOf,
  until,
} from "./fixtures.js";

closeAfterEach();

describe("a script", () => {
  it("gets its values as arguments and its secrets on standard input, exactly", async () => {
    await onHost(async (remote, host) => {
      const args = ["a b", "it's", "x\ny\n", "$HOME `id`", "", "ü€"];
      const result = await remote.run({
        text: `printf '%s|' "$#" "$@"; cat; echo aside >&2`,
        args,
        input: "secret\nwith lines",
        timeoutSeconds: 10,
      });
      expect(result).toEqual({ exitCode: 0, stdout: `6|${args.join("|")}|secret\nwith lines`, stderr: "aside\n" });
      expect(host.commands.join()).not.toContain("secret");
    });
  });

  it("has an empty standard input when none is given", async () => {
    await onHost(async (remote) =>
      expect((await remote.run({ text: "wc -c", timeoutSeconds: 10 })).stdout.trim()).toBe("0"),
    );
  });

  it("does not need to read its standard input", async () => {
    await onHost(async (remote) => {
      const input = Buffer.alloc(20_000_000, "x");
      expect((await remote.run({ text: "exit 0", input, timeoutSeconds: 20 })).exitCode).toBe(0);
    });
  });

  it("fails with what it said when its exit code is not accepted", async () => {
    await onHost(async (remote) => {
      const script = { text: "echo out; echo 'no space left' >&2; exit 3", timeoutSeconds: 10 };
      const failure = await failureOf(remote.run(script));
      expect(failure).toMatchObject({
        kind: "exit",
        result: { exitCode: 3, stdout: "out\n", stderr: "no space left\n" },
      });
      expect(failure.message).toBe("node1: the script ended with exit code 3; it said: no space left");
      expect((await remote.run({ ...script, accept: [0, 3] })).exitCode).toBe(3);
    });
  });

  it.each([
    ["KILL", 137],
    ["TERM", 143],
  ])("that SIG%s ends has the exit code of a shell", async (signal, exitCode) => {
    await onHost(async (remote) => {
      const script = { text: `kill -${signal} $$`, timeoutSeconds: 10, accept: [exitCode] };
      expect((await remote.run(script)).exitCode).toBe(exitCode);
    });
  });

  it("does not wait for what it leaves running", async () => {
    await onHost(async (remote) => {
      const begun = performance.now();
      const result = await remote.run({ text: "sleep 8 & echo done", timeoutSeconds: 30 });
      expect(result.stdout).toBe("done\n");
      expect(performance.now() - begun).toBeLessThan(6000);
    });
  });

  it.each(["sleep 61.5; sleep 61.5", "trap '' TERM; sleep 61.5; sleep 61.5"])(
    "is ended on the host at its deadline: %s",
    { timeout: 30_000 },
    async (text) => {
      await onHost(async (remote) => {
        // Time enough to say something on a machine that is busy.
        const failure = await failureOf(remote.run({ text: `echo working >&2; ${text}`, timeoutSeconds: 3 }));
        expect(failure).toMatchObject({ kind: "timeout", message: expect.stringContaining("it last said: working") });
        expect(processesWith("61.5")).toEqual([]);
        expect((await remote.run(echo)).exitCode).toBe(0);
      });
    },
  );

  it("is ended on the host when the caller is asked to stop", async () => {
    await onHost(async (remote) => {
      const signal = AbortSignal.timeout(500);
      const work = remote.run({ text: "sleep 62.5", timeoutSeconds: 60, signal });
      await expect(work).rejects.toThrow(/timeout/);
      expect(processesWith("62.5")).toEqual([]);
    });
  });

  it("is not begun when the caller was asked to stop before", async () => {
    await onHost(async (remote, host) => {
      const before = host.commands.length;
      await expect(remote.run({ ...echo, signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
      expect(host.commands).toHaveLength(before);
    });
  });

  it("that loses its connection is unreachable, never ended", async () => {
    await onHost(async (remote, host) => {
      const running = failureOf(remote.run({ text: "sleep 2; exit 7", timeoutSeconds: 60, accept: [0, 7] }));
      await until("the script runs", () => host.openChannels === 1);
      await sleep(200);
      host.cut();
      const failure = await running;
      expect(failure.kind).toBe("unreachable");
      expect(failure.result).toBeUndefined();
    });
  });

  it("fails when a closed way is used", async () => {
    await onHost(async (remote) => {
      await remote.close();
      expect((await failureOf(remote.run(echo))).kind).toBe("unreachable");
    });
  });

  it("cannot write without end", { timeout: 60_000 }, async () => {
    await onHost(async (remote) => {
      const failure = await failureOf(remote.run({ text: "yes isokube", timeoutSeconds: 50 }));
      expect(failure.message).toContain("wrote over");
    });
  });
});

describe("root", () => {
  const variable = "ISOKUBE_TEST_WORD";
  const environment = { [variable]: sudoWord };
  const script = { text: `printf '%s|' "$@"; id -u; cat`, args: ["it's"], input: "input", timeoutSeconds: 20 };
  const expected = { exitCode: 0, stdout: "it's|0\ninput", stderr: "" };

  it("is the SSH user", async () => {
    await onHost(async (remote) => expect(await remote.run(script)).toEqual(expected));
  });

  it.each([
    ["without a password", "free", { kind: "passwordless" }],
    ["with a password", "asks", { kind: "password", variable }],
    ["with a password that is not asked for, which the script must not get", "free", { kind: "password", variable }],
  ] as const)("is had by sudo %s", async (_how, sudo, spec) => {
    const host = await startHost({ sudo, uid: 1000 });
    await startConnector({ environment }).use(targetOf(host, {}, spec), async (remote) => {
      expect(await remote.run(script)).toEqual(expected);
      expect(await remote.run(script)).toEqual(expected);
    });
    expect(host.commands.join()).not.toContain(sudoWord);
  });

  it.each([
    ["is asked for a password and has none", "asks", { kind: "passwordless" }, "a password is required"],
    ["may not", "forbidden", { kind: "passwordless" }, "not in the sudoers file"],
    ["may not, with a password", "forbidden", { kind: "password", variable }, "not in the sudoers file"],
    ["has a wrong password", "asks", { kind: "password", variable: "WRONG" }, "no password was provided"],
    ["has a variable that is not set", "asks", { kind: "password", variable: "UNSET" }, "UNSET"],
    ["has a password of two lines", "asks", { kind: "password", variable: "LINES" }, "line break"],
    ["is not root and does not say how to be", "free", { kind: "none" }, "not root (its number is 1000)"],
  ] as const)("is refused to a user that %s", async (_who, sudo, spec, says) => {
    const host = await startHost({ sudo, uid: 1000 });
    const words = { ...environment, WRONG: "not-the-word", LINES: "two\nlines" };
    const begun = performance.now();
    const failure = await startConnector({ environment: words }).use(targetOf(host, {}, spec), async (remote) => {
      const first = await failureOf(remote.run(script));
      // The second attempt must not lock the account.
      await failureOf(remote.run(script));
      return first;
    });
    expect(failure).toMatchObject({ kind: "sudo", message: expect.stringContaining(says) });
    expect(failure.message).not.toMatch(/hunter2|not-the-word|two\nlines/);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it("is had through a login shell that shows what it runs", async () => {
    const host = await startHost({ shell: ["/bin/sh", "-xv"], sudo: "asks", uid: 1000 });
    const target = targetOf(host, {}, { kind: "password", variable });
    const result = await startConnector({ environment }).use(target, (remote) => remote.run(script));
    expect(result).toMatchObject({ exitCode: 0, stdout: expected.stdout });
  });

  it("is refused by a login shell that runs nothing", async () => {
    const host = await startHost({ shell: ["/bin/sh", "-c", "echo This account is not available; exit 1"] });
    const failure = await failureOf(startConnector().use(targetOf(host), (remote) => remote.run(script)));
    expect(failure).toMatchObject({ kind: "login", message: expect.stringContaining("This account is not available") });
  });
});
