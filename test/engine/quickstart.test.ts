import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killMarked, processesMarked } from "../support/processes.js";

const root = resolve(import.meta.dirname, "../..");
let home: string;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "isokube-quickstart-")));
});

afterAll(async () => {
  await killMarked(home);
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The longest time without a byte of output. */
  readonly longestSilenceSeconds: number;
}

/** The command as `npm run quickstart` runs it once everything is installed. */
function quickstart(...args: string[]): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(root, "scripts", "quickstart.mjs"), ...args], {
    cwd: root,
    env: { ...process.env, ISOKUBE_WORKSPACE: join(home, "workspace") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = { stdout: "", stderr: "" };
  let last = begun;
  let silence = 0;
  const note = (stream: "stdout" | "stderr") => (text: string) => {
    ended[stream] += text;
    silence = Math.max(silence, performance.now() - last);
    last = performance.now();
  };
  child.stdout.setEncoding("utf8").on("data", note("stdout"));
  child.stderr.setEncoding("utf8").on("data", note("stderr"));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (exitCode) => {
      const seconds = (performance.now() - begun) / 1000;
      done({ ...ended, exitCode, seconds, longestSilenceSeconds: silence / 1000 });
    });
  });
}

/** The replicas column of the live table, in the order of time. */
function replicasOverTime(stdout: string, phase: string): number[] {
  return [...stdout.matchAll(new RegExp(`^ *\\d+ s +${phase} +\\S.*? +(\\d+) +\\d+ +#*$`, "gm"))].map((row) =>
    Number(row[1]),
  );
}

describe.sequential("npm run quickstart", () => {
  it("brings up the local stack, shows it from the live API, and shows the HPA scale out and back", async () => {
    const run = await quickstart();
    expect(run.exitCode, run.stderr).toBe(0);
    const clock = [...run.stderr.matchAll(/^\[ *(\d+) s\]/gm)].map((line) => Number(line[1]));
    expect(clock, "one clock from the first line to the last").toEqual([...clock].sort((a, b) => a - b));
    expect(run.stdout).toMatch(/^Node +\S+ +Ready, simulated/m);
    expect(run.stdout).toMatch(/^Deployment +web +2\/2 ready/m);
    expect(run.stdout).toMatch(/^ReplicaSet +web-\S+ +2\/2 ready/m);
    expect(run.stdout.match(/^Pod +web-\S+ +Running, ready$/gm)).toHaveLength(2);
    expect(run.stdout).toMatch(/^HorizontalPodAutoscaler +web +cpu \d+ % of target \d+ %, 2 replicas in 2\.\.6/m);
    const raised = replicasOverTime(run.stdout, "load raised");
    const lowered = replicasOverTime(run.stdout, "load lowered");
    expect(raised[0]).toBe(2);
    expect(Math.max(...raised, ...lowered)).toBeGreaterThanOrEqual(4);
    expect(lowered.at(-1)).toBe(2);
    expect(run.longestSilenceSeconds).toBeLessThan(10);
    expect(statSync(join(home, "workspace")).mode & 0o777).toBe(0o700);
  }, 240_000);

  it("changes nothing when run again, in at most 20 s", async () => {
    const run = await quickstart();
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/^ +\d+ unchanged$/m);
    expect(run.stderr).not.toMatch(/^ +[+~-] \d+ /m);
    expect(run.seconds).toBeLessThan(20);
  });

  it("removes every process and file with --destroy, and has nothing to do the second time", async () => {
    const first = await quickstart("--destroy");
    expect(first.exitCode, first.stderr).toBe(0);
    expect(await processesMarked(home)).toEqual([]);
    expect(existsSync(join(home, "workspace"))).toBe(false);
    const second = await quickstart("--destroy");
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toContain("nothing to do");
  });
});
