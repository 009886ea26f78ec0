import { execFileSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { RemoteFailure, type RemoteUnit } from "../../../src/onprem/remote.js";
import type { ShellResult, ShellScript } from "../../../src/onprem/transport/root-shell.js";
import { UnitRun } from "../../../src/onprem/transport/run-unit.js";
import { followText, parseUnitState, startText, stopUnitText, unitWords } from "../../../src/onprem/transport/units.js";
import { failureOf } from "./fixtures.js";

/** What a host does when it is asked to look at the unit, in turn. */
type Turn = { readonly out?: string; readonly says: string } | "lost";

interface Asked {
  readonly args: readonly string[];
  readonly input: string;
}

function shellThat(turns: readonly Turn[], begin: readonly Turn[] = [{ says: "began" }]) {
  const asked: { start: Asked[]; follow: Asked[]; stop: Asked[] } = { start: [], follow: [], stop: [] };
  const left = { start: [...begin], follow: [...turns] };
  const lost = () => new RemoteFailure("node1", "unreachable", "the cable is out");
  const run = async (script: ShellScript): Promise<ShellResult> => {
    const what = script.text === startText ? "start" : script.text === followText ? "follow" : "stop";
    const stdin = new PassThrough();
    const input = textOf(stdin);
    await script.feed(stdin, new AbortController().signal);
    asked[what].push({ args: script.args, input: await input });
    const turn = what === "stop" ? { says: "" } : left[what].shift();
    if (turn === undefined) throw lost();
    if (turn === "lost") throw lost();
    if (turn.out !== undefined) script.onStdout?.(Buffer.from(turn.out));
    const [stdout, stderr] = what === "follow" ? ["", `\n${turn.says}\n`] : [`${turn.says}\n`, ""];
    return { code: 0, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
  };
  return { shell: { name: "node1", run, closed: false }, asked };
}

const unit = (changes: Partial<RemoteUnit> = {}): RemoteUnit => ({
  unit: "isokube-x",
  text: "work",
  timeoutSeconds: 30,
  ...changes,
});

describe("a unit", () => {
  it("is begun once, with its words quoted and its secret on standard input", async () => {
    const { shell, asked } = shellThat([{ out: "done\n", says: "exit 0 no" }]);
    const result = await new UnitRun(shell, unit({ args: ["it's"], input: "secret" }), 1).outcome();
    expect(result).toEqual({ exitCode: 0, stdout: "done\n", stderr: "" });
    const [start] = asked.start;
    expect(asked.start).toHaveLength(1);
    expect(start?.input).toBe("secret");
    expect(start?.args[3]).toMatch(/^exec '\/bin\/sh' .*'work' 'it'\\''s'$/s);
    expect(start?.args.join()).not.toContain("secret");
  });

  it("gives its lines whole, however they arrive", async () => {
    const lines: string[] = [];
    const { shell, asked } = shellThat([
      { out: "one\ntw", says: "runs" },
      { out: "o\r\nth", says: "runs" },
      { out: "ree", says: "exit 3 no" },
    ]);
    const result = await new UnitRun(shell, unit({ onLine: (line) => lines.push(line) }), 1).outcome();
    expect(lines).toEqual(["one", "two", "three"]);
    expect(result).toEqual({ exitCode: 3, stdout: "one\ntwo\r\nthree", stderr: "" });
    expect(asked.follow.map(({ args }) => args[1])).toEqual(["0", "6", "11"]);
  });

  it("is followed on after the connection was lost, from where it was", async () => {
    const { shell, asked } = shellThat([{ out: "one\n", says: "runs" }, "lost", { out: "two\n", says: "exit 0 no" }]);
    expect((await new UnitRun(shell, unit(), 5).outcome()).stdout).toBe("one\ntwo\n");
    expect(asked.follow.map(({ args }) => args[1])).toEqual(["0", "4", "4"]);
  });

  it("is not begun twice when the connection is lost while it is begun", async () => {
    const { shell, asked } = shellThat([{ says: "exit 0 no" }], ["lost", { says: "same" }]);
    await new UnitRun(shell, unit(), 5).outcome();
    // The host knows by the call's mark that it was begun.
    expect(new Set(asked.start.map(({ args }) => args[1])).size).toBe(1);
    expect(asked.start).toHaveLength(2);
  });

  it("is given up after a bounded time without a connection", async () => {
    const failure = await failureOf(new UnitRun(shellThat(["lost"]).shell, unit(), 1).outcome());
    expect(failure).toMatchObject({ kind: "unreachable", message: expect.stringContaining("the cable is out") });
  });

  it.each([
    ["of a host that was restarted", "gone no LoadState=not-found", "unreachable", "the host was restarted"],
    [
      "that was killed",
      "gone yes Result=signal ExecMainStatus=9",
      "exit",
      "ended from outside before it could finish (signal)",
    ],
    ["that systemd ended at the deadline", "gone yes Result=timeout", "timeout", "did not end within 30 s"],
    ["that ran out of time", "exit 124 yes", "timeout", "did not end within 30 s"],
    ["that cannot be looked at", "what?", "exit", "could not be looked at"],
  ])("%s fails as what it is", async (_which, says, kind, message) => {
    const failure = await failureOf(new UnitRun(shellThat([{ says }]).shell, unit(), 1).outcome());
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  it("may end with a code that also tells of a deadline", async () => {
    expect((await new UnitRun(shellThat([{ says: "exit 124 no" }]).shell, unit(), 1).outcome()).exitCode).toBe(124);
  });

  it("is not waited for on a connection that we closed ourselves", async () => {
    const begun = performance.now();
    const shell = { ...shellThat([]).shell, closed: true };
    expect((await failureOf(new UnitRun(shell, unit(), 60).outcome())).kind).toBe("unreachable");
    expect(performance.now() - begun).toBeLessThan(400);
  });

  it("stops being waited for when the caller is asked to stop", async () => {
    const stop = new AbortController();
    const work = new UnitRun(shellThat([]).shell, unit({ signal: stop.signal }), 60).outcome();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(work).rejects.toThrow("enough");
  });

  it.each(["", "../x", "a b", "x.service", "-x", "a;b"])("cannot be named %j", (name) => {
    expect(() => new UnitRun(shellThat([]).shell, unit({ unit: name }), 1)).toThrow("cannot name a unit");
  });
});

describe("the scripts of units", () => {
  it.each([startText, followText, stopUnitText, unitWords("x", 1, { text: "" })[2] ?? "nothing"])(
    "are words of a shell",
    (text) => {
      expect(() => execFileSync("/bin/sh", ["-n", "-c", text], { stdio: "pipe" })).not.toThrow();
    },
  );

  it("tell a state that no output can pretend, because it is the last line of its own stream", () => {
    expect(parseUnitState("exit 0 no\nruns\n")).toEqual({ kind: "runs" });
    expect(parseUnitState("")).toBeUndefined();
    expect(parseUnitState("gone yes LoadState=loaded Result=oom-kill \n")).toEqual({
      kind: "gone",
      known: true,
      properties: { LoadState: "loaded", Result: "oom-kill" },
    });
  });
});
