import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../processes.js";
import type { KubectlAt } from "./kubectl.js";

export interface Watched {
  readonly namespace: string;
  /** Name of the Deployment, its PodDisruptionBudget and its Service. */
  readonly workload: string;
  /** What kubelets say when a node is through. */
  readonly version: string;
  /** Nodes that take no pods all the time, by their owner's word: of these only readiness counts. */
  readonly cordoned: readonly string[];
}

/** What was seen from the beginning to the end. */
export interface UpgradeSeen {
  /** How often the API server told; it does not while it is restarted itself. */
  readonly looks: number;
  readonly budget: { readonly desired: number; readonly leastHealthy: number };
  /** The most workers that took no pods at one moment. */
  readonly mostWorkersOut: number;
  /** The most control planes that took no pods, or were not ready, at one moment. */
  readonly mostControlPlanesOut: number;
  /** Nodes as they came to the new version. */
  readonly order: readonly string[];
  /** Pods that waited for an image, each once, in words. */
  readonly imageTroubles: readonly string[];
  readonly requests: { readonly answered: number; readonly longestSilenceSeconds: number };
}

/** Looks at a cluster that is being upgraded, through its API and through the workload's own address. */
export class UpgradeWatch {
  #looks = 0;
  #desired = 0;
  #leastHealthy = Number.POSITIVE_INFINITY;
  #mostWorkersOut = 0;
  #mostControlPlanesOut = 0;
  readonly #order: string[] = [];
  readonly #imageTroubles = new Set<string>();
  #answered = 0;
  #lastAnswer = performance.now();
  #longestSilence = 0;
  readonly #stop = new AbortController();
  #work: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly kubectl: KubectlAt,
    private readonly watched: Watched,
    private readonly url: string,
  ) {}

  /** Begins once the workload answers. */
  static async begin(kubectl: KubectlAt, watched: Watched): Promise<UpgradeWatch> {
    const { namespace, workload } = watched;
    const service = await kubectl.json<Service>(["--namespace", namespace, "get", "service", workload]);
    const address = service.status.loadBalancer.ingress?.[0]?.ip;
    const watch = new UpgradeWatch(kubectl, watched, `http://${address}:8080/hostname`);
    const answers = async () => ((await watch.#ask()) ? true : undefined);
    await eventually(`${watch.url} answers`, answers, { timeoutSeconds: 60, everyMs: 500 });
    watch.#answered = 0;
    watch.#lastAnswer = performance.now();
    watch.#work = Promise.all([watch.#repeat(() => watch.#look(), 1000), watch.#repeat(() => watch.#request(), 250)]);
    return watch;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    this.#noteSilence();
  }

  seen(): UpgradeSeen {
    return {
      looks: this.#looks,
      budget: { desired: this.#desired, leastHealthy: this.#leastHealthy },
      mostWorkersOut: this.#mostWorkersOut,
      mostControlPlanesOut: this.#mostControlPlanesOut,
      order: this.#order,
      imageTroubles: [...this.#imageTroubles],
      requests: { answered: this.#answered, longestSilenceSeconds: this.#longestSilence },
    };
  }

  async #repeat(work: () => Promise<void>, everyMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // The API server is restarted, too: what it does not tell is not seen.
      await work().catch(() => undefined);
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #ask(): Promise<boolean> {
    const answer = await fetch(this.url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    return answer?.ok === true && (await answer.text()).startsWith(this.watched.workload);
  }

  async #request(): Promise<void> {
    if (!(await this.#ask())) return;
    this.#noteSilence();
    this.#answered += 1;
    this.#lastAnswer = performance.now();
  }

  #noteSilence(): void {
    this.#longestSilence = Math.max(this.#longestSilence, (performance.now() - this.#lastAnswer) / 1000);
  }

  async #look(): Promise<void> {
    const { namespace, workload, version, cordoned } = this.watched;
    const [nodes, budget, pods] = await Promise.all([
      this.kubectl.json<{ items: Node[] }>(["get", "nodes"]),
      this.kubectl.json<Budget>(["--namespace", namespace, "get", "poddisruptionbudget", workload]),
      this.kubectl.json<{ items: Pod[] }>(["get", "pods", "--all-namespaces"]),
    ]);
    this.#looks += 1;
    this.#desired = budget.status.desiredHealthy;
    this.#leastHealthy = Math.min(this.#leastHealthy, budget.status.currentHealthy);
    const isWorker = ({ metadata }: Node) => !("node-role.kubernetes.io/control-plane" in metadata.labels);
    const isEmptied = ({ metadata, spec }: Node) => spec.unschedulable === true && !cordoned.includes(metadata.name);
    const out = nodes.items.filter((node) => isWorker(node) && isEmptied(node));
    this.#mostWorkersOut = Math.max(this.#mostWorkersOut, out.length);
    const lost = nodes.items.filter((node) => !isWorker(node) && (isEmptied(node) || !isReady(node)));
    this.#mostControlPlanesOut = Math.max(this.#mostControlPlanesOut, lost.length);
    for (const { metadata, status } of nodes.items) {
      const isThrough = status.nodeInfo.kubeletVersion === version;
      if (isThrough && !this.#order.includes(metadata.name)) this.#order.push(metadata.name);
    }
    for (const { metadata, spec, status } of pods.items) {
      for (const { image, state } of status.containerStatuses ?? []) {
        const reason = state.waiting?.reason ?? "";
        if (/Image/.test(reason)) this.#imageTroubles.add(`${metadata.name} on ${spec.nodeName}: ${reason} ${image}`);
      }
    }
  }
}

const isReady = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");

interface Service {
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip?: string }[] } };
}
interface Node {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: {
    readonly nodeInfo: { readonly kubeletVersion: string };
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}
interface Budget {
  readonly status: { readonly currentHealthy: number; readonly desiredHealthy: number };
}
interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly image: string;
      readonly state: { readonly waiting?: { readonly reason?: string } };
    }[];
  };
}
