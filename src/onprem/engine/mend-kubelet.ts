import type { ControlPlaneShell } from "../cluster/kubectl.js";
import { letKubeletIn, restartKubelet, rewriteKubeletConfiguration, waitUntilItReports } from "../cluster/kubelet.js";
import { waitFor } from "../cluster/wait.js";
import { observeRemote } from "../facts/observe-host.js";
import { watchAll } from "../facts/watched.js";
import type { HostFacts } from "../facts.js";
import { kubeletDigest } from "../kubeadm/kubelet.js";
import type { PhaseTools } from "../phases/phase.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { kubeletCertificatesDue, kubeletIsLockedOut } from "./certificates-due.js";
import { markKubelet } from "./members.js";

export interface KubeletChange {
  readonly node: NodeSpec;
  readonly facts: HostFacts;
  readonly cluster: OnpremClusterSpec;
  /** For kubeadm, as `renderInit` gives them. */
  readonly documents: string;
  /** What is to be done once a kubelet has shown that it can live with it. @default nothing */
  readonly accepted?: () => Promise<void>;
}

/** What is asked for becomes what the kubelet runs with. It is noted last: a run that is cut off does it again. */
export async function mendKubeletConfiguration(
  tools: PhaseTools,
  shell: ControlPlaneShell,
  { node, facts, cluster, documents, accepted }: KubeletChange,
): Promise<void> {
  await rewriteKubeletConfiguration(tools, node.role, documents);
  // Otherwise it reports as soon as it has a certificate again, which comes next.
  if (!kubeletIsLockedOut(facts)) await waitUntilItReports(tools, shell, node.name);
  await accepted?.();
  await markKubelet(tools.remote, kubeletDigest(cluster), tools.signal);
}

/** @throws when the kubelet has not renewed its certificates in time, with those that still end soon */
export async function mendKubeletCertificates(
  tools: PhaseTools,
  shell: ControlPlaneShell,
  facts: HostFacts,
): Promise<void> {
  const renewed = () => waitUntilNoneIsDue(tools, "the kubelet has renewed its certificates", kubeletCertificatesDue);
  if (kubeletIsLockedOut(facts)) return letKubeletIn(tools, shell, renewed);
  await restartKubelet(tools);
  await renewed();
}

/** Looks at the host's certificates until all last long enough. */
export function waitUntilNoneIsDue(
  { remote, signal }: PhaseTools,
  what: string,
  due: (facts: HostFacts) => string | undefined,
): Promise<void> {
  return waitFor({ what: `${what} on ${remote.name}`, timeoutSeconds: 120, signal, intervalSeconds: 2 }, async () => {
    const sight = await observeRemote(remote, watchAll(), signal);
    const left = sight.reachable ? due(sight.facts) : sight.why;
    return left === undefined ? { found: undefined } : { seen: left };
  });
}
