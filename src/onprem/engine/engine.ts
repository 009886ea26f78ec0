import { messageOf } from "../../core/message-of.js";
import type { Artifacts } from "../artifacts/artifacts.js";
import { apiServerIsReady, type ControlPlaneShell, kubectl } from "../cluster/kubectl.js";
import { controlPlaneEndpoint } from "../endpoint.js";
import { HostWasBusy } from "../host/host-lock.js";
import { readMarker } from "../host/marker.js";
import type { Plan } from "../plan.js";
import { type Connector, RemoteFailure } from "../remote.js";
import { asWorkersKnowIt, type NodeSpec, type OnpremClusterSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import { applyControlPlane } from "./control-plane-apply.js";
import { type ControlPlaneInput, planControlPlane } from "./control-plane-plan.js";
import { Gates } from "./gates.js";
import { healthOf } from "./health.js";
import { clusterIdOf, readKubeconfig } from "./members.js";
import { assertPlan, subjectOf } from "./plan-refused.js";
import { prepareWorkers } from "./prepare-ahead.js";
import { RecentLooks } from "./recent-looks.js";
import { lookAtHosts, type Sights } from "./sights.js";
import { takeOff, wasOnlyPrepared } from "./take-off.js";
import { applyWorker, removeWorker } from "./worker-apply.js";
import { planWorker, type WorkerInput } from "./worker-plan.js";

/** What is asked of the control planes as a whole. */
export interface ControlPlaneRequest {
  readonly cluster: OnpremClusterSpec;
  readonly hosts: readonly NodeSpec[];
  /**
   * Hosts that are prepared while the cluster is made, and that have to have the images of a release before the
   * control planes are raised to it.
   */
  readonly workers: readonly NodeSpec[];
  /** Hosts of the last deployment, of which some may be no more. Empty for a cluster to be made. */
  readonly before: readonly NodeSpec[];
  /** Workers of the last deployment that are listed no more: those of them that never joined are given back. */
  readonly unlisted: readonly NodeSpec[];
  /** True when the state says that the cluster was made: then it is never initialised over. */
  readonly exists: boolean;
}

/** What is asked of one worker. */
export interface WorkerRequest {
  readonly cluster: OnpremClusterSpec;
  readonly host: NodeSpec;
  /** The host as the last deployment had it; undefined for one that joins. */
  readonly before: NodeSpec | undefined;
  readonly controlPlanes: readonly NodeSpec[];
}

/** What the hosts look like now and what leads from there to what is asked. */
export interface Look {
  readonly plan: Plan;
  /** Each host: `as planned`, what differs, or why it cannot be reached. */
  readonly health: Readonly<Record<string, string>>;
  /** Names of hosts that cannot be reached, with the reason. */
  readonly unreachable: Readonly<Record<string, string>>;
  /** False when every host could be reached and none knows the cluster. */
  readonly found: boolean;
}

/** What a control plane is, once it is as asked. */
export interface ControlPlaneState {
  /** Holds the administrator's client certificate and key: a secret. */
  readonly kubeconfig: string;
  /** URL of the API server. */
  readonly endpoint: string;
  readonly version: string;
  readonly caHash: string;
  readonly clusterId: string;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  /** A passing word: host and phase. */
  readonly report: (line: string) => void;
}

export interface ChangeOptions extends WorkOptions {
  /** Called once the plan stands and before anything is done: what fails earlier has changed no host. */
  readonly begin: (plan: Plan) => void;
}

/** How long the look at a worker stands that was begun ahead: until its turn has come among hundreds. */
const aheadSeconds = 60;

/** How many runs may be waited for, one after another. */
const mostTurns = 5;

type Looker = (cluster: OnpremClusterSpec, nodes: readonly NodeSpec[], signal: AbortSignal) => Promise<Sights>;

/** A plan that had to wait for another run is out of date: look and plan again. Each turn is a run that was waited for. */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HostWasBusy) || turn >= mostTurns) throw error;
    }
  }
}

/** Bare metal: look, plan, apply. Knows hosts and Kubernetes, and nothing of who asks. */
export class OnpremEngine {
  readonly #gates = new Gates();
  readonly #looks = new RecentLooks<Sights>();

  constructor(
    private readonly connector: Connector,
    /** @throws ValidationError when they cannot be had or are not what they should be */
    private readonly artifactsOf: (cluster: OnpremClusterSpec) => Promise<Artifacts>,
  ) {}

  async lookAtControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<Look> {
    const input = await this.#controlPlaneInput(request, this.#lookRecently, signal);
    if (request.exists) this.#lookAhead(request, signal);
    return this.#look(input).look;
  }

  /**
   * Pulumi compares one resource after another, and the workers come next: they
   * are looked at side by side meanwhile, so that each finds its look done.
   */
  #lookAhead({ cluster, workers }: ControlPlaneRequest, signal: AbortSignal): void {
    const theirs = asWorkersKnowIt(cluster);
    for (const worker of workers) {
      const look = () => this.#lookNow(theirs, [worker], signal);
      // What goes wrong is told by the worker, which then looks for itself.
      this.#looks.of([theirs, [worker]], look, aheadSeconds).catch(() => undefined);
    }
  }

  /** @throws PlanRefused when what the hosts look like now stands against it */
  async applyControlPlane(request: ControlPlaneRequest, options: ChangeOptions): Promise<ControlPlaneState> {
    this.#looks.clear();
    await unlessBusy(async () => {
      let again: boolean;
      do {
        const input = await this.#controlPlaneInput(request, this.#lookNow, options.signal);
        const plan = planControlPlane(input);
        assertPlan(subjectOf.cluster(request.cluster.name), plan);
        options.begin(plan);
        const work = (prepared: () => void) => applyControlPlane(input, plan, { ...this.#with(options), prepared });
        await this.#whileWorkersArePrepared(input, options, work);
        again = plan.thenAgain === true;
      } while (again);
    });
    this.#looks.clear();
    const state = await this.readControlPlane(request, options.signal);
    if (state === undefined) throw new Error(`no control plane of ${request.cluster.name} answers after it was made`);
    return state;
  }

  /** Only where the cluster is made: later, a worker that is new is prepared by itself. */
  async #whileWorkersArePrepared(
    input: ControlPlaneInput,
    options: WorkOptions,
    work: (prepared: () => void) => Promise<void>,
  ) {
    if (input.exists || input.workers.length === 0) return work(() => undefined);
    const { cluster, hosts: controlPlanes, workers, artifacts } = input;
    const over = new AbortController();
    const signal = AbortSignal.any([options.signal, over.signal]);
    let prepared = (): void => undefined;
    const controlPlanesPrepared = new Promise<void>((resolve) => {
      prepared = resolve;
    });
    const ahead = { cluster, controlPlanes, workers, artifacts, controlPlanesPrepared };
    const workersPrepared = prepareWorkers(ahead, { ...this.#with(options), signal });
    const made = work(prepared)
      .catch((error: unknown) => {
        over.abort(error);
        throw error;
      })
      // Whoever waits for it goes on, or sees that all is over.
      .finally(prepared);
    const [done] = await Promise.allSettled([made, workersPrepared]);
    if (done.status === "rejected") throw done.reason;
    options.signal.throwIfAborted();
  }

  async readControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<ControlPlaneState | undefined> {
    const { cluster, hosts } = request;
    const sights = await this.#lookRecently(cluster, hosts, signal);
    const first = hosts.find(({ name }) => name === sights.healthy[0]);
    const seen = sights.cluster;
    if (first === undefined || seen === undefined) return undefined;
    return this.connector.use({ name: first.name, host: first.host, signal }, async (remote) => {
      const shell = { remote, address: first.host.address, signal };
      const args = ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"];
      const { stdout: uid } = await kubectl(shell, args);
      return {
        kubeconfig: await readKubeconfig(remote, signal),
        endpoint: `https://${controlPlaneEndpoint(cluster.endpoint)}`,
        version: seen.version.replace(/^v/, ""),
        caHash: seen.caHash,
        clusterId: clusterIdOf(uid, seen.caHash),
      };
    });
  }

  /**
   * Takes the whole cluster off its control planes; those of others are left alone. Workers are gone by then, but for
   * those that were prepared and never joined.
   */
  async removeControlPlane(request: ControlPlaneRequest, { signal, report }: WorkOptions): Promise<void> {
    const { cluster, hosts, workers } = request;
    this.#looks.clear();
    const removed = await Promise.allSettled(
      [...hosts, ...workers].map((node) =>
        unlessBusy(() => takeOff(node, cluster, { connector: this.connector, signal, report })),
      ),
    );
    // A worker that cannot be reached has been given up before, by its own resource.
    const isHandled = (index: number, why: unknown) =>
      index >= hosts.length && why instanceof RemoteFailure && why.kind === "unreachable";
    const failures = removed.flatMap((result, index) =>
      result.status === "rejected" && !isHandled(index, result.reason) ? [result.reason] : [],
    );
    signal.throwIfAborted();
    if (failures.length === 0) return;
    const messages = failures.map(messageOf);
    throw new Error(
      `${messages.join("; ")}. Fix: bring the host back and destroy again; one that is gone for good is forgotten by \`pulumi state delete\``,
      { cause: failures[0] },
    );
  }

  async lookAtWorker(request: WorkerRequest, signal: AbortSignal): Promise<Look> {
    const input = await this.#workerInput(request, this.#lookRecently, signal);
    const plan = planWorker(input);
    const { sight, host, cluster } = input;
    const sights: Sights = {
      hosts: { [host.name]: sight },
      cluster: input.seen,
      healthy: [],
      virtualAddressAnswers: undefined,
    };
    return {
      plan,
      health: healthOf([host], plan, sights),
      unreachable: sight.reachable ? {} : { [host.name]: sight.why },
      found: !sight.reachable || sight.facts.marker?.cluster === cluster.name,
    };
  }

  /** @throws PlanRefused when what the host looks like now stands against it */
  applyWorker(request: WorkerRequest, options: ChangeOptions): Promise<void> {
    return unlessBusy(() => this.#applyWorkerOnce(request, options));
  }

  async #applyWorkerOnce(request: WorkerRequest, options: ChangeOptions): Promise<void> {
    const { cluster, host, controlPlanes } = request;
    const input = await this.#workerInput(request, this.#lookNow, options.signal);
    const plan = planWorker(input);
    assertPlan(subjectOf.worker(host.name), plan);
    options.begin(plan);
    if (plan.stages.length === 0) return;
    await this.#through(controlPlanes, options.signal, (shell) => {
      if (shell === undefined) throw new Error(`${host.name}: no control plane of ${cluster.name} answers`);
      return applyWorker(input, plan, shell, this.#gate(cluster), this.#with(options));
    });
    this.#looks.clear();
  }

  async removeWorker({ cluster, host, controlPlanes }: WorkerRequest, options: WorkOptions): Promise<void> {
    await unlessBusy(() =>
      this.#through(controlPlanes, options.signal, (shell) =>
        removeWorker({ cluster, host }, shell, this.#gate(cluster), this.#with(options)),
      ),
    );
    this.#looks.clear();
  }

  #with(options: WorkOptions): ApplyOptions {
    return { connector: this.connector, ...options };
  }

  #gate(cluster: OnpremClusterSpec) {
    return this.#gates.of(cluster.name, cluster.maxUnavailable);
  }

  #look(input: ControlPlaneInput): { readonly look: Look } {
    const { cluster, hosts, abandoned, sights } = input;
    const plan = planControlPlane(input);
    const all = hosts.map(({ name }) => ({ name, sight: sights.hosts[name] }));
    const unreachable = Object.fromEntries(
      all.flatMap(({ name, sight }) => (sight?.reachable === false ? [[name, sight.why]] : [])),
    );
    const knows = all.some(({ sight }) => sight?.reachable === true && sight.facts.marker?.cluster === cluster.name);
    const found = knows || Object.keys(unreachable).length > 0;
    return { look: { plan, health: healthOf([...hosts, ...abandoned], plan, sights), unreachable, found } };
  }

  async #controlPlaneInput(
    request: ControlPlaneRequest,
    look: Looker,
    signal: AbortSignal,
  ): Promise<ControlPlaneInput> {
    const { cluster, hosts, before, unlisted } = request;
    const leaving = before.filter(({ name }) => !hosts.some((host) => host.name === name));
    const artifacts = await this.artifactsOf(cluster);
    const [sights, others] = await Promise.all([
      look(cluster, [...hosts, ...leaving], signal),
      look(cluster, unlisted, signal),
    ]);
    const abandoned = unlisted.filter((worker) => wasOnlyPrepared(cluster, worker, others.hosts[worker.name]));
    return { ...request, abandoned, sights, artifacts };
  }

  async #workerInput(request: WorkerRequest, look: Looker, signal: AbortSignal): Promise<WorkerInput> {
    const { cluster, host, controlPlanes } = request;
    const artifacts = await this.artifactsOf(cluster);
    const [own, others] = await Promise.all([
      look(cluster, [host], signal),
      this.#lookRecently(cluster, controlPlanes, signal),
    ]);
    const sight = own.hosts[host.name];
    if (sight === undefined) throw new Error(`${host.name} was not looked at`);
    return { ...request, sight, seen: others.cluster, artifacts };
  }

  readonly #lookNow: Looker = async (cluster, nodes, signal) =>
    lookAtHosts(this.connector, cluster, nodes, await this.artifactsOf(cluster), signal);

  /** As they are now, or were a moment ago. */
  readonly #lookRecently: Looker = (cluster, nodes, signal) =>
    this.#looks.of([cluster, nodes], () => this.#lookNow(cluster, nodes, signal));

  /**
   * Works through the first control plane that answers; through none where no
   * host of them has ever made a cluster.
   */
  async #through<T>(
    controlPlanes: readonly NodeSpec[],
    signal: AbortSignal,
    work: (shell: ControlPlaneShell | undefined) => Promise<T>,
  ): Promise<T> {
    const silent: string[] = [];
    for (const { name, host } of controlPlanes) {
      try {
        const done = await this.connector.use({ name, host, signal }, async (remote) => {
          const shell = { remote, address: host.address, signal };
          if ((await readMarker(remote)) === undefined) return undefined;
          if (await apiServerIsReady(shell)) return { result: await work(shell) };
          silent.push(`${name}: its API server does not answer`);
          return undefined;
        });
        if (done !== undefined) return done.result;
      } catch (error) {
        if (!(error instanceof RemoteFailure) || error.host !== name || error.kind === "exit") throw error;
        silent.push(error.message);
      }
    }
    if (silent.length > 0) throw new Error(`no control plane can be worked through: ${silent.join("; ")}`);
    return work(undefined);
  }
}
