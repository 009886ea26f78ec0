/**
 * One thing that is wrong with what the user wrote.
 *
 * The same four facts reach the user from the SDK, the command line and the
 * JSON reports, so a fix learned in one place serves in all of them.
 */
export interface Problem {
  /** Stable identifier for documentation and tests, for example `cidr/overlap`. */
  readonly code: string;
  /** Property path from the component's arguments, for example `containers.web.image`. */
  readonly path: string;
  /** The value that was refused; left out when it is secret or absent. */
  readonly value?: unknown;
  /** What is wrong, as a clause without a full stop. */
  readonly why: string;
  /** What to do about it, in the imperative, without a full stop. */
  readonly fix: string;
}

/** Renders a value the way a user would have written it, cut to one readable line. */
export function formatValue(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : safeStringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function safeStringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** One problem as one line: path, value, why, fix. */
export function formatProblem(problem: Problem): string {
  const value = problem.value === undefined ? "" : ` = ${formatValue(problem.value)}`;
  return `${problem.path}${value}: ${problem.why}. Fix: ${problem.fix}.`;
}

/** All problems of one subject as one message, ordered by path so that runs compare. */
export function formatProblems(subject: string, problems: readonly Problem[]): string {
  const sorted = [...problems].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
  return [`${subject}: ${count}; nothing was created.`, ...sorted.map((p) => `  ${formatProblem(p)}`)].join("\n");
}
