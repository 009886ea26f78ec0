import { setTimeout as sleep } from "node:timers/promises";
import { drainingAnnotation, poolLabel } from "../core/labels.js";
import { type ApiClient, ApiError } from "./api-client.js";
import { type LiveNode, type Node, type NodeChange, planNodes } from "./nodes.js";

/** How long a pod disruption budget may hold up the removal of a node. */
const evictionPatienceSeconds = 20;
const drainTimeoutSeconds = 60;
const pollMs = 50;
/** Requests at once; a pool may have hundreds of nodes. */
const parallelism = 8;

export async function listPoolNodes(api: ApiClient, timeoutMs?: number): Promise<readonly LiveNode[]> {
  const list = await api.get<{ items: readonly LiveNode[] }>(`/api/v1/nodes?labelSelector=${poolLabel}`, timeoutMs);
  return list.items;
}

/** Creates, alters in place and drains away nodes until the pools are as desired. */
export async function ensureNodes(
  api: ApiClient,
  desired: readonly Node[],
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const plan = planNodes(desired, await listPoolNodes(api));
  if (plan.create.length > 0) onProgress(`creating ${count(plan.create.length, "node")}`);
  await inParallel(plan.create, (node) => createNode(api, node));
  if (plan.change.length > 0) onProgress(`changing ${count(plan.change.length, "node")}`);
  await inParallel(plan.change, (change) => changeNode(api, change));
  if (plan.remove.length > 0) {
    onProgress(`draining ${count(plan.remove.length, "node")}`);
    await removeNodes(api, plan.remove, signal);
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallelism, items.length) }, worker));
}

async function createNode(api: ApiClient, node: Node): Promise<void> {
  try {
    await api.create("/api/v1/nodes", node);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    throw new Error(
      `node ${node.metadata.name} exists, but belongs to no pool (it has no label ${poolLabel}): delete it or rename the pool`,
    );
  }
}

async function changeNode(api: ApiClient, { name, patch, statusPatch }: NodeChange): Promise<void> {
  if (patch !== undefined) await api.patch(`/api/v1/nodes/${name}`, patch);
  // Allocatable and capacity are maps, which a merge patch changes key by key.
  if (statusPatch !== undefined) await api.patch(`/api/v1/nodes/${name}/status`, statusPatch);
}

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
}

async function removeNodes(api: ApiClient, names: readonly string[], signal?: AbortSignal): Promise<void> {
  // All of them first, so that no pod moves from one to the next.
  const cordon = { metadata: { annotations: { [drainingAnnotation]: "true" } }, spec: { unschedulable: true } };
  await inParallel(names, (name) => api.patch(`/api/v1/nodes/${name}`, cordon));
  await inParallel(names, async (name) => {
    await drain(api, name, signal);
    await api.delete(`/api/v1/nodes/${name}`);
  });
}

async function podsToMove(api: ApiClient, node: string): Promise<readonly Pod[]> {
  const list = await api.get<{ items: readonly Pod[] }>(`/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`);
  // Their controller would put them right back; they go with the node.
  return list.items.filter((pod) => pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") !== true);
}

/** Evicts a node's pods, so that their controllers start others elsewhere, and waits until they are gone. */
async function drain(api: ApiClient, node: string, signal?: AbortSignal): Promise<void> {
  const started = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const pods = await podsToMove(api, node);
    if (pods.length === 0) return;
    const seconds = (performance.now() - started) / 1000;
    if (seconds > drainTimeoutSeconds) {
      const names = pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
      throw new Error(`node ${node} could not be drained within ${drainTimeoutSeconds} s; still there: ${names}`);
    }
    await inParallel(pods, (pod) => evict(api, pod, seconds > evictionPatienceSeconds));
    await sleep(pollMs);
  }
}

async function evict(api: ApiClient, { metadata: { name, namespace } }: Pod, force: boolean): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  if (force) return api.delete(path);
  try {
    await api.create(`${path}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } });
  } catch (error) {
    // 429: a disruption budget says not now; 404: it is gone.
    if (!(error instanceof ApiError && (error.status === 429 || error.status === 404))) throw error;
  }
}
