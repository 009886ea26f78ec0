import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, Run } from "../engine.js";
import { killMarked, killMarkedNow } from "../processes.js";
import type { TestHost } from "./index.js";

/** What happens to a run. */
export type Blow =
  /** `kill -9` of everything that the command started. */
  | "kill"
  /** The same while the host's network is cut, so that the host does not hear of it; the network comes back then. */
  | "kill, unheard"
  /** The network is cut until the run has failed. */
  | "cut"
  /** The network is away for some seconds, and the run goes on. */
  | "blink"
  /** The host's power fails, and comes back at once. */
  | "power";

/** When: as soon as the run is at work on the host, and the host says that it came so far. */
export interface Moment {
  readonly what: string;
  readonly host: TestHost;
  /** Asked some hundred times a second. */
  hasCome(host: HostFiles): boolean;
  readonly afterMs?: number;
}

export interface Strike extends Moment {
  readonly blow: Blow;
}

/** A look at a host's files from outside. */
export class HostFiles {
  #root: string | undefined;

  constructor(readonly host: TestHost) {
    this.#root = host.pathHere("");
  }

  has(path: string): boolean {
    return existsSync(this.#at(path));
  }

  /** Empty where there is none. */
  read(path: string): string {
    try {
      return readFileSync(this.#at(path), "utf8");
    } catch {
      return "";
    }
  }

  /** Names in a folder; none where there is no such folder. */
  list(path: string): string[] {
    try {
      return readdirSync(this.#at(path));
    } catch {
      return [];
    }
  }

  /** The host was restarted: its first process is another one. */
  find(): void {
    this.#root = this.host.pathHere("");
  }

  #at(path: string): string {
    return `${this.#root ?? "/nowhere"}${path}`;
  }
}

interface JournalLine {
  readonly time: string;
  readonly phase: string;
  readonly event: "begin" | "done";
}

/** What a host notes of each step that is done on it. */
export function journalOf(files: HostFiles): JournalLine[] {
  const lines = files.read("/var/lib/isokube/journal.jsonl").split("\n");
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as JournalLine);
}

const lockPath = "/run/isokube/lock";
const blinkMs = 4_000;
const everyMs = 3;

export interface Struck {
  /** In the order in which they fell. */
  readonly strikes: readonly string[];
  /** Undefined where the command was killed. */
  readonly run: Run | undefined;
}

export interface StrikingOptions {
  readonly command: "up" | "destroy";
  readonly timeoutSeconds: number;
}

/**
 * Runs a command and strikes it once, or several times as long as the strikes leave it alive. A strike is taken out of
 * `strikes` when it fell; those whose moment never came stay.
 */
export async function runUnderStrikes(
  engine: Engine,
  strikes: Strike[],
  { command, timeoutSeconds }: StrikingOptions,
): Promise<Struck> {
  const files = new Map([...new Set(strikes.map(({ host }) => host))].map((host) => [host, new HostFiles(host)]));
  const locks = new Map([...files].map(([host, seen]) => [host, seen.read(lockPath)]));
  // What an earlier run began may go on by itself: a moment counts when this run is at work on the host.
  const atWork = new Set<TestHost>();
  const fallen: string[] = [];
  const running = engine.start(command, { timeoutSeconds, mayFail: true });
  let ended: Run | undefined;
  const finished = running.finished.then((run) => {
    ended = run;
  });
  for (;;) {
    const strike = strikes.find(({ host, hasCome }) => {
      const seen = files.get(host);
      if (seen === undefined) return false;
      const lock = seen.read(lockPath);
      if (lock !== "" && lock !== locks.get(host)) atWork.add(host);
      return atWork.has(host) && hasCome(seen);
    });
    if (ended !== undefined) return { strikes: fallen, run: ended };
    if (strike === undefined) {
      await sleep(everyMs);
      continue;
    }
    if (strike.afterMs !== undefined) await sleep(strike.afterMs);
    strikes.splice(strikes.indexOf(strike), 1);
    fallen.push(`${strike.blow} at ${strike.what}`);
    const left = await strikeNow(engine, strike, finished);
    for (const each of files.values()) each.find();
    if (left === "killed") {
      await unlock(engine);
      return { strikes: fallen, run: undefined };
    }
    if (left === "ended") return { strikes: fallen, run: ended };
  }
}

/** @returns what became of the run */
async function strikeNow(
  engine: Engine,
  { blow, host }: Strike,
  finished: Promise<void>,
): Promise<"killed" | "ended" | "goes on"> {
  switch (blow) {
    case "kill":
      killMarkedNow(engine.directory);
      await killMarked(engine.directory);
      return "killed";
    case "kill, unheard":
      await host.cutNetwork();
      killMarkedNow(engine.directory);
      await killMarked(engine.directory);
      await host.restoreNetwork();
      return "killed";
    case "cut":
      await host.cutNetwork();
      await finished;
      await host.restoreNetwork();
      return "ended";
    case "blink":
      await host.cutNetwork();
      await sleep(blinkMs);
      await host.restoreNetwork();
      return "goes on";
    case "power":
      await host.kill();
      await host.start();
      return "goes on";
  }
}

/** Pulumi's own lock on the stack, which a killed command leaves: its user gives this command. */
async function unlock(engine: Engine): Promise<void> {
  await engine.pulumi(["cancel", "--yes"], { stack: engine.defaultStack });
}

/** When a step has begun for the `nth` time on a host, or ended. */
export function atStep(
  host: TestHost,
  phase: string,
  event: "begin" | "done",
  blow: Blow,
  afterMs?: number,
  nth = 1,
): Strike {
  return {
    what: `${host.name} ${phase} ${event}${afterMs === undefined ? "" : ` + ${afterMs} ms`}`,
    host,
    blow,
    hasCome: (files) => journalOf(files).filter((line) => line.phase === phase && line.event === event).length >= nth,
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

/** When a file is there. */
export function atFile(host: TestHost, path: string, blow: Blow, afterMs?: number): Strike {
  return {
    what: `${host.name} ${path}`,
    host,
    blow,
    hasCome: (files) => files.has(path),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

/** Runs the command until nothing strikes it any more. Gives what fell, in order. */
export async function untilItEnds(engine: Engine, command: "up" | "destroy", strikes: Strike[]): Promise<string[]> {
  const fallen: string[] = [];
  const most = strikes.length + 3;
  for (let turn = 1; turn <= most; turn += 1) {
    const begun = performance.now();
    const struck = await runUnderStrikes(engine, strikes, { command, timeoutSeconds: 400 });
    fallen.push(...struck.strikes);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const { run } = struck;
    console.log(`${command} ${turn}: ${seconds} s, ${struck.strikes.join("; ") || "nothing"}, ${run?.exitCode}`);
    if (run !== undefined && run.exitCode !== 0) console.log(run.output.slice(-1500));
    if (run?.exitCode === 0) return fallen;
    // Without a blow it has no reason to fail.
    if (struck.strikes.length === 0) throw new Error(`${command} ${turn} failed by itself:\n${run?.output}`);
  }
  throw new Error(`${command} did not come to its end in ${most} runs: ${fallen.join("\n")}`);
}
