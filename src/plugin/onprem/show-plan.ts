import type { Plan } from "../../onprem/plan.js";

/**
 * A plan as lines for people: one a host, its steps in order, each with why it
 * is needed.
 */
export function showPlan({ stages, thenAgain = false }: Plan): string {
  const byHost = new Map<string, string[]>();
  for (const { steps } of stages) {
    for (const { node, title, why } of steps) {
      byHost.set(node, [...(byHost.get(node) ?? []), `    ${title} (${why})`]);
    }
  }
  if (byHost.size === 0) return "every host is as planned";
  const shown = [...byHost].map(([node, steps]) => [`${node}: ${counted(steps.length)}`, ...steps].join("\n"));
  return [...shown, ...(thenAgain ? ["then whatever else shows that there is to do"] : [])].join("\n");
}

function counted(steps: number): string {
  return steps === 1 ? "1 step" : `${steps} steps`;
}
