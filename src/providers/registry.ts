import { awsProvider } from "./aws/index.js";
import { azureProvider } from "./azure/index.js";
import type { ClusterProvider, Target } from "./contract.js";
import { existingProvider } from "./existing/adapter.js";
import type { ApiEditor } from "./existing/api-client.js";
import { gcpProvider } from "./gcp/index.js";
import { localProvider } from "./local/adapter.js";
import { onpremProvider } from "./onprem/index.js";

/** What is known of a target before its adapter does anything. */
interface TargetEntry {
  readonly provider: ClusterProvider;
  /** True when the block named like the target must be written. */
  readonly needsBlock: boolean;
  /** True when isokube makes the cluster; false when it is there already. */
  readonly createsCluster: boolean;
  /** True when the block lists the nodes one by one, so that `pools` may be left out. */
  readonly listsNodes: boolean;
}

/**
 * The only place that knows the adapters. An adapter's module is small; what is
 * heavy (a cloud's SDK, a parser) it loads when it is used.
 */
const entries: Readonly<Record<Target, TargetEntry>> = {
  aws: { provider: awsProvider, needsBlock: false, createsCluster: true, listsNodes: false },
  azure: { provider: azureProvider, needsBlock: false, createsCluster: true, listsNodes: false },
  gcp: { provider: gcpProvider, needsBlock: false, createsCluster: true, listsNodes: false },
  onprem: { provider: onpremProvider, needsBlock: true, createsCluster: true, listsNodes: true },
  local: { provider: localProvider, needsBlock: false, createsCluster: true, listsNodes: false },
  existing: { provider: existingProvider, needsBlock: true, createsCluster: false, listsNodes: false },
};

/** What is known of a target. */
export function targetEntry(target: Target): TargetEntry {
  return entries[target];
}

/** Reaches into a cluster by its kubeconfig, as whoever runs the program. */
export async function connectToCluster(kubeconfig: string): Promise<ApiEditor> {
  const { connect } = await import("./existing/connect.js");
  return connect(kubeconfig);
}
