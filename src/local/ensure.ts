import { BringUp } from "./bring-up.js";
import { ensureEncryptionKey } from "./encryption.js";
import { canonicalPath, ensureFile } from "./files.js";
import { Probes } from "./health.js";
import { adminKubeconfig } from "./kubeconfig.js";
import { Layout, portNames, portOwner, processNames } from "./layout.js";
import { withLock } from "./lock.js";
import { describe } from "./observe.js";
import { ensurePki } from "./pki.js";
import { prepareCommand } from "./plans.js";
import { awaitReleased, isPortFree } from "./ports.js";
import type { ClusterRecord } from "./record.js";
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
  ensurePki(layout, record.spec);
  const context = {
    layout,
    spec: record.spec,
    ports: record.ports,
    binaries: record.binaries,
    node: process.execPath,
    simulatedKubeletProgram: simulatedKubeletProgram(),
    encryptionKey: ensureEncryptionKey(layout),
  };
  const commands = processNames.map((name) => prepareCommand(name, context));
  ensureFile(layout.kubeconfig, adminKubeconfig(layout, record.ports, record.spec.id));
  const probes = Probes.open(layout, record.ports);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const commandsByName = new Map(commands.map((command) => [command.name, command]));
  const supervisor = new Supervisor(layout, commandsByName, probes, signal);
  await awaitReleased(record.ports, (name) => supervisor.found(portOwner[name]).length > 0);
  const onProgress = options.onProgress ?? (() => undefined);
  try {
    await new BringUp(layout, record, supervisor, probes, stop, signal, onProgress).run();
    return await describe(layout, record, probes);
  } finally {
    probes.close();
  }
}
