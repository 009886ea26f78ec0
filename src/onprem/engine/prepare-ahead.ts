import type { Artifacts } from "../artifacts/artifacts.js";
import { withHostLock } from "../host-lock.js";
import { journaled } from "../journal.js";
import { hostPhases } from "../phases/host-phases.js";
import type { NodeSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import { hostProblems } from "./host-problems.js";
import { runInOrder, runStages } from "./run-stages.js";
import { lookThrough } from "./sights.js";
import { preparation, type Setting, viewOf } from "./views.js";

export interface WorkersAhead extends Setting {
  readonly workers: readonly NodeSpec[];
  readonly artifacts: Artifacts;
}

/** How many hosts are prepared at once. */
const preparedAtOnce = 10;

/**
 * Prepares workers while the cluster is being made, which takes as long again. They join later, as what they are in
 * the program: what stands against a host, or fails here, is theirs to tell, and what is done they find done.
 */
export async function prepareWorkers(ahead: WorkersAhead, options: ApplyOptions): Promise<void> {
  const steps = ahead.workers.map(({ name }) => ({ node: name, phase: "prepare", title: "", why: "" }));
  await runStages({ problems: [], stages: [{ concurrency: preparedAtOnce, steps }] }, options.signal, async (step) => {
    const node = ahead.workers.find(({ name }) => name === step.node);
    if (node !== undefined) await prepareWorker(ahead, node, options).catch(() => undefined);
  });
}

async function prepareWorker(
  setting: WorkersAhead,
  node: NodeSpec,
  { connector, signal, report }: ApplyOptions,
): Promise<void> {
  const { name, host } = node;
  await connector.use({ name, host, signal }, async (remote) => {
    const sight = await lookThrough(remote, setting.cluster, node, setting.artifacts, signal);
    const view = viewOf(setting, node, sight);
    const seen = { hosts: { [name]: sight }, cluster: undefined, healthy: [], virtualAddressAnswers: undefined };
    if (view === undefined || hostProblems(setting, [node], seen).length > 0) return;
    // One that is a node already is of a cluster that was lost: nothing of it is touched unasked.
    if (view.facts.marker?.state === "member" || view.facts.caHash !== undefined) return;
    const tell = (line: string): void => report(`${name}: ${line}`);
    await withHostLock(remote, { signal, report: tell }, async (held) => {
      await runInOrder(preparation(view), held, async (step) => {
        const phase = hostPhases.find((each) => each.name === step.phase);
        tell(step.title);
        await journaled(remote, step, held, async () => phase?.run(view, { remote, signal: held, report: tell }));
      });
    });
  });
}
