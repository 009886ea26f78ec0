import type { Plan, Step } from "../plan.js";

/**
 * Runs a plan: stage by stage, in each so many hosts at once, and one host's
 * steps in their order. When a step fails, steps that run are waited for, and
 * none is begun.
 *
 * @throws the first failure, or several as one
 */
export async function runStages(
  { stages }: Plan,
  signal: AbortSignal,
  runStep: (step: Step) => Promise<void>,
): Promise<void> {
  for (const { concurrency, steps } of stages) {
    const queue = [...byHost(steps).values()];
    const failures: unknown[] = [];
    const workers = Array.from({ length: Math.min(concurrency, queue.length) }, async () => {
      for (let work = queue.shift(); work !== undefined && failures.length === 0; work = queue.shift()) {
        try {
          for (const step of work) {
            signal.throwIfAborted();
            await runStep(step);
          }
        } catch (error) {
          failures.push(error);
        }
      }
    });
    await Promise.all(workers);
    if (failures.length > 0) throw together(failures);
  }
}

function byHost(steps: readonly Step[]): Map<string, Step[]> {
  const hosts = new Map<string, Step[]>();
  for (const step of steps) hosts.set(step.node, [...(hosts.get(step.node) ?? []), step]);
  return hosts;
}

function together(failures: readonly unknown[]): unknown {
  // As it is: what kind of failure it is decides what is done about it.
  if (failures.length === 1) return failures[0];
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return new Error([...new Set(messages)].join("\n"), { cause: failures[0] });
}
