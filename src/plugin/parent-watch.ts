import type { Readable } from "node:stream";

/** How often the parent is looked for when the platform tells nothing by itself. */
const pollMs = 500;

/** From the end of the pipe to the look at the parent. */
const closedToOrphanedMs = 20;

interface Watched {
  /** Our parent's process id now: it changes when the parent dies (never on Windows). */
  parentId(): number;
  isAlive(pid: number): boolean;
  /** The pipe that the engine holds open as long as it lives. */
  readonly input: Readable;
}

const self: Watched = {
  parentId: () => process.ppid,
  isAlive: processIsAlive,
  input: process.stdin,
};

/**
 * Calls `died` once when the process that started this one has ended, even by
 * `kill -9`. The end of standard input tells it at once; polling tells it where
 * there is no such pipe, and keeps an input closed for another reason from
 * counting as a death.
 */
export function watchParent(died: () => void, { parentId, isAlive, input }: Watched = self): { stop(): void } {
  const parent = parentId();
  let stopped = false;
  const look = (): void => {
    if (stopped || (parentId() === parent && isAlive(parent))) return;
    stop();
    died();
  };
  // A dying process closes its pipes a moment before its children get a new parent.
  const lookSoon = (): void => void setTimeout(look, closedToOrphanedMs).unref();
  const timer = setInterval(look, pollMs);
  timer.unref();
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
    input.off("end", lookSoon).off("error", lookSoon);
    input.pause();
  };
  input.on("end", lookSoon).on("error", lookSoon);
  // Reading is what makes the end visible; nothing is ever sent.
  input.resume();
  return { stop };
}

function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
