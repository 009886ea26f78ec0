import { setTimeout as sleep } from "node:timers/promises";
import { join } from "../cluster/join.js";
import type { ControlPlaneShell } from "../cluster/kubectl.js";
import { leave } from "../cluster/leave.js";
import { applyNodeSettings, deleteNode, waitUntilRegistered, workersNotReady } from "../cluster/nodes.js";
import { resetHost } from "../cluster/reset-host.js";
import { withBootstrapToken } from "../cluster/tokens.js";
import { upgrade } from "../cluster/upgrade.js";
import { withHostLock } from "../host/host-lock.js";
import { journaled } from "../host/journal.js";
import { readMarker } from "../host/marker.js";
import { renderInit, renderJoin } from "../kubeadm/documents.js";
import { kubeProxyMode } from "../kubeadm/kube-proxy.js";
import { kubeletDigest } from "../kubeadm/kubelet.js";
import { hostPhases } from "../phases/host-phases.js";
import type { PhaseTools } from "../phases/phase.js";
import type { Plan, Step } from "../plan.js";
import { type Remote, RemoteFailure } from "../remote.js";
import type { OnpremClusterSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import type { ClusterStep } from "./cluster-steps.js";
import type { Gate, Rolling } from "./gates.js";
import { giveBack } from "./give-back.js";
import { markLeaving, markMember } from "./members.js";
import { mendKubeletCertificates, mendKubeletConfiguration } from "./mend-kubelet.js";
import { runStages } from "./run-stages.js";
import { viewOf } from "./views.js";
import type { WorkerInput } from "./worker-plan.js";

/** Does what `planWorker` says. `shell` is a healthy control plane. */
export async function applyWorker(
  input: WorkerInput,
  plan: Plan,
  shell: ControlPlaneShell,
  gate: Gate,
  { connector, signal, report }: ApplyOptions,
): Promise<void> {
  const { host } = input;
  const rolls = plan.stages.some(({ steps }) => steps.some(({ phase }) => rollingSteps.has(phase)));
  if (rolls) await gate.admit(host.name, rollingBy(shell, report));
  await connector.use({ name: host.name, host: host.host, signal }, (remote) =>
    gate.atWork(host.name, () =>
      withHostLock(remote, { signal, report }, (held) =>
        runStages(plan, held, (step) => {
          report(step.title);
          const tools = { remote, signal: held, report };
          return journaled(remote, step, held, () => perform(input, step, tools, { ...shell, signal: held }, gate));
        }),
      ),
    ),
  );
}

/** What takes a worker out of service, if only for a moment. */
const rollingSteps: ReadonlySet<string> = new Set<ClusterStep>(["kubelet-configuration", "upgrade"]);

const rollingBy = (shell: ControlPlaneShell, report: Rolling["report"]): Rolling => ({
  notReady: () => workersNotReady(shell),
  signal: shell.signal,
  report,
});

async function perform(
  input: WorkerInput,
  step: Step,
  tools: PhaseTools,
  shell: ControlPlaneShell,
  gate: Gate,
): Promise<void> {
  const { cluster, host, controlPlanes, artifacts, sight, before } = input;
  const view = viewOf({ cluster, controlPlanes, artifacts }, host, sight);
  if (view === undefined) throw new Error(`${host.name} was not looked at`);
  const phase = hostPhases.find(({ name }) => name === step.phase);
  if (phase !== undefined) return phase.run(view, tools);
  const rolling = rollingBy(shell, tools.report);
  switch (step.phase as ClusterStep) {
    case "join":
      return joinWorker(input, tools, shell);
    case "settings":
      return applyNodeSettings(shell, host, before);
    case "kubelet-configuration":
      // One that it cannot live with must not reach all workers.
      return gate.roll(host.name, rolling, () => {
        const documents = renderInit({ spec: cluster, node: host, kubeProxyMode: kubeProxyMode([view.facts]) });
        return mendKubeletConfiguration(tools, shell, { node: host, facts: view.facts, cluster, documents });
      });
    case "kubelet-certificates":
      return mendKubeletCertificates(tools, shell, view.facts);
    case "kubelet":
      await tools.remote.run({
        text: "systemctl enable --now kubelet.service",
        timeoutSeconds: 60,
        signal: tools.signal,
      });
      return;
    case "upgrade":
      return gate.roll(host.name, rolling, async () => {
        await upgrade(tools, shell, view, { first: false, drainTimeoutSeconds: cluster.drainTimeoutSeconds });
        await markWorker(tools, cluster);
      });
    default:
      throw new Error(`${step.phase} is no step of a worker`);
  }
}

async function joinWorker(input: WorkerInput, tools: PhaseTools, shell: ControlPlaneShell): Promise<void> {
  const { cluster, host, sight, seen } = input;
  const caHash = seen?.caHash;
  if (caHash === undefined)
    throw new Error(`${host.name} cannot join: no control plane told of the cluster's authority`);
  if (sight.reachable && sight.facts.caHash !== undefined) {
    tools.report("clearing what an unfinished join has left");
    await resetHost(tools.remote, tools.signal, "again");
    // Last: a kubelet that still ran could make itself known once more, and kubeadm joins no host whose node seems well.
    await deleteNode(shell, host.name);
  }
  await withBootstrapToken(shell, (token) =>
    join(tools, renderJoin({ node: host, through: `${shell.address}:6443`, token, caHash })),
  );
  await waitUntilRegistered(shell, host.name);
  await applyNodeSettings(shell, host);
  await markWorker(tools, cluster);
}

/** kubeadm has given its kubelet what the control planes, which are changed before workers, have stored. */
function markWorker({ remote, signal }: PhaseTools, cluster: OnpremClusterSpec): Promise<void> {
  return markMember(remote, { kubernetesVersion: cluster.kubernetesVersion, kubelet: kubeletDigest(cluster) }, signal);
}

/**
 * Takes a worker out of the cluster and the cluster off the host. `shell` is undefined where no cluster was ever made.
 *
 * @param restartSeconds A host that restarts is back by then. One that is forgotten keeps the cluster's files until its
 *   owner removes them, so no host is forgotten for being away a moment.
 */
export async function removeWorker(
  { cluster, host }: Pick<WorkerInput, "cluster" | "host">,
  shell: ControlPlaneShell | undefined,
  gate: Gate,
  { connector, signal, report }: ApplyOptions,
  restartSeconds = 30,
): Promise<void> {
  const take = (remote: Remote | undefined, held: AbortSignal) =>
    gate.pass(host.name, async () => {
      if (shell === undefined) {
        if (remote !== undefined) await resetHost(remote, held, "whole");
        return;
      }
      await leave(
        { ...shell, signal: held },
        { name: host.name, peerAddress: undefined, remote, drainTimeoutSeconds: cluster.drainTimeoutSeconds },
        report,
      );
    });
  let wasReached = false;
  const end = Date.now() + restartSeconds * 1000;
  for (let turn = 1; ; turn += 1) {
    try {
      return await connector.use({ name: host.name, host: host.host, signal }, async (remote) => {
        const marker = await readMarker(remote);
        wasReached = true;
        // Somebody else's by now: a host that became a control plane, or joined another cluster.
        if (marker === undefined || marker.cluster !== cluster.name || marker.role !== "worker") return;
        await withHostLock(remote, { signal, report }, async (held) => {
          await markLeaving(remote);
          await take(remote, held);
          await giveBack({ remote, signal: held, report });
        });
      });
    } catch (error) {
      // One that was lost meanwhile, by a restart for example, comes back: the next run goes on with it.
      const isGone = error instanceof RemoteFailure && error.kind === "unreachable" && !wasReached;
      if (!isGone || shell === undefined) throw error;
      if (Date.now() >= end) break;
      if (turn === 1)
        report(`the host cannot be reached; it may be restarting, so it is asked for ${restartSeconds} s`);
      await sleep(2000, undefined, { signal });
    }
  }
  report("the host cannot be reached: the cluster forgets it, and the host's own files stay");
  await take(undefined, signal);
}
