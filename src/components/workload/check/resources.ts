import type { Problem } from "../../../core/problems.js";
import { compareQuantities, parseQuantity } from "../../../core/quantity.js";
import { known } from "../leaf.js";
import type { ResourcesSpec } from "../spec.js";

/** Less memory than any process needs: what is written with "m" (thousandths) in place of "M" or "Mi". */
const leastMemory = "1Mi";

export function checkResources(resources: ResourcesSpec): Problem[] {
  const at = (name: string) => `${resources.path}.${name}`;
  const amounts = {
    cpu: known(resources.cpu),
    memory: known(resources.memory),
    cpuLimit: known(resources.cpuLimit),
    memoryLimit: known(resources.memoryLimit),
    ephemeralStorage: known(resources.ephemeralStorage),
  };
  const problems: Problem[] = [];
  for (const [name, amount] of Object.entries(amounts)) {
    // The default of memoryLimit is memory, which is already spoken of.
    if (amount === undefined || (name === "memoryLimit" && amount === amounts.memory)) continue;
    const problem = checkAmount(at(name), amount, name.startsWith("memory"));
    if (problem !== undefined) problems.push(problem);
  }
  for (const [request, limit] of [
    ["cpu", "cpuLimit"],
    ["memory", "memoryLimit"],
  ] as const) {
    const [asked, most] = [amounts[request], amounts[limit]];
    if (asked === undefined || most === undefined || (compareQuantities(asked, most) ?? 0) <= 0) continue;
    problems.push({
      code: "resources/request-above-limit",
      path: at(limit),
      value: most,
      why: `is less than ${at(request)}, what the container is promised`,
      fix: `raise it to at least ${request}, or leave it out`,
    });
  }
  return problems;
}

/** An amount of something there must be some of. */
export function checkAmount(path: string, amount: string, isMemory: boolean): Problem | undefined {
  const parsed = parseQuantity(amount);
  if (parsed === undefined) {
    return {
      code: "resources/quantity",
      path,
      value: amount,
      why: "is not a Kubernetes quantity",
      fix: `write a number with a unit, for example ${isMemory ? '"256Mi"' : '"250m"'}`,
    };
  }
  if (parsed <= 0n) {
    return {
      code: "resources/quantity",
      path,
      value: amount,
      why: "is not more than nothing",
      fix: "ask for what the container needs",
    };
  }
  if (isMemory && (compareQuantities(amount, leastMemory) ?? 0) < 0) {
    return {
      code: "resources/quantity",
      path,
      value: amount,
      why: "is less than a mebibyte",
      fix: 'write it in "Mi" or "Gi"; "m" means thousandths of a byte',
    };
  }
  return undefined;
}
