import { formatProblems, type Problem } from "../../core/problems.js";
import type { PropertyMap } from "../properties.js";
import type { PropertyChange } from "../resource.js";
import type { Look } from "./port.js";

/** What a plan with problems says instead of being done. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";

  constructor(subject: string, problems: readonly Problem[]) {
    super(formatProblems(subject, problems).replace("nothing was created", "nothing was changed on any host"));
  }
}

/** Ends here when the plan cannot be done. */
export function assertPlan(subject: string, { plan }: Look): void {
  if (plan.problems.length > 0) throw new PlanRefused(subject, plan.problems);
}

export const asPlanned = "as planned";

/** What the hosts lack, as changes of the property that shows their health. */
export function healthChanges({ health }: Look): PropertyChange[] {
  return Object.entries(health)
    .filter(([, state]) => state !== asPlanned)
    .map(([node]) => ({
      path: `health[${JSON.stringify(node)}]`,
      kind: "update",
      replaces: false,
      inputChanged: false,
    }));
}

/** Every host as it shall be. */
export function plannedHealth(nodes: readonly { readonly name: string }[]): PropertyMap {
  return Object.fromEntries(nodes.map(({ name }) => [name, asPlanned]));
}
