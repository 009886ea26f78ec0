import type { Artifacts } from "../artifacts/artifacts.js";
import { withHostLock } from "../host/host-lock.js";
import { journaled } from "../host/journal.js";
import { hostPhases } from "../phases/host-phases.js";
import { images } from "../phases/images.js";
import type { HostView } from "../phases/phase.js";
import type { Step } from "../plan.js";
import type { Remote } from "../remote.js";
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

/** What was seen of a worker, and what is still to be done on it. */
interface Preparation {
  readonly view: HostView;
  readonly steps: readonly Step[];
}

/**
 * Prepares workers while the cluster is being made, which takes as long again. They join later, as what they are in
 * the program: what stands against a host, or fails here, is theirs to tell, and what is done they find done.
 *
 * Images, by far the most of what is sent, come when the control planes have theirs: kubeadm then makes the cluster,
 * which is mostly waiting, while they are on their way. No connection is held until then: other clusters want some, too.
 */
export async function prepareWorkers(ahead: WorkersAhead, options: ApplyOptions): Promise<void> {
  const left = new Map<string, Preparation>();
  await onEach(ahead.workers, options.signal, async (node) => {
    const rest = await prepareUpToImages(ahead, node, options);
    if (rest !== undefined) left.set(node.name, rest);
  });
  await ahead.controlPlanesPrepared;
  await onEach(ahead.workers, options.signal, async ({ name, host }) => {
    const rest = left.get(name);
    if (rest === undefined) return;
    await options.connector.use({ name, host, signal: options.signal }, (remote) => run(rest, remote, options));
  });
}

/** What fails on one keeps none of the others from it. */
function onEach(
  workers: readonly NodeSpec[],
  signal: AbortSignal,
  work: (node: NodeSpec) => Promise<void>,
): Promise<void> {
  const steps = workers.map(({ name }) => ({ node: name, phase: "prepare", title: "", why: "" }));
  return runStages({ problems: [], stages: [{ concurrency: preparedAtOnce, steps }] }, signal, async (step) => {
    const node = workers.find(({ name }) => name === step.node);
    if (node !== undefined) await work(node).catch(() => undefined);
  });
}

/** @returns what is left to be done; undefined where nothing is, or nothing may be */
function prepareUpToImages(
  setting: WorkersAhead,
  node: NodeSpec,
  options: ApplyOptions,
): Promise<Preparation | undefined> {
  const { connector, signal } = options;
  const { name, host } = node;
  return connector.use({ name, host, signal }, async (remote) => {
    const sight = await lookThrough(remote, setting.cluster, node, setting.artifacts, signal);
    const view = viewOf(setting, node, sight);
    const seen = { hosts: { [name]: sight }, cluster: undefined, healthy: [], virtualAddressAnswers: undefined };
    if (view === undefined || hostProblems(setting, [node], seen).length > 0) return undefined;
    // One that is a node already is of a cluster that was lost: nothing of it is touched unasked.
    if (view.facts.marker?.state === "member" || view.facts.caHash !== undefined) return undefined;
    const steps = preparation(view);
    const imagesAt = steps.findIndex(({ phase }) => phase === images.name);
    const before = imagesAt < 0 ? steps : steps.slice(0, imagesAt);
    await run({ view, steps: before }, remote, options);
    return before.length === steps.length ? undefined : { view, steps: steps.slice(before.length) };
  });
}

async function run({ view, steps }: Preparation, remote: Remote, { signal, report }: ApplyOptions): Promise<void> {
  if (steps.length === 0) return;
  const tell = (line: string): void => report(`${view.node.name}: ${line}`);
  await withHostLock(remote, { signal, report: tell }, async (held) => {
    await runInOrder(steps, held, async (step) => {
      const phase = hostPhases.find((each) => each.name === step.phase);
      tell(step.title);
      await journaled(remote, step, held, async () => phase?.run(view, { remote, signal: held, report: tell }));
    });
  });
}
