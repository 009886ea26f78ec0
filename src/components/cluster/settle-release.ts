import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { connectToCluster } from "../../providers/registry.js";
import { type RecordSecret, readRecord, settle } from "./release-record.js";

/** A Helm release, and the time that its operations are given. */
export interface SettledRelease {
  readonly name: string;
  readonly namespace: string;
  /** Name of the chart, as the chart says it. */
  readonly chart: string;
  readonly timeoutSeconds: number;
}

const pollMilliseconds = 3000;

/**
 * What a release does before it is installed or upgraded: clears away the record
 * of an operation that was cut off, over which Helm would stumble for ever. The
 * engine runs it in a deployment only, right before the operation, so that a
 * preview and a deployment without changes never ask the cluster.
 */
export function settleBefore(kubeconfig: pulumi.Output<string>, release: SettledRelease): pulumi.ResourceHookBinding {
  const before = (operation: "create" | "update") => async (): Promise<void> => {
    const known = await new Promise<string>((done) => void kubeconfig.apply(done));
    try {
      await settleRelease(known, release, operation);
    } catch (error) {
      // Helm is about to ask the same cluster: it tells what is wrong, or finds nothing to stumble over.
      const why = error instanceof Error ? error.message : String(error);
      await pulumi.log.warn(`the records of the Helm release ${release.name} could not be looked at: ${why}`);
    }
  };
  // The mocks of a program's unit tests run no hooks, and know not even how to take them.
  if (!takesHooks()) return {};
  return { beforeCreate: [before("create")], beforeUpdate: [before("update")] };
}

function takesHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor();
  return monitor !== undefined && "registerResourceHook" in monitor;
}

async function settleRelease(
  kubeconfig: string,
  release: SettledRelease,
  operation: "create" | "update",
): Promise<void> {
  const { name, namespace } = release;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  const cluster = await connectToCluster(kubeconfig);
  try {
    let told = false;
    for (;;) {
      const { items } = (await cluster.get(`${path}?labelSelector=${selector}`)) as { items: readonly RecordSecret[] };
      const settlement = settle(items.map(readRecord), { ...release, operation }, Date.now());
      if (settlement.action === "go") return;
      if (settlement.action === "remove") {
        for (const secret of settlement.secrets) await cluster.remove(`${path}/${secret}`);
        return;
      }
      if (!told) await pulumi.log.info(waitingFor(release, settlement.until));
      told = true;
      await sleep(pollMilliseconds);
    }
  } finally {
    cluster.close();
  }
}

function waitingFor({ name, namespace }: SettledRelease, until: number): string {
  const time = new Date(until).toISOString();
  return [
    `Helm release ${namespace}/${name}: an earlier deployment was cut off while it worked on this, and its plugin may`,
    `still do. Waiting until it is done, or until ${time} at the latest. Where nothing of it can run any more,`,
    `kubectl delete secret --namespace ${namespace} --selector owner=helm,name=${name} ends the waiting.`,
  ].join(" ");
}
