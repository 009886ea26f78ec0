import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { messageOf } from "../../core/message-of.js";
import { connectToCluster } from "../../providers/registry.js";
import { asFailed, type RecordSecret, settle } from "./release-record.js";

/** A Helm release, and the time that its operations are given. */
export interface SettledRelease {
  readonly name: string;
  readonly namespace: string;
  /** Name of the chart, as the chart says it. */
  readonly chart: string;
  readonly timeoutSeconds: number;
}

type Cluster = Awaited<ReturnType<typeof connectToCluster>>;

const pollMilliseconds = 3000;
const conflict = 409;

/** Name of the ConfigMap that is made as soon as Pulumi knows that a release is there. */
export const knownAs = (release: string): string => `isokube-release-${release}`;

/**
 * Clears away what keeps Helm from going on after a deployment that was cut off.
 * A deployment alone does it, once for all releases, and after `ready`; in a
 * preview, and under the mocks of unit tests, nothing is asked of the cluster.
 *
 * @returns what the releases must wait for.
 */
export function settleReleases(
  kubeconfig: pulumi.Output<string>,
  ready: pulumi.CustomResource,
  releases: readonly SettledRelease[],
): pulumi.Output<unknown> | undefined {
  if (releases.length === 0 || pulumi.runtime.isDryRun()) return undefined;
  if (pulumi.runtime.getMonitor() instanceof MockMonitor) return undefined;
  return pulumi.unsecret(pulumi.all([kubeconfig, ready.id]).apply(([known]) => settleAll(known, releases)));
}

async function settleAll(kubeconfig: string, releases: readonly SettledRelease[]): Promise<void> {
  let cluster: Cluster | undefined;
  try {
    cluster = await connectToCluster(kubeconfig);
    for (const release of releases) await settleOne(cluster, release);
  } catch (error) {
    // Helm is about to ask the same cluster: it tells what is wrong, or finds nothing to stumble over.
    const why = messageOf(error);
    await pulumi.log.warn(`Helm's records in the cluster could not be looked at: ${why}`);
  } finally {
    cluster?.close();
  }
}

async function settleOne(cluster: Cluster, release: SettledRelease): Promise<void> {
  const { name, namespace } = release;
  const space = `/api/v1/namespaces/${namespace}`;
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  for (let told = false; ; ) {
    const [records, isKnown] = await Promise.all([
      cluster.get<{ readonly items: readonly RecordSecret[] }>(`${space}/secrets?labelSelector=${selector}`),
      cluster.has(`${space}/configmaps/${knownAs(name)}`),
    ]);
    const settlement = settle(records.items, { ...release, isKnown }, Date.now());
    if (settlement.action === "go") return;
    if (settlement.action === "fail") {
      const { record } = settlement;
      // Whoever wrote meanwhile was still there after all: look again.
      await cluster.patch(`${space}/secrets/${record.metadata.name}`, asFailed(record, Date.now()), [conflict]);
      continue;
    }
    if (!told) await pulumi.log.info(waitingFor(release, settlement.until));
    told = true;
    await sleep(pollMilliseconds);
  }
}

function waitingFor({ name, namespace }: SettledRelease, until: number): string {
  return [
    `Helm release ${namespace}/${name}: an earlier deployment was cut off while it worked on this, and its plugin may`,
    `still do. Waiting until it is done, or until ${new Date(until).toISOString()} at the latest. Where nothing of it`,
    `runs any more, kubectl delete secret --namespace ${namespace} --selector owner=helm,name=${name} ends the waiting.`,
  ].join(" ");
}
