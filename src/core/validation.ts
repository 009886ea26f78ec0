import { formatProblems, type Problem } from "./problems.js";

/**
 * Collects problems instead of stopping at the first, so that one run tells
 * the user everything there is to mend.
 */
export class ProblemList {
  readonly #found: Problem[] = [];

  add(problem: Problem): void {
    this.#found.push(problem);
  }

  addAll(problems: readonly Problem[]): void {
    this.#found.push(...problems);
  }

  get found(): readonly Problem[] {
    return this.#found;
  }
}

/**
 * Thrown when what the user wrote cannot become what they want. The message
 * lists every problem; `problems` holds them as data.
 */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  readonly problems: readonly Problem[];

  /**
   * Pulumi prints the message of an error that carries this mark and leaves out
   * the stack, which would only show the inside of this package. The SDK looks
   * for the mark, not for the class (`RunError.isInstance`), so that it also
   * knows errors from packages that do not import it, such as this one.
   */
  readonly __pulumiRunError = true;

  constructor(subject: string, problems: readonly Problem[]) {
    super(formatProblems(subject, problems));
    this.problems = problems;
    // An error in a rejected promise is printed with its stack, mark or no mark.
    this.stack = this.message;
  }
}

/**
 * Ends here when there are problems.
 * @throws ValidationError with all of them
 */
export function assertNoProblems(subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ValidationError(subject, problems);
}

/** Path of a component's arguments as a whole. */
export const argumentsPath = "args";

/**
 * Leaves out what only follows from a malformed value that is already reported
 * at the same place or above it.
 */
export function withoutConsequences(causes: readonly Problem[], others: readonly Problem[]): Problem[] {
  return others.filter(
    (other) =>
      !causes.some(
        ({ path }) =>
          path === argumentsPath ||
          other.path === path ||
          other.path.startsWith(`${path}.`) ||
          other.path.startsWith(`${path}[`),
      ),
  );
}
