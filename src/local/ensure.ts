import { ensureEncryptionKey, rewriteSecrets } from "./encryption.js";
import { ensureNodes, listPoolNodes } from "./ensure-nodes.js";
import { canonicalPath, ensureFile } from "./files.js";
import { Probes } from "./health.js";
import { adminKubeconfig } from "./kubeconfig.js";
import { Layout, portNames, portOwner, processNames } from "./layout.js";
import { withLock } from "./lock.js";
import { isSchedulable, renderNodes } from "./nodes.js";
import { ensureAccess, ensureMetricsApi } from "./objects.js";
import { describe } from "./observe.js";
import { ensurePki } from "./pki.js";
import { prepareCommand } from "./plans.js";
import { isPortFree } from "./ports.js";
import { type ClusterRecord, writeRecord } from "./record.js";
import { settle } from "./settle.js";
import { simulatedKubeletProgram } from "./simulated-kubelet-program.js";
import type { EnsureOptions, LocalBinaries, LocalClusterSpec, LocalClusterState } from "./spec.js";
import { ProcessEnded, Supervisor } from "./supervisor.js";

const lockTimeoutSeconds = 180;
/** A port can be taken between picking it and using it; not again and again. */
const portAttempts = 4;

/**
 * Makes the cluster in `spec.dataDirectory` what the spec says: creates it, mends
 * what is down or hung, changes pools, settings and version in place. It may be
 * killed at any point and run again; what is as it should be is left alone.
 *
 * @returns the state once the API server, all nodes and the metrics API are ready.
 * @throws when the directory belongs to another owner, the version is older than
 * the cluster's, another process works on the cluster for too long, or a
 * component does not start (the message quotes its log).
 */
export async function ensureCluster(
  spec: LocalClusterSpec,
  binaries: LocalBinaries,
  options: EnsureOptions = {},
): Promise<LocalClusterState> {
  const layout = new Layout(await canonicalPath(spec.dataDirectory));
  const lock = {
    timeoutSeconds: lockTimeoutSeconds,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  return withLock(layout, lock, async () => {
    for (let attempt = 1; ; attempt += 1) {
      const record = await settle(layout, spec, binaries);
      try {
        return await converge(layout, record, options);
      } catch (error) {
        if (attempt === portAttempts || !(await lostItsPort(error, record))) throw error;
        options.onProgress?.("a port was taken meanwhile, choosing another");
      }
    }
  });
}

/** Whether a process ended because somebody else has its port: the next attempt picks another. */
async function lostItsPort(error: unknown, { ports }: ClusterRecord): Promise<boolean> {
  if (!(error instanceof ProcessEnded)) return false;
  const own = portNames.filter((name) => portOwner[name] === error.process);
  const free = await Promise.all(own.map((name) => isPortFree(ports[name])));
  return free.includes(false);
}

async function converge(layout: Layout, record: ClusterRecord, options: EnsureOptions): Promise<LocalClusterState> {
  await ensurePki(layout, record.spec);
  const context = {
    layout,
    spec: record.spec,
    ports: record.ports,
    binaries: record.binaries,
    node: process.execPath,
    simulatedKubeletProgram: simulatedKubeletProgram(),
    encryptionKey: await ensureEncryptionKey(layout),
  };
  const commands = await Promise.all(processNames.map((name) => prepareCommand(name, context)));
  await ensureFile(layout.kubeconfig, await adminKubeconfig(layout, record.ports, record.spec.id));
  const probes = await Probes.open(layout, record.ports);
  try {
    const supervisor = new Supervisor(
      layout,
      new Map(commands.map((command) => [command.name, command])),
      probes,
      options.signal,
    );
    await bringUp(layout, record, supervisor, probes, options);
    return await describe(layout, record, probes);
  } finally {
    probes.close();
  }
}

async function bringUp(
  layout: Layout,
  { spec, ports, ...record }: ClusterRecord,
  supervisor: Supervisor,
  probes: Probes,
  { onProgress = () => undefined, signal }: EnsureOptions,
): Promise<void> {
  const { api } = probes;
  if (!supervisor.isCurrent("kube-apiserver")) onProgress("starting the control plane");
  await Promise.all([supervisor.ensure("etcd"), supervisor.start("simulated-kubelet")]);
  await supervisor.ensure("kube-apiserver");
  onProgress("API server ready");

  await ensureAccess(api);
  await Promise.all([
    supervisor.start("kwok"),
    supervisor.ensure("kube-controller-manager"),
    supervisor.ensure("kube-scheduler"),
    supervisor.healthy("simulated-kubelet"),
    supervisor.ensure("metrics-server").then(() => ensureMetricsApi(api, layout, ports)),
    ensureNodes(api, renderNodes(spec, ports["simulated-kubelet"]), onProgress, signal),
  ]);

  await nodesReady(supervisor, probes);
  onProgress("nodes ready");
  await supervisor.until("the metrics API answers", "metrics-server", () =>
    api.answersOk("/apis/metrics.k8s.io/v1beta1/nodes", 2_000),
  );
  if (record.secretsEncrypted !== spec.secretsEncryption) {
    onProgress("storing Secrets anew");
    await rewriteSecrets(api);
    await writeRecord(layout, { ...record, spec, ports, secretsEncrypted: spec.secretsEncryption });
  }
  await supervisor.refuseEnded();
  onProgress("metrics API ready");
}

/** kwok makes nodes ready and the controller manager opens them for pods, so this waits for both. */
async function nodesReady(supervisor: Supervisor, { api }: Probes): Promise<void> {
  const all = async (): Promise<boolean> => (await listPoolNodes(api)).every(isSchedulable);
  if (!supervisor.wasStarted("kwok")) {
    // It has no listener to ask: when it does nothing for its nodes, it hangs.
    const deadline = performance.now() + 10_000;
    while (!(await all())) if (performance.now() > deadline) return restartKwok(supervisor, all);
  }
  await supervisor.until("all nodes are ready", "kwok", all);
}

async function restartKwok(supervisor: Supervisor, all: () => Promise<boolean>): Promise<void> {
  await supervisor.restart("kwok");
  await supervisor.until("all nodes are ready", "kwok", all);
}
