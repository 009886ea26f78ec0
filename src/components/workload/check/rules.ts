import type { Problem } from "../../../core/problems.js";
import { parseQuantity } from "../../../core/quantity.js";
import { joinPath } from "../../../core/shape.js";
import type { WorkloadRules } from "../../../providers/contract.js";
import { known } from "../leaf.js";
import type { ContainerSpec, WorkloadSpec } from "../spec.js";

const architectureLabel = "kubernetes.io/arch";

/** What the cluster asks of workloads and no rendering can meet. */
export function checkRules(spec: WorkloadSpec, rules: WorkloadRules | undefined): Problem[] {
  if (rules === undefined) return [];
  return [...checkPlacement(spec, rules), ...checkSize(spec, rules)];
}

function checkPlacement(spec: WorkloadSpec, { by, architectures, pools }: WorkloadRules): Problem[] {
  const problems: Problem[] = [];
  if (pools === false && spec.pool !== undefined) {
    problems.push({
      code: "rules/no-pools",
      path: "pool",
      value: spec.pool,
      why: `${by} makes nodes as pods ask for them, and has no pools to choose from`,
      fix: 'remove pool, or make the cluster with compute: "pools"',
    });
  }
  const architecture = known(spec.nodeSelector[architectureLabel]);
  if (architectures !== undefined && architecture !== undefined && !architectures.includes(architecture)) {
    problems.push({
      code: "rules/architecture",
      path: joinPath("nodeSelector", architectureLabel),
      value: architecture,
      why: `${by} has no nodes of this architecture, so the pods would wait for ever`,
      fix: `use ${architectures.join(" or ")}, or leave it out`,
    });
  }
  return problems;
}

function checkSize(spec: WorkloadSpec, { by, largestPod }: WorkloadRules): Problem[] {
  if (largestPod === undefined) return [];
  return (["cpu", "memory"] as const).flatMap((resource): Problem[] => {
    const most = parseQuantity(largestPod[resource]) ?? 0n;
    const asked = podRequest(spec, resource);
    if (asked === undefined || asked <= most) return [];
    const largest = [...spec.containers].sort((a, b) => compare(amount(b, resource), amount(a, resource)))[0];
    return [
      {
        code: "rules/pod-too-large",
        path: `${largest?.resources.path ?? "containers"}.${resource}`,
        value: largest?.resources[resource],
        why: `the containers of a pod ask for more ${resource} together than ${by} gives one pod, ${largestPod[resource]}`,
        fix: "ask for less, and scale to more pods",
      },
    ];
  });
}

/** What the scheduler counts: containers and sidecars run together; undefined while one is not known. */
function podRequest(spec: WorkloadSpec, resource: "cpu" | "memory"): bigint | undefined {
  const together = [...spec.containers, ...spec.initContainers.filter(({ role }) => role === "sidecar")];
  let sum = 0n;
  for (const container of together) {
    const asked = amount(container, resource);
    if (asked === undefined) return undefined;
    sum += asked;
  }
  return sum;
}

function amount({ resources }: ContainerSpec, resource: "cpu" | "memory"): bigint | undefined {
  const text = known(resources[resource]);
  return text === undefined ? undefined : parseQuantity(text);
}

const compare = (a = 0n, b = 0n): number => (a < b ? -1 : a > b ? 1 : 0);
