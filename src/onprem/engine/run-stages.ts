import { messageOf } from "../../core/message-of.js";
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
          await runInOrder(work, signal, runStep);
        } catch (error) {
          failures.push(error);
        }
      }
    });
    await Promise.all(workers);
    if (failures.length > 0) throw asOne(failures);
  }
}

/**
 * Runs the steps of one host, those that may beside the one before them.
 * @throws the first failure, or several as one, once what ran beside it has ended
 */
export async function runInOrder(
  steps: readonly Step[],
  signal: AbortSignal,
  runStep: (step: Step) => Promise<void>,
): Promise<void> {
  for (const together of sideBySide(steps)) {
    signal.throwIfAborted();
    const ended = await Promise.allSettled(together.map(runStep));
    const failures = ended.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    if (failures.length > 0) throw asOne(failures);
  }
}

function sideBySide(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.beside !== undefined && last?.at(-1)?.phase === step.beside) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

function byHost(steps: readonly Step[]): Map<string, Step[]> {
  const hosts = new Map<string, Step[]>();
  for (const step of steps) hosts.set(step.node, [...(hosts.get(step.node) ?? []), step]);
  return hosts;
}

function asOne(failures: readonly unknown[]): unknown {
  // As it is: what kind of failure it is decides what is done about it.
  if (failures.length === 1) return failures[0];
  const messages = failures.map(messageOf);
  return new Error([...new Set(messages)].join("\n"), { cause: failures[0] });
}
