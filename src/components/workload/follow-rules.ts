import { parseQuantity } from "../../core/quantity.js";
import type { WorkloadRules } from "../../providers/contract.js";
import type { LeafTools } from "./leaf-tools.js";
import type { ContainerSpec, ProbeSpec, ResourcesSpec, ServiceSpec, WorkloadSpec } from "./spec.js";

/**
 * The spec as its cluster takes it. A cloud that changes what it admits would
 * make every later preview show a difference, so what it would change is
 * written as it would be.
 */
export function followRules(spec: WorkloadSpec, rules: WorkloadRules, tools: LeafTools): WorkloadSpec {
  const follow = (container: ContainerSpec): ContainerSpec => ({
    ...container,
    resources: followResources(container.resources, rules, tools),
    probes: rules.liveness === true ? withLiveness(container) : container.probes,
  });
  return {
    ...spec,
    containers: spec.containers.map(follow),
    initContainers: spec.initContainers.map(follow),
    tolerations: [...spec.tolerations, ...missingTolerations(spec, rules)],
    ...(spec.service === undefined ? {} : { service: followService(spec.service, rules) }),
  };
}

/** Taints that no node is without, but for those that the workload tolerates already. */
function missingTolerations({ tolerations }: WorkloadSpec, { tolerations: needed = [] }: WorkloadRules) {
  return needed
    .filter(({ key }) => !tolerations.some((toleration) => toleration.key === undefined || toleration.key === key))
    .map((toleration, index) => ({ path: `tolerations[${tolerations.length + index}]`, ...toleration }));
}

function followResources(resources: ResourcesSpec, rules: WorkloadRules, tools: LeafTools): ResourcesSpec {
  const { leastRequests: least, gibibytesPerCpu: ratio } = rules;
  const raises = least !== undefined || ratio !== undefined;
  const asked = [resources.cpu, resources.memory];
  const cpu = raises ? tools.derive(asked, ([c = "", m = ""]) => raised(c, m, rules).cpu) : resources.cpu;
  const memory = raises ? tools.derive(asked, ([c = "", m = ""]) => raised(c, m, rules).memory) : resources.memory;
  const memoryLimit = raises ? tools.derive([memory, resources.memoryLimit], larger) : resources.memoryLimit;
  const followed: ResourcesSpec = { ...resources, cpu, memory, memoryLimit };
  if (resources.cpuLimit !== undefined) {
    return raises ? { ...followed, cpuLimit: tools.derive([cpu, resources.cpuLimit], larger) } : followed;
  }
  const { cpuLimit } = rules;
  return cpuLimit === undefined ? followed : { ...followed, cpuLimit: tools.derive([cpu, cpuLimit], larger) };
}

const gibibyte = 1024n ** 3n;

/** What the cloud would make of a container's requests: at least the least, and neither too lean nor too fat. */
function raised(cpu: string, memory: string, rules: WorkloadRules): { cpu: string; memory: string } {
  const floor = rules.leastRequests;
  const atLeast =
    floor === undefined ? { cpu, memory } : { cpu: larger([cpu, floor.cpu]), memory: larger([memory, floor.memory]) };
  const [cores, bytes] = [parseQuantity(atLeast.cpu), parseQuantity(atLeast.memory)];
  const ratio = rules.gibibytesPerCpu;
  if (ratio === undefined || cores === undefined || bytes === undefined) return atLeast;
  // Amounts are counted in billionths; ratios in thousandths, so that all of it stays whole numbers.
  const [least, most] = [BigInt(Math.round(ratio.least * 1000)), BigInt(Math.round(ratio.most * 1000))];
  const leastBytes = (cores * gibibyte * least) / 1000n;
  if (bytes < leastBytes) return { ...atLeast, memory: inMebibytes(leastBytes) };
  const leastCores = divideUp(bytes * 1000n, gibibyte * most);
  return cores < leastCores ? { ...atLeast, cpu: inMillicores(leastCores) } : atLeast;
}

const billion = 1_000_000_000n;
const inMebibytes = (amount: bigint): string => `${divideUp(amount, billion * 1024n ** 2n)}Mi`;
const inMillicores = (amount: bigint): string => `${divideUp(amount, billion / 1000n)}m`;
const divideUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/** The larger of quantities, as it was written; the first of equal ones. */
function larger([first = "", ...others]: readonly string[]): string {
  const amount = (text: string): bigint => parseQuantity(text) ?? 0n;
  return others.reduce((largest, other) => (amount(other) > amount(largest) ? other : largest), first);
}

/**
 * A container that says nothing of liveness is asked whether its port still
 * takes connections, so patiently that no slow start is taken for a death.
 */
function withLiveness({ probes, ports, path }: ContainerSpec): readonly ProbeSpec[] {
  const answering = ports.find(({ protocol }) => protocol === "TCP");
  if (answering === undefined || probes.some(({ kind }) => kind === "liveness")) return probes;
  return [
    ...probes,
    {
      path: `${path}.liveness`,
      kind: "liveness",
      action: { by: "tcp", port: answering.name },
      periodSeconds: 10,
      failureThreshold: 30,
    },
  ];
}

/** What the user wrote on the Service comes last: he knows which load balancer he wants. */
function followService(service: ServiceSpec, { loadBalancer }: WorkloadRules): ServiceSpec {
  if (service.type !== "LoadBalancer" || loadBalancer === undefined) return service;
  return {
    ...service,
    ...(loadBalancer.class === undefined ? {} : { loadBalancerClass: loadBalancer.class }),
    annotations: { ...loadBalancer.annotations, ...service.annotations },
  };
}
