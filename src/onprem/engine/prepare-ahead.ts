import type { Artifacts } from "../artifacts/artifacts.js";
import { withHostLock } from "../host-lock.js";
import { journaled } from "../journal.js";
import { hostPhases } from "../phases/host-phases.js";
import { images } from "../phases/images.js";
import type { NodeSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import { hostProblems } from "./host-problems.js";
import { runInOrder, runStages } from "./run-stages.js";
import { lookThrough } from "./sights.js";
import { preparation, type Setting, viewOf } from "./views.js";

export interface WorkersAhead extends Setting {
  readonly workers: readonly NodeSpec[];
  readonly artifacts: Artifacts;
  /** Settled once the control planes have all that they are made of. */
  readonly controlPlanesPrepared: Promise<void>;
}

/** How many hosts are prepared at once. */
const preparedAtOnce = 10;

/**
 * Prepares workers while the cluster is being made, which takes as long again. They join later, as what they are in
 * the program: what stands against a host, or fails here, is theirs to tell, and what is done they find done.
 *
 * Images, by far the most of what is sent, come when the control planes have theirs: kubeadm then makes the cluster,
 * which is mostly waiting, while they are on their way. No connection is held until then: other clusters want some, too.
 */
export async function prepareWorkers(ahead: WorkersAhead, options: ApplyOptions): Promise<void> {
  const failed = new Set<string>();
  const prepare = (part: Part): Promise<void> => {
    const workers = ahead.workers.filter(({ name }) => !failed.has(name));
    const steps = workers.map(({ name }) => ({ node: name, phase: "prepare", title: "", why: "" }));
    const plan = { problems: [], stages: [{ concurrency: preparedAtOnce, steps }] };
    return runStages(plan, options.signal, async (step) => {
      const node = workers.find(({ name }) => name === step.node);
      if (node !== undefined) await prepareWorker(ahead, node, part, options).catch(() => failed.add(node.name));
    });
  };
  await prepare("before images");
  await ahead.controlPlanesPrepared;
  await prepare("all that is left");
}

type Part = "before images" | "all that is left";

async function prepareWorker(
  setting: WorkersAhead,
  node: NodeSpec,
  part: Part,
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
    const needed = preparation(view);
    const imagesAt = needed.findIndex(({ phase }) => phase === images.name);
    const steps = part === "before images" && imagesAt >= 0 ? needed.slice(0, imagesAt) : needed;
    if (steps.length === 0) return;
    const tell = (line: string): void => report(`${name}: ${line}`);
    await withHostLock(remote, { signal, report: tell }, async (held) => {
      await runInOrder(steps, held, async (step) => {
        const phase = hostPhases.find((each) => each.name === step.phase);
        tell(step.title);
        await journaled(remote, step, held, async () => phase?.run(view, { remote, signal: held, report: tell }));
      });
    });
  });
}
