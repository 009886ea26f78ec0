import { setTimeout as sleep } from "node:timers/promises";
import { concurrently } from "./concurrently.js";
import { rewriteSecrets } from "./encryption.js";
import { ensureNodes, listPoolNodes } from "./ensure-nodes.js";
import { hasFreshHeartbeats, mendedHeartbeatMs, type Probes } from "./health.js";
import type { Layout } from "./layout.js";
import { isSchedulable, renderNodes } from "./nodes.js";
import { closeHealthReaders, ensureAccess, ensureMetricsApi } from "./objects.js";
import { type ClusterRecord, writeRecord } from "./record.js";
import type { Supervisor } from "./supervisor.js";

const pollMs = 25;
const probeTimeoutMs = 2_000;
/** kwok has no listener to ask: nodes that stay unready or without a heartbeat for this long tell that it hangs. */
const kwokHungAfterSeconds = 20;

/**
 * The order in which a control plane comes up, or is mended: each process is
 * kept if it is as it should be, and started when what it needs is there.
 */
export class BringUp {
  constructor(
    private readonly layout: Layout,
    private readonly record: ClusterRecord,
    private readonly supervisor: Supervisor,
    private readonly probes: Probes,
    /** Tells everything here to stop when one thing fails. */
    private readonly stop: AbortController,
    private readonly signal: AbortSignal,
    private readonly onProgress: (message: string) => void,
  ) {}

  async run(): Promise<void> {
    const { supervisor, stop } = this;
    if (!supervisor.isCurrent("kube-apiserver")) this.onProgress("starting the control plane");
    await concurrently(stop, supervisor.ensure("etcd"), this.startApiServer());
    await concurrently(
      stop,
      this.startNodes().then(() => this.startMetrics()),
      this.startControllers(),
    );
    await this.nodesReady();
    await supervisor.until("the metrics API answers", "metrics-server", () =>
      this.probes.api.answersOk("/apis/metrics.k8s.io/v1beta1/nodes", probeTimeoutMs),
    );
    await this.storeSecrets();
    await supervisor.refuseEnded();
    this.onProgress("metrics API ready");
  }

  /**
   * Beside etcd, which is there by the time the API server asks for it. Until
   * administrators are served: what needs no built-in role starts while the API
   * server still writes those.
   */
  private async startApiServer(): Promise<void> {
    const { supervisor } = this;
    await supervisor.start("kube-apiserver");
    if (!supervisor.wasStarted("kube-apiserver")) await supervisor.healthy("kube-apiserver");
    await supervisor.until("kube-apiserver takes objects", "kube-apiserver", () =>
      this.probes.api.answersOk("/readyz/informer-sync", probeTimeoutMs),
    );
  }

  private async startNodes(): Promise<void> {
    const { supervisor, probes, record } = this;
    await ensureAccess(probes.api);
    const nodes = renderNodes(record.spec, record.ports["simulated-kubelet"]);
    await concurrently(
      this.stop,
      supervisor.start("kwok"),
      supervisor.ensure("simulated-kubelet"),
      ensureNodes(probes.api, nodes, this.onProgress, this.signal),
    );
  }

  /** After the nodes: those it does not know at its start it would measure only one round, 10 s or more, later. */
  private async startMetrics(): Promise<void> {
    const { supervisor, probes } = this;
    await supervisor.ensure("metrics-server");
    // Its Service lives in a namespace the API server has yet to make.
    await supervisor.until("kube-system exists", "kube-apiserver", () =>
      probes.api.answersOk("/api/v1/namespaces/kube-system", probeTimeoutMs),
    );
    await ensureMetricsApi(probes.api, this.layout, this.record.ports);
  }

  private async startControllers(): Promise<void> {
    const { supervisor, probes } = this;
    await supervisor.healthy("kube-apiserver");
    this.onProgress("API server ready");
    await concurrently(
      this.stop,
      supervisor.ensure("kube-controller-manager"),
      supervisor.ensure("kube-scheduler"),
      closeHealthReaders(probes.api),
    );
  }

  /** kwok makes nodes ready, and the controller manager opens them for pods and makes what every pod needs. */
  private async nodesReady(): Promise<void> {
    const { supervisor, probes } = this;
    const ready = async (): Promise<boolean> => {
      const nodes = await listPoolNodes(probes.api);
      // After a long outage of the API server the last heartbeat is old, though the node still counts as ready.
      return nodes.every(isSchedulable) && hasFreshHeartbeats(nodes, Date.now(), mendedHeartbeatMs);
    };
    if (!supervisor.wasStarted("kwok") && !(await this.within(kwokHungAfterSeconds, ready))) {
      await supervisor.restart("kwok");
    }
    await supervisor.until("all nodes are ready", "kwok", ready);
    await supervisor.until("the default service account exists", "kube-controller-manager", () =>
      probes.api.answersOk("/api/v1/namespaces/default/serviceaccounts/default", probeTimeoutMs),
    );
    this.onProgress("nodes ready");
  }

  private async within(seconds: number, look: () => Promise<boolean>): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline) {
      if (await look()) return true;
      this.signal.throwIfAborted();
      await sleep(pollMs);
    }
    return false;
  }

  /** After encryption was switched on or off, Secrets stored before still are as they were. */
  private async storeSecrets(): Promise<void> {
    const { spec, secretsEncrypted } = this.record;
    if (secretsEncrypted === spec.secretsEncryption) return;
    this.onProgress("storing Secrets anew");
    await rewriteSecrets(this.probes.api);
    writeRecord(this.layout, { ...this.record, secretsEncrypted: spec.secretsEncryption });
  }
}
