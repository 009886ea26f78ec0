export { destroyCluster } from "./destroy.js";
export { ensureCluster } from "./ensure.js";
export { observeCluster, probeComponents, recordedSpec } from "./observe.js";
export type {
  Component,
  ComponentStatus,
  EnsureOptions,
  LocalBinaries,
  LocalClusterSpec,
  LocalClusterState,
  LocalPoolSpec,
  LocalTaint,
} from "./spec.js";
