import type { Problem } from "../../core/problems.js";
import type { Artifacts } from "../artifacts/artifacts.js";
import { hostPath } from "../host/host-problem.js";
import { type MembershipStep, planMembership } from "../membership/membership.js";
import { images } from "../phases/images.js";
import { loadBalancer } from "../phases/load-balancer.js";
import type { HostView } from "../phases/phase.js";
import type { Plan, Stage, Step } from "../plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { controlPlaneCertificatesDue, controlPlaneCertificatesEnded } from "./certificates-due.js";
import { clusterStep, kubeProxyIsAskedOtherwise, memberSteps } from "./cluster-steps.js";
import { hostProblems } from "./host-problems.js";
import type { Sights } from "./sights.js";
import { preparation, type Setting, viewOf } from "./views.js";

export interface ControlPlaneInput {
  readonly cluster: OnpremClusterSpec;
  readonly hosts: readonly NodeSpec[];
  readonly workers: readonly NodeSpec[];
  /** Control planes of the last deployment. */
  readonly before: readonly NodeSpec[];
  /** Hosts that were prepared as workers, never joined, and are listed no more. */
  readonly abandoned: readonly NodeSpec[];
  readonly exists: boolean;
  readonly sights: Sights;
  readonly artifacts: Artifacts;
}

/** How many hosts are prepared at once. */
const preparedAtOnce = 10;

/**
 * From what was seen to what is asked, in stages: what is dead goes; hosts are
 * prepared, new ones side by side and members one at a time, images of the next
 * release before all else and on every node; the cluster is made or joined, one
 * host at a time; members are mended and upgraded, one at a time; load balancers
 * learn of whom there is; what shall leave leaves; what was prepared for nothing is given back.
 */
export function planControlPlane(input: ControlPlaneInput): Plan {
  const { cluster, hosts, workers, before, abandoned, exists, sights, artifacts } = input;
  const setting: Setting = { cluster, controlPlanes: hosts, artifacts };
  const views = hosts.flatMap((node) => viewOf(setting, node, sights.hosts[node.name]) ?? []);
  const expired = sights.cluster === undefined ? views.filter((view) => hasExpired(view)) : [];
  if (expired.length > 0) return planRenewal(expired, unique(hostProblems(setting, hosts, sights)));
  const staying = views.filter(({ node }) =>
    sights.cluster?.etcd.some(({ name, learner }) => name === node.name && !learner),
  );
  const mended = staying.map((view) => ({
    view,
    ...memberSteps(cluster, view.node, view.facts, sights.cluster, find(before, view.node.name)),
  }));
  const upgraded = mended.filter(({ upgrade }) => upgrade).map(({ view }) => view.node.name);
  const membership = planMembership({
    endpoint: cluster.endpoint,
    clusterName: cluster.name,
    desired: hosts,
    cluster: sights.cluster,
    hosts: sights.hosts,
    expected: exists ? { caHash: undefined } : undefined,
    restarts: upgraded,
  });
  const problems = unique([
    ...membership.problems,
    ...hostProblems(setting, hosts, sights),
    ...(upgraded.length === 0 ? [] : joinsBeforeUpgrade(membership.steps, sights, cluster)),
  ]);

  const kind = (...kinds: MembershipStep["kind"][]): Step[] =>
    membership.steps
      .filter((step) => kinds.includes(step.kind))
      .map(({ kind: phase, node, why }) => clusterStep(phase, node, why));
  const isStaying = (name: string) => staying.some(({ node }) => node.name === name);
  const prepared = views.map((view) => ({ view, steps: preparation(view) }));
  const steps = (of: (name: string) => boolean) =>
    prepared.filter(({ view }) => of(view.node.name)).flatMap(({ steps }) => steps);
  const ofStaying = steps(isStaying);
  const isAhead = ({ node, phase }: Step): boolean => phase === images.name && upgraded.includes(node);
  const working = staying.filter(
    ({ node, facts }) => facts.marker?.state === "member" && sights.healthy.includes(node.name),
  );
  const proxy =
    upgraded.length > 0 ? [] : working.slice(0, 1).flatMap(({ node }) => kubeProxySteps(node, sights, cluster));
  const onWorkers = upgraded.length === 0 || artifacts.imageArchives.length === 0 ? [] : imagesAhead(workers);
  return {
    problems,
    stages: stages([
      one(kind("remove-dead")),
      { concurrency: preparedAtOnce, steps: steps((name) => !isStaying(name)) },
      { concurrency: preparedAtOnce, steps: [...ofStaying.filter(isAhead), ...onWorkers] },
      one(ofStaying.filter((step) => !isAhead(step))),
      one([...mended.flatMap(({ drift }) => drift), ...proxy]),
      one(kind("finish", "initialise", "join")),
      one(upgrades(upgraded, sights, cluster)),
      { concurrency: preparedAtOnce, steps: views.flatMap((view) => balancing(view)) },
      one(kind("remove")),
      {
        concurrency: preparedAtOnce,
        steps: abandoned.map(({ name }) =>
          clusterStep("give-back", name, "it was prepared as a worker and is listed no more"),
        ),
      },
    ]),
  };
}

/** By now every API server that there shall be is there, of the release that is asked, and shares its port. */
function balancing(view: HostView): Step[] {
  const why = loadBalancer.needed(view);
  return why === undefined ? [] : [clusterStep("load-balancer", view.node.name, why)];
}

/** A member that cannot say what else the cluster lacks, because its certificates have ended. */
function hasExpired({ cluster, facts }: HostView): boolean {
  const { marker } = facts;
  return marker?.cluster === cluster.name && marker.state === "member" && controlPlaneCertificatesEnded(facts);
}

/** On all of them at once: none is well before its peers in etcd trust it again. */
function planRenewal(expired: readonly HostView[], problems: readonly Problem[]): Plan {
  const steps = expired.flatMap(({ node, facts }) => {
    const why = controlPlaneCertificatesDue(facts);
    return why === undefined ? [] : [clusterStep("certificates", node.name, why)];
  });
  return { problems, stages: stages([{ concurrency: steps.length, steps }]), thenAgain: true };
}

const one = (steps: readonly Step[]): Stage => ({ concurrency: 1, steps });

function stages(all: readonly Stage[]): Stage[] {
  return all.filter(({ steps }) => steps.length > 0);
}

/**
 * kubeadm renews kube-proxy and CoreDNS everywhere right after the last control
 * plane: on a worker whose images came only with its own turn they would not start.
 */
function imagesAhead(workers: readonly NodeSpec[]): Step[] {
  return workers.map(({ name }) =>
    clusterStep("images-ahead", name, "kube-proxy and CoreDNS are renewed on it as soon as the control planes are"),
  );
}

/** kube-proxy is the whole cluster's: any control plane can write its settings. With an upgrade that is part of it. */
function kubeProxySteps({ name }: NodeSpec, { cluster: seen }: Sights, cluster: OnpremClusterSpec): Step[] {
  if (!kubeProxyIsAskedOtherwise(cluster, seen)) return [];
  return [clusterStep("kube-proxy", name, "other settings are asked for")];
}

/** A new control plane is made of the new release, and joins a cluster that kubeadm has to know as of that release. */
function joinsBeforeUpgrade(
  steps: readonly MembershipStep[],
  { cluster: seen }: Sights,
  { kubernetesVersion }: OnpremClusterSpec,
): Problem[] {
  if (seen?.configuredVersion === kubernetesVersion) return [];
  return steps
    .filter(({ kind }) => kind === "join")
    .map(({ node }) => ({
      code: "onprem/join-and-upgrade",
      path: hostPath(node),
      value: node,
      why: `it would join as ${kubernetesVersion} while the cluster is ${seen?.configuredVersion ?? "older"}`,
      fix: "let it join with the version that the cluster has, then raise the version; or the other way round",
    }));
}

/** The first raises what all share, unless a run that was cut off has done so. */
function upgrades(
  names: readonly string[],
  { cluster: seen }: Sights,
  { kubernetesVersion }: OnpremClusterSpec,
): Step[] {
  const isRaised = seen?.configuredVersion === kubernetesVersion;
  return [...names].sort().map((name, index) => {
    const why = `from ${seen?.nodes.find((node) => node.name === name)?.kubeletVersion ?? "an older version"} to ${kubernetesVersion}`;
    return clusterStep(index === 0 && !isRaised ? "upgrade-first" : "upgrade", name, why);
  });
}

/** Two checks may find the same. */
function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, why }) => !seen.has(`${path} ${why}`) && seen.add(`${path} ${why}`));
}

function find(nodes: readonly NodeSpec[], name: string): NodeSpec | undefined {
  return nodes.find((node) => node.name === name);
}
