import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processesMarked } from "../test/support/processes.js";

export interface MemoryOptions {
  /** Which processes count, by their command line. @default all */
  readonly counts?: (command: string) => boolean;
  /** Between two looks at all of the machine's processes, which cost the watcher time. @default 250 */
  readonly everyMs?: number;
}

/**
 * Watches every process that carries the mark until `work` ends and returns
 * the sum of their peak resident sizes (VmHWM, so what happens between two
 * looks still counts), in MiB.
 */
export async function withPeakMemory<T>(
  mark: string,
  work: () => Promise<T>,
  { counts = () => true, everyMs = 250 }: MemoryOptions = {},
): Promise<{ result: T; peakMib: number }> {
  const peaks = new Map<number, number>();
  let done = false;
  const watch = async () => {
    while (!done) {
      for (const { pid, command } of await processesMarked(mark)) {
        const peak = counts(command) ? peakKib(pid) : undefined;
        if (peak !== undefined) peaks.set(pid, Math.max(peak, peaks.get(pid) ?? 0));
      }
      await sleep(everyMs);
    }
  };
  const watching = watch();
  try {
    const result = await work();
    return { result, peakMib: [...peaks.values()].reduce((sum, kib) => sum + kib, 0) / 1024 };
  } finally {
    done = true;
    await watching;
  }
}

function peakKib(pid: number): number | undefined {
  try {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined; // the process ended between the list and the look
  }
}
