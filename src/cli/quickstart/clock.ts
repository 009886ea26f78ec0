/** Set by `npm run quickstart`, which has installed packages and built before this command: the time it began, in ms. */
export const clockVariable = "ISOKUBE_QUICKSTART_BEGUN";

/** When the user's command began, in milliseconds; `now` where nothing ran before this one. */
export function clockBegun(environment: NodeJS.ProcessEnv, now: number): number {
  return Math.min(Number(environment[clockVariable]) || now, now);
}

/** The beginning of a line, with the seconds that have passed. */
export function clockMark(begun: number, now: number): string {
  return `[${((now - begun) / 1000).toFixed(0).padStart(3)} s]`;
}
