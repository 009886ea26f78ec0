import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ApiClient } from "../../../src/local/api-client.js";
import {
  destroyCluster,
  ensureCluster,
  type LocalBinaries,
  type LocalPoolSpec,
  observeCluster,
} from "../../../src/local/index.js";
import { Layout } from "../../../src/local/layout.js";
import { withLock } from "../../../toolchain/lock.js";
import { authoritiesFolder } from "./environment.js";
import { startLoadBalancers } from "./load-balancers/start.js";
import type { CloudRules, SimulatedPool } from "./model.js";
import { type CloudStore, type LeakedLoadBalancer, WorkingState } from "./store.js";
import type { SimulatedResource } from "./world.js";

/** What of this machine the plugins need, written down by whoever sets up the simulated cloud. */
export interface Machine {
  /** Kubernetes minor to full version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Executables by minor, of the minors that are there. */
  readonly binaries: Readonly<Record<string, LocalBinaries>>;
  /** Schema file by package. */
  readonly schemas: Readonly<Record<string, string>>;
  /** Program that gives addresses to Services of type LoadBalancer. */
  readonly loadBalancers: string;
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly type?: string };
}

const localZoneLabel = "topology.kubernetes.io/zone";

/** Directory of the control plane behind a cluster; another cluster of the same name has another. */
export function directoryBehind(directory: string, cluster: SimulatedResource): string {
  const own = createHash("sha256").update(`${cluster.token} ${cluster.id} ${cluster.createdAt}`).digest("hex");
  return join(directory, "clusters", own.slice(0, 12));
}

/** Where clients find the authority of a cluster whose cloud gives it a publicly trusted certificate. */
function authorityBehind(directory: string): string {
  return join(dirname(dirname(directory)), authoritiesFolder, `${basename(directory)}.pem`);
}

/** The real control planes behind the clusters of one simulated cloud. */
export class Clusters {
  constructor(
    readonly rules: CloudRules,
    readonly store: CloudStore,
    readonly machine: Machine,
  ) {}

  /** Makes what runs be what the state says: version, nodes. Unknown clusters have nothing behind them. */
  async sync(handle: string, signal: AbortSignal): Promise<void> {
    const first = this.#find(handle);
    if (first === undefined) return;
    const directory = directoryBehind(this.store.directory, first);
    await withLock(`${directory}.sync`, { pollMilliseconds: 50, signal }, async () => {
      // Pools may have come or gone while this one waited.
      const cluster = this.#find(handle);
      if (cluster === undefined || cluster.broken !== undefined) return;
      const access = await this.#ensure(cluster, directory, signal);
      await this.store.change((before) => {
        const state = new WorkingState(this.rules, before, this.machine.versions);
        const now = state.find(handle, cluster.token);
        if (now !== undefined) state.put({ ...now, access });
        return { state: state.after(), result: undefined };
      });
    });
    startLoadBalancers(this.store.directory, this.machine.loadBalancers);
  }

  async #ensure(cluster: SimulatedResource, directory: string, signal: AbortSignal) {
    const state = this.#state();
    const behind = this.rules.resources[cluster.token]?.cluster?.spec(cluster, state);
    const version = behind === undefined ? undefined : this.machine.versions[behind.minor];
    if (behind === undefined || version === undefined) {
      throw new Error(`simulated ${this.rules.cloud}: Kubernetes ${behind?.minor} is not offered`);
    }
    const binaries = this.machine.binaries[behind.minor];
    if (binaries === undefined) {
      throw new Error(
        `simulated ${this.rules.cloud}: this machine has no control plane of Kubernetes ${behind.minor} to run behind ${cluster.id}`,
      );
    }
    const pools = [...behind.pools, ...this.#poolsOf(cluster, state)].flatMap((pool) =>
      localPools(pool, cluster.region),
    );
    const live = await ensureCluster(
      {
        id: `simulated-${this.rules.cloud}-${directory.slice(-12)}`,
        dataDirectory: directory,
        owner: `simulated ${this.rules.cloud}: ${cluster.id}`,
        kubernetesVersion: version,
        pools,
        podCidr: behind.podCidr ?? "10.244.0.0/16",
        serviceCidr: behind.serviceCidr ?? "10.96.0.0/16",
        auditLogs: behind.auditLogs ?? false,
        secretsEncryption: behind.secretsEncryption ?? false,
        // Shorter than a cloud's: tests wait for them.
        hpaSyncPeriodSeconds: 5,
        hpaDownscaleStabilizationSeconds: 300,
        metricsResolutionSeconds: 10,
      },
      binaries,
      { signal },
    );
    const authority = authorityBehind(directory);
    mkdirSync(dirname(authority), { recursive: true });
    writeFileSync(authority, live.certificateAuthority);
    return {
      endpoint: live.endpoint,
      certificateAuthorityData: Buffer.from(live.certificateAuthority).toString("base64"),
    };
  }

  #poolsOf(cluster: SimulatedResource, state: WorkingState): readonly SimulatedPool[] {
    const handles = state.handlesOf(cluster);
    return state.resources.flatMap((resource) => {
      const found = this.rules.resources[resource.token]?.pool?.(resource, state);
      return found !== undefined && resource.broken === undefined && handles.includes(found.cluster)
        ? [found.pool]
        : [];
    });
  }

  /** Ends the control plane; load balancers of Services that still exist stay behind, as those of a cloud would. */
  async destroy(cluster: SimulatedResource, signal: AbortSignal): Promise<void> {
    const directory = directoryBehind(this.store.directory, cluster);
    const leaked = existsSync(directory) ? await this.#loadBalancersOf(cluster, directory) : [];
    await withLock(`${directory}.sync`, { pollMilliseconds: 50, signal }, () => destroyCluster(directory, { signal }));
    rmSync(authorityBehind(directory), { force: true });
    if (leaked.length === 0) return;
    await this.store.change((before) => ({
      state: { ...before, loadBalancers: [...before.loadBalancers, ...leaked] },
      result: undefined,
    }));
  }

  async #loadBalancersOf(cluster: SimulatedResource, directory: string): Promise<readonly LeakedLoadBalancer[]> {
    const port = (await observeCluster(directory))?.ports["kube-apiserver"];
    if (port === undefined) return [];
    const client = ApiClient.open(new Layout(directory), port, "admin");
    try {
      const { items } = await client.get<{ items: readonly Service[] }>("/api/v1/services");
      const networks = this.rules.resources[cluster.token]?.cluster?.networks(cluster) ?? [];
      return items
        .filter(({ spec }) => spec.type === "LoadBalancer")
        .map(({ metadata }) => ({ cluster: cluster.id, service: `${metadata.namespace}/${metadata.name}`, networks }));
    } catch {
      // A control plane that never came up balances nothing.
      return [];
    } finally {
      client.close();
    }
  }

  #state(): WorkingState {
    return new WorkingState(this.rules, this.store.read(), this.machine.versions);
  }

  #find(handle: string): SimulatedResource | undefined {
    const state = this.#state();
    return state.resources.find(
      (resource) =>
        this.rules.resources[resource.token]?.cluster !== undefined && state.handlesOf(resource).includes(handle),
    );
  }
}

/** One pool of simulated nodes for each zone, so that nodes carry the zone's label. */
function localPools(pool: SimulatedPool, region: string): LocalPoolSpec[] {
  const zones = pool.zones.length === 0 ? [`${region}a`] : pool.zones;
  return zones.map((zone, index) => ({
    name: zones.length === 1 ? pool.name : `${pool.name}-${index + 1}`,
    count: Math.floor(pool.count / zones.length) + (index < pool.count % zones.length ? 1 : 0),
    cpu: pool.cpu,
    memory: pool.memory,
    arch: pool.arch,
    labels: pool.labels,
    taints: pool.taints.map(({ key, value, effect }) =>
      value === undefined ? { key, effect } : { key, value, effect },
    ),
    standardLabels: { "topology.kubernetes.io/region": region, [localZoneLabel]: zone, ...pool.labels },
  }));
}
