import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { canonicalPath, isMissing } from "./files.js";
import { Layout } from "./layout.js";
import { withLock } from "./lock.js";
import { startTimeOf } from "./process-table.js";
import { findProcesses, stopProcesses } from "./processes.js";
import type { EnsureOptions } from "./spec.js";

const lockTimeoutSeconds = 60;

/**
 * Ends every process of a cluster and removes its directory, whatever state it is in.
 *
 * @returns "absent" when there was neither process nor directory.
 * @throws when the directory holds something else than a cluster: it is not ours to remove.
 */
export async function destroyCluster(
  dataDirectory: string,
  options: EnsureOptions = {},
): Promise<"destroyed" | "absent"> {
  const layout = new Layout(await canonicalPath(dataDirectory));
  const isThere = (): boolean => listIfPresent(layout.dataDirectory) !== undefined || findProcesses(layout).length > 0;
  if (!isThere()) {
    removeLeftLocks(layout);
    return "absent";
  }
  const lock = {
    timeoutSeconds: lockTimeoutSeconds,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const outcome = await withLock(layout, lock, async (): Promise<"destroyed" | "absent"> => {
    if (!isThere()) return "absent"; // another did it while this one waited
    refuseForeignDirectory(layout);
    options.onProgress?.("ending the control plane's processes and removing their data");
    // Their data goes with them, so there is nothing to shut down in order. Files
    // are removed while the killed give back their memory; what one of them may
    // still have written until then goes at the end.
    await Promise.all([stopProcesses(findProcesses(layout), 0), removeWhatCanBe(layout)]);
    removeContents(layout);
    rmSync(layout.dataDirectory, removal);
    return "destroyed";
  });
  removeLeftLocks(layout);
  return outcome;
}

function listIfPresent(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A mistyped path must not cost anybody's files. */
function refuseForeignDirectory(layout: Layout): void {
  const entries = listIfPresent(layout.dataDirectory) ?? [];
  if (entries.includes(basename(layout.record)) || entries.every((entry) => isHalfWrittenRecord(layout, entry))) return;
  throw new Error(
    `${layout.dataDirectory} holds files but no cluster (no ${basename(layout.record)}): remove them by hand if they are not needed`,
  );
}

/** All that a create leaves which was killed before the record had its name. */
export function isHalfWrittenRecord(layout: Layout, entry: string): boolean {
  const record = basename(layout.record);
  return entry.startsWith(`${record}.`) && entry.endsWith(".tmp");
}

const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };

/** All but the record, which goes last: a removal that is cut short must still look like a cluster's. */
function removeContents(layout: Layout): void {
  for (const entry of listIfPresent(layout.dataDirectory) ?? []) {
    if (entry !== basename(layout.record)) rmSync(join(layout.dataDirectory, entry), removal);
  }
}

async function removeWhatCanBe(layout: Layout): Promise<void> {
  try {
    removeContents(layout);
  } catch {
    // one of the dying wrote beside the remover: the next time gets it
  }
}

/** Files of lock takers that were killed between writing and linking them. */
function removeLeftLocks(layout: Layout): void {
  const directory = dirname(layout.lock);
  const prefix = `${basename(layout.lock)}.`;
  const entries = listIfPresent(directory) ?? [];
  const left = entries.filter((entry) => {
    const pid = Number(entry.slice(prefix.length).split(".")[0]);
    return entry.startsWith(prefix) && Number.isInteger(pid) && startTimeOf(pid) === undefined;
  });
  for (const entry of left) rmSync(join(directory, entry), { force: true });
}
