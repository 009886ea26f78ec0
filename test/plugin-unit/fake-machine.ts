import { setTimeout as sleep } from "node:timers/promises";
import type { LocalClusterSpec, LocalClusterState } from "../../src/local/spec.js";
import type { ControlPlaneMachine } from "../../src/plugin/control-plane/port.js";
import { releases, running } from "./control-plane/inputs.js";

/** A machine in memory: what the plugin asks of it can be watched, and made to fail. */
export class FakeMachine implements ControlPlaneMachine {
  readonly clusters = new Map<string, LocalClusterSpec>();
  /** Processes of every cluster that do not live. */
  readonly down = new Set<keyof typeof running>();
  /** Thrown by the next `ensure`, before or after the folder is written. */
  failure: { readonly message: string; readonly when: "before" | "after" } | undefined;
  /** How long `ensure` takes; it can be aborted meanwhile. */
  ensureMs = 0;

  releases = async () => releases;
  dataDirectory = (clusterName: string) => `/clusters/${clusterName}`;
  ownerOf = (urn: string) => `${urn} in /project`;

  async ensure(
    spec: LocalClusterSpec,
    { signal, onProgress }: { signal: AbortSignal; onProgress: (message: string) => void },
  ): Promise<LocalClusterState> {
    const known = this.clusters.get(spec.dataDirectory);
    if (known !== undefined && known.owner !== spec.owner) throw new Error(`it belongs to ${known.owner}`);
    if (this.failure?.when === "before") throw new Error(this.failure.message);
    this.clusters.set(spec.dataDirectory, spec);
    onProgress("starting etcd");
    await sleep(this.ensureMs, undefined, { signal });
    if (this.failure !== undefined) throw new Error(this.failure.message);
    this.down.clear();
    onProgress("everything runs");
    return this.#see(spec);
  }

  observe = async (dataDirectory: string) => {
    const spec = this.clusters.get(dataDirectory);
    return spec === undefined ? undefined : this.#see(spec);
  };

  probe = async (dataDirectory: string) => {
    const exists = this.clusters.has(dataDirectory);
    return Object.fromEntries(
      Object.keys(running).map((name) => {
        const isDown = !exists || [...this.down].some((each) => each === name);
        return [name, isDown ? ("down" as const) : ("running" as const)];
      }),
    );
  };

  recorded = async (dataDirectory: string) => this.clusters.get(dataDirectory);

  destroy = async (dataDirectory: string) => {
    this.clusters.delete(dataDirectory);
  };

  #see(spec: LocalClusterSpec): LocalClusterState {
    const status = (name: keyof typeof running) => (this.down.has(name) ? ("down" as const) : ("running" as const));
    return {
      endpoint: "https://127.0.0.1:6443",
      kubeconfig: `kubeconfig of ${spec.id}`,
      certificateAuthority: "",
      kubernetesVersion: spec.kubernetesVersion,
      components: {
        etcd: status("etcd"),
        "kube-apiserver": status("kube-apiserver"),
        "kube-controller-manager": status("kube-controller-manager"),
        "kube-scheduler": status("kube-scheduler"),
        kwok: status("kwok"),
        "metrics-server": status("metrics-server"),
      },
      nodes: spec.pools.reduce((sum, pool) => sum + pool.count, 0),
      ports: {},
    };
  }
}
