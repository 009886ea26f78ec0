/** What `/proc/<pid>/stat` tells of a process on Linux. */
export interface ProcStat {
  /** One letter, for example `Z`: ended, and waiting to be collected. */
  readonly state: string;
  /** Ticks since boot: tells two processes apart that had the same number one after the other. */
  readonly startTime: string;
}

/** @returns undefined when the text has not all fields */
export function parseProcStat(text: string): ProcStat | undefined {
  // The second field is the command in parentheses and may hold anything, so count from its end.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}
