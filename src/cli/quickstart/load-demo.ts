import { setTimeout as sleep } from "node:timers/promises";
import { isReadyPod, type LiveObject, measuredCpu, renderTable, targetCpu } from "./live-view.js";

/** The annotation that sets a pod's simulated CPU use on the `local` target. */
export const simulatedCpuAnnotation = "simulation.isokube.dev/cpu";

/** How the demonstration reads and loads the cluster. */
export interface DemoCluster {
  /** The workload's pods, Deployment and HPA, read together. */
  read(): Promise<readonly LiveObject[]>;
  /** Sets the simulated CPU use of pods, in millicores each. */
  setCpu(pods: readonly string[], millicores: number): Promise<void>;
}

/** One line of the live table. */
export interface DemoSample {
  readonly seconds: number;
  readonly phase: string;
  readonly measuredPercent: number | undefined;
  readonly replicas: number;
  readonly readyPods: number;
}

/** What the demonstration saw from start to end. */
export interface DemoResult {
  readonly samples: readonly DemoSample[];
  readonly lowest: number;
  readonly highest: number;
}

interface DemoOptions {
  /** Called with every sample, for the live table. */
  readonly show: (sample: DemoSample) => void;
  /** Replicas that the high load must reach. */
  readonly highReplicas: number;
  /** Longest wait for each of the two phases. */
  readonly phaseTimeoutSeconds: number;
  readonly pollSeconds: number;
}

/**
 * Raises the simulated load until the HPA has scaled out, then lowers it until
 * the HPA is back at its minimum. The load is a total that the ready pods
 * share, as requests behind a Service would be, so every new pod relieves the
 * others.
 *
 * @throws Error when a phase does not reach its goal in time; the message tells what was last seen.
 */
export async function demonstrateScaling(cluster: DemoCluster, options: DemoOptions): Promise<DemoResult> {
  const begun = Date.now();
  const samples: DemoSample[] = [];

  const first = pick(await cluster.read());
  const minimum = first.hpa.spec?.minReplicas ?? 1;
  const target = targetCpu(first.hpa);
  const requested = cpuRequestMillicores(first.pods[0]);
  if (target === undefined)
    throw new Error(`HPA ${first.hpa.metadata.name} has no CPU target; it cannot be demonstrated.`);
  if (requested === 0)
    throw new Error(`the pods of ${first.hpa.metadata.name} request no CPU; their HPA has nothing to measure.`);
  const perPodAtTarget = (requested * target) / 100;

  const runPhase = async (phase: string, totalMillicores: number, reached: (replicas: number) => boolean) => {
    const deadline = Date.now() + options.phaseTimeoutSeconds * 1000;
    let loaded = "";
    for (;;) {
      const { hpa, deployment, pods } = pick(await cluster.read());
      const ready = pods.filter(isReadyPod);
      const names = ready.map((pod) => pod.metadata.name).sort();
      if (names.length > 0 && names.join() !== loaded) {
        await cluster.setCpu(names, Math.max(1, Math.round(totalMillicores / names.length)));
        loaded = names.join();
      }
      const replicas = deployment.spec?.replicas ?? 0;
      const sample: DemoSample = {
        seconds: Math.round((Date.now() - begun) / 1000),
        phase,
        measuredPercent: measuredCpu(hpa),
        replicas,
        readyPods: ready.length,
      };
      samples.push(sample);
      options.show(sample);
      if (reached(replicas) && ready.length === replicas) return;
      if (Date.now() > deadline) {
        throw new Error(
          `${phase}: not reached within ${options.phaseTimeoutSeconds} s; last seen ${replicas} replicas, ${ready.length} ready, cpu ${sample.measuredPercent ?? "?"} % of target ${target} %.`,
        );
      }
      await sleep(options.pollSeconds * 1000);
    }
  };

  // Half a pod above the goal, so that rounding cannot leave the HPA one short.
  await runPhase(
    "load raised",
    (options.highReplicas - 0.5) * perPodAtTarget,
    (replicas) => replicas >= options.highReplicas,
  );
  await runPhase("load lowered", minimum * perPodAtTarget * 0.3, (replicas) => replicas <= minimum);

  const replicas = samples.map((sample) => sample.replicas);
  return { samples, lowest: Math.min(...replicas), highest: Math.max(...replicas) };
}

function pick(objects: readonly LiveObject[]) {
  const hpa = objects.find((object) => object.kind === "HorizontalPodAutoscaler");
  const deployment = objects.find((object) => object.kind === "Deployment");
  if (hpa === undefined || deployment === undefined) {
    throw new Error("the workload's Deployment or HPA is not in the cluster; run the quickstart again to put it back.");
  }
  return { hpa, deployment, pods: objects.filter((object) => object.kind === "Pod") };
}

/** The CPU that a pod's long-running containers request together; what an HPA divides usage by. */
export function cpuRequestMillicores(pod: LiveObject | undefined): number {
  const sidecars = pod?.spec?.initContainers?.filter((container) => container.restartPolicy === "Always") ?? [];
  return [...(pod?.spec?.containers ?? []), ...sidecars]
    .map((container) => container.resources?.requests?.["cpu"] ?? "0")
    .reduce((sum, cpu) => sum + (cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000), 0);
}

/** Header of the live table, and one row per sample, aligned with it. */
export function renderSample(sample: DemoSample, withHeader: boolean): string {
  const header = ["  TIME", "PHASE       ", "CPU OF TARGET", "REPLICAS", "READY"];
  const cells = [
    `${sample.seconds} s`.padStart(6),
    sample.phase.padEnd(12),
    (sample.measuredPercent === undefined ? "-" : `${sample.measuredPercent} %`).padEnd(13),
    String(sample.replicas).padEnd(8),
    String(sample.readyPods).padEnd(5),
  ];
  const [head = "", row = ""] = renderTable(header, [cells]).split("\n");
  const bar = "#".repeat(sample.replicas);
  return withHeader ? `${head}\n${row}  ${bar}` : `${row}  ${bar}`;
}
