import { formatProblems, type Problem } from "../../core/problems.js";
import type { Plan } from "../plan.js";

/** What a plan with problems says instead of being done. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";

  constructor(subject: string, problems: readonly Problem[]) {
    super(formatProblems(subject, problems).replace("nothing was created", "nothing was changed on any host"));
  }
}

/**
 * Ends here when the plan cannot be done.
 * @throws PlanRefused with all of its problems
 */
export function assertPlan(subject: string, { problems }: Plan): void {
  if (problems.length > 0) throw new PlanRefused(subject, problems);
}

/** What a refusal is about. */
export const subjectOf = {
  cluster: (name: string) => `cluster ${name}`,
  worker: (name: string) => `worker ${name}`,
};
