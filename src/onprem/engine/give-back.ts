import { distroOf } from "../distro/distro-of.js";
import { observeRemote } from "../facts/observe-host.js";
import { watchAll } from "../facts/watched.js";
import type { PhaseTools } from "../phases/phase.js";
import { restoreHost } from "../phases/restore.js";

/** Gives a host that is no node any more back to its owner; a host that nobody claimed is left as it is. */
export async function giveBack(tools: PhaseTools): Promise<void> {
  const sight = await observeRemote(tools.remote, watchAll(), tools.signal);
  if (!sight.reachable) throw new Error(`${tools.remote.name}: ${sight.why}`);
  const { marker } = sight.facts;
  const distro = distroOf(sight.facts);
  if (marker === undefined || distro === undefined) return;
  await restoreHost(marker, distro, tools);
}
