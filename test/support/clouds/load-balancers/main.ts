import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../../../../src/local/api-client.js";
import { Layout } from "../../../../src/local/layout.js";
import { recordedSpec } from "../../../../src/local/observe.js";
import { withLock } from "../../../../toolchain/lock.js";

// The simulated clouds' load balancers: every Service of type LoadBalancer in
// any of the simulated clusters gets an address, and keeps its finalizer until
// the load balancer is gone, as under a real cloud's controller. Ends when no
// cluster has been there for a while.

const pollMs = 300;
const idleRoundsBeforeEnd = 100;
const finalizer = "service.kubernetes.io/load-balancer-cleanup";

interface Service {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: load-balancers <directory of the simulated clouds>");
const clusters = join(directory, "clusters");
const clients = new Map<string, { readonly client: ApiClient; readonly isAws: boolean }>();

function directoriesOfClusters(): readonly string[] {
  try {
    return readdirSync(clusters, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(clusters, name));
  } catch {
    return [];
  }
}

async function clientOf(cluster: string): Promise<{ client: ApiClient; isAws: boolean } | undefined> {
  const known = clients.get(cluster);
  if (known !== undefined) return known;
  const spec = await recordedSpec(cluster);
  const layout = new Layout(cluster);
  if (spec === undefined) return undefined;
  const { ports }: { ports: Readonly<Record<string, number>> } = JSON.parse(readFileSync(layout.record, "utf8"));
  const opened = {
    client: ApiClient.open(layout, ports["kube-apiserver"] ?? 0, "admin"),
    isAws: spec.owner.startsWith("simulated aws"),
  };
  clients.set(cluster, opened);
  return opened;
}

async function serve(cluster: string): Promise<void> {
  const opened = await clientOf(cluster);
  if (opened === undefined) return;
  const { client, isAws } = opened;
  // Version 0 is answered from the API server's cache.
  const { items } = await client.get<{ items: readonly Service[] }>("/api/v1/services?resourceVersion=0");
  for (const { metadata, spec, status } of items) {
    const path = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}`;
    const finalizers = metadata.finalizers ?? [];
    if (metadata.deletionTimestamp !== undefined || spec.type !== "LoadBalancer") {
      if (!finalizers.includes(finalizer)) continue;
      await client.patch(path, { metadata: { finalizers: finalizers.filter((each) => each !== finalizer) } });
    } else if ((status?.loadBalancer?.ingress ?? []).length === 0) {
      await client.patch(path, { metadata: { finalizers: [...new Set([...finalizers, finalizer])] } });
      await client.patch(`${path}/status`, { status: { loadBalancer: { ingress: [addressOf(metadata.uid, isAws)] } } });
    }
  }
}

/** Of the block that is reserved for documentation: nobody answers there. */
function addressOf(uid: string, isAws: boolean): Readonly<Record<string, string>> {
  const digits = uid.replaceAll("-", "");
  if (isAws) return { hostname: `simulated-${digits.slice(0, 12)}.elb.amazonaws.com` };
  return { ip: `203.0.113.${(Number.parseInt(digits.slice(0, 4), 16) % 254) + 1}` };
}

mkdirSync(clusters, { recursive: true });
await withLock(join(directory, "load-balancers.lock"), {}, async () => {
  for (let idle = 0; idle < idleRoundsBeforeEnd; ) {
    const found = directoriesOfClusters();
    idle = found.length === 0 ? idle + 1 : 0;
    for (const cluster of found) {
      // A cluster that is starting, or ending, is served in another round.
      await serve(cluster).catch(() => {
        clients.get(cluster)?.client.close();
        clients.delete(cluster);
      });
    }
    await sleep(pollMs);
  }
});
