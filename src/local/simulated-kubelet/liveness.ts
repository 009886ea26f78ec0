import { setTimeout as sleep } from "node:timers/promises";

/** One process, as the watch needs to see it. */
export interface WatchedProcess {
  readonly name: string;
  readonly pid: number;
}

export interface LivenessOptions {
  /** The cluster's living processes. */
  readonly processes: () => readonly WatchedProcess[];
  /** True while somebody creates, mends or removes the cluster: then it is theirs to judge. */
  readonly isBeingChanged: () => boolean;
  readonly end: (pid: number) => void;
  readonly everyMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Ends an API server whose store is gone, as a real kubelet does by its liveness
 * probe: alone it would keep every caller waiting for a minute, and a caller that
 * is refused at once knows what to think. Looks twice before it acts.
 */
export async function watchApiServer(options: LivenessOptions): Promise<void> {
  const { processes, isBeingChanged, end, everyMs, signal } = options;
  let suspect: number | undefined;
  while (signal?.aborted !== true) {
    await sleep(everyMs, undefined, { ref: false });
    const found = processes();
    const api = found.find(({ name }) => name === "kube-apiserver");
    const hasStore = found.some(({ name }) => name === "etcd");
    if (api === undefined || hasStore || isBeingChanged()) suspect = undefined;
    else if (suspect === api.pid) end(api.pid);
    else suspect = api.pid;
  }
}
