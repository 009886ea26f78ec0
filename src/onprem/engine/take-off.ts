import { resetHost } from "../cluster/reset-host.js";
import type { HostSight } from "../facts.js";
import { withHostLock } from "../host/host-lock.js";
import { readMarker } from "../host/marker.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import { giveBack } from "./give-back.js";
import { markLeaving } from "./members.js";

/**
 * Takes everything of the cluster off a host and gives it back, without a word to the API: of a control plane with the
 * whole cluster, of a worker only where it never joined. A host that is another's, or something else by now, stays as
 * it is.
 */
export async function takeOff(
  { name, host, role }: NodeSpec,
  cluster: OnpremClusterSpec,
  { connector, signal, report }: ApplyOptions,
): Promise<void> {
  const tell = (line: string): void => report(`${name}: ${line}`);
  await connector.use({ name, host, signal }, async (remote) => {
    const marker = await readMarker(remote);
    if (marker?.cluster !== cluster.name || marker.role !== role) return;
    if (role === "worker" && marker.state !== "joining") return;
    await withHostLock(remote, { signal, report: tell }, async (held) => {
      tell("resetting the host");
      // A worker stays "joining": that is how the next run knows it again, should this one be cut off.
      if (role === "controlPlane") await markLeaving(remote);
      await resetHost(remote, held, "whole");
      await giveBack({ remote, signal: held, report: tell });
    });
  });
}

/** Whether a host was prepared as this worker and has not begun to join: nobody but the host itself knows of it. */
export function wasOnlyPrepared(cluster: OnpremClusterSpec, { name }: NodeSpec, sight: HostSight | undefined): boolean {
  if (sight?.reachable !== true) return false;
  const { marker, caHash } = sight.facts;
  const isThis = marker?.cluster === cluster.name && marker.node === name && marker.role === "worker";
  return isThis && marker.state === "joining" && caHash === undefined;
}
