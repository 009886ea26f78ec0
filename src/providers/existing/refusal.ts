import { formatProblem, type Problem } from "../../core/problems.js";

/**
 * The existing cluster cannot be used. Found while the program runs, so unlike a
 * `ValidationError` it promises nothing about what else was created meanwhile.
 */
export class ExistingClusterError extends Error {
  override readonly name = "ExistingClusterError";
  /** Makes Pulumi print the message without the stack; see `ValidationError`. */
  readonly __pulumiRunError = true;
  readonly problems: readonly Problem[];

  constructor(problem: Problem) {
    super(`the existing cluster cannot be used: ${formatProblem(problem)}`);
    this.problems = [problem];
  }
}

/** One problem as an error. */
export function refusal(problem: Problem): ExistingClusterError {
  return new ExistingClusterError(problem);
}
