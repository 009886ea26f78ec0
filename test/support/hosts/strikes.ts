import { existsSync, readFileSync } from "node:fs";
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

/** When: as soon as the host says that it came so far. */
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

  /** The host was restarted: its first process is another one. */
  find(): void {
    this.#root = this.host.pathHere("");
  }

  #at(path: string): string {
    return `${this.#root ?? "/nowhere"}${path}`;
  }
}

export interface JournalLine {
  readonly time: string;
  readonly phase: string;
  readonly event: "begin" | "done";
}

export function journalOf(files: HostFiles): JournalLine[] {
  const lines = files.read("/var/lib/isokube/journal.jsonl").split("\n");
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as JournalLine);
}

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
  const fallen: string[] = [];
  const running = engine.start(command, { timeoutSeconds, mayFail: true });
  let ended: Run | undefined;
  const finished = running.finished.then((run) => {
    ended = run;
  });
  for (;;) {
    const strike = strikes.find(({ host, hasCome }) => {
      const seen = files.get(host);
      return seen !== undefined && hasCome(seen);
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
      await finished;
      return "ended";
  }
}

/** Pulumi's own lock on the stack, which a killed command leaves: its user gives this command. */
async function unlock(engine: Engine): Promise<void> {
  await engine.pulumi(["cancel", "--yes"], { stack: engine.defaultStack });
}
