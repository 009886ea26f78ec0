import { type Resource, type UsageContainer, usageOf } from "./usage.js";

/** What the meter reads of a pod from the API. */
export interface MeteredPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly MeteredContainer[];
    readonly initContainers?: readonly MeteredContainer[];
  };
  readonly status?: {
    readonly containerStatuses?: readonly MeteredStatus[];
    readonly initContainerStatuses?: readonly MeteredStatus[];
  };
}

interface MeteredContainer {
  readonly name: string;
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

interface MeteredStatus {
  readonly name: string;
  readonly state?: { readonly running?: { readonly startedAt?: string } };
}

/** One reading of a running container. */
export interface ContainerReading {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly startSeconds: number;
  /** Core-seconds since the start. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface NodeReading {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly containers: readonly ContainerReading[];
}

/** What system and kubelet of a node would use. metrics-server drops a node that uses nothing. */
const system = { cores: 0.025, memoryBytes: 160 * 1024 * 1024 };

interface Counter {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * Turns momentary simulated use into the ever-growing counters a kubelet
 * publishes, so that the rate seen between two readings is the use meanwhile.
 */
export class Meter {
  #containers = new Map<string, Counter>();
  readonly #nodes = new Map<string, Counter>();

  /** Readings of all nodes that have pods, at `now` in seconds since the epoch. */
  read(pods: readonly MeteredPod[], now: number): ReadonlyMap<string, NodeReading> {
    const containers = new Map<string, Counter>();
    const byNode = new Map<string, { cores: number; memoryBytes: number; readings: ContainerReading[] }>();
    for (const pod of pods) {
      const { nodeName } = pod.spec;
      const running = runningContainers(pod);
      if (nodeName === undefined || running.length === 0) continue;
      const node = byNode.get(nodeName) ?? { cores: 0, memoryBytes: 0, readings: [] };
      byNode.set(nodeName, node);
      const use = (resource: Resource) => usageOf(running, pod.metadata.annotations ?? {}, resource);
      const [cpu, memory] = [use("cpu"), use("memory")];
      for (const { name, startSeconds } of running) {
        const [cores, memoryBytes] = [cpu.get(name) ?? 0, memory.get(name) ?? 0];
        const key = `${pod.metadata.uid}/${name}`;
        const counter = advance(this.#containers.get(key) ?? { seconds: startSeconds, cpuSeconds: 0 }, cores, now);
        containers.set(key, counter);
        node.cores += cores;
        node.memoryBytes += memoryBytes;
        const { name: podName, namespace } = pod.metadata;
        node.readings.push({
          namespace,
          pod: podName,
          container: name,
          startSeconds,
          cpuSeconds: counter.cpuSeconds,
          memoryBytes,
        });
      }
    }
    this.#containers = containers; // those of ended containers are forgotten
    const readings = new Map<string, NodeReading>();
    for (const name of new Set([...this.#nodes.keys(), ...byNode.keys()])) {
      const { cores, memoryBytes, readings: own } = byNode.get(name) ?? { cores: 0, memoryBytes: 0, readings: [] };
      readings.set(name, this.#readNode(name, cores, memoryBytes, own, now));
    }
    return readings;
  }

  /** A node's reading; one without pods has the system's use. */
  readIdle(name: string, now: number): NodeReading {
    return this.#readNode(name, 0, 0, [], now);
  }

  #readNode(
    name: string,
    podCores: number,
    podMemory: number,
    containers: readonly ContainerReading[],
    now: number,
  ): NodeReading {
    // Counted from the epoch, so that a restart of this process does not look like a counter running backwards.
    const start = { seconds: now, cpuSeconds: now * system.cores };
    const counter = advance(this.#nodes.get(name) ?? start, podCores + system.cores, now);
    this.#nodes.set(name, counter);
    return { cpuSeconds: counter.cpuSeconds, memoryBytes: podMemory + system.memoryBytes, containers };
  }
}

function advance(counter: Counter, cores: number, now: number): Counter {
  const elapsed = Math.max(0, now - counter.seconds);
  return { seconds: Math.max(now, counter.seconds), cpuSeconds: counter.cpuSeconds + elapsed * cores };
}

interface RunningContainer extends UsageContainer {
  readonly startSeconds: number;
}

/** Containers and sidecars that run now: a finished init container uses nothing. */
function runningContainers(pod: MeteredPod): RunningContainer[] {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const started = new Map(
    statuses.flatMap(({ name, state }): [string, number][] => {
      const startedAt = state?.running?.startedAt;
      return startedAt === undefined ? [] : [[name, Date.parse(startedAt) / 1000]];
    }),
  );
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ name, resources }) => {
    const startSeconds = started.get(name);
    return startSeconds === undefined ? [] : [{ name, startSeconds, requests: resources?.requests ?? {} }];
  });
}
