export type {
  AccessArgs,
  CloudClusterArgs,
  ClusterArgs,
  ControlPlaneOptions,
  DiskArgs,
  ExistingClusterArgs,
  ExistingNetworkArgs,
  GpuArgs,
  LocalClusterArgs,
  NetworkArgs,
  OnpremClusterArgs,
  PoolArgs,
  TaintArgs,
  TypedClusterArgs,
} from "./components/cluster/args.js";
export { Cluster } from "./components/cluster.js";
export { type ConfiguredClusterArgs, clusterArgsFromConfig, targetFromConfig } from "./components/config.js";
export { Namespace, type NamespaceArgs } from "./components/namespace.js";
export type * from "./components/workload/args.js";
export type * from "./components/workload/typed-args.js";
export { Workload } from "./components/workload.js";
export type { Problem } from "./core/problems.js";
export { ValidationError } from "./core/validation.js";
export {
  type Capability,
  type CapabilityTable,
  capabilities,
  capabilityMatrix,
  capabilityMeanings,
  type ModeSupport,
  type Support,
  type Supported,
  type SupportLevel,
  type Unknown,
  type Unsupported,
} from "./providers/capabilities.js";
export type { ClusterRef, ComputeMode, ReportRow, Target } from "./providers/contract.js";
export { SdkMissingError } from "./providers/load-sdk.js";
export { ControlPlane, type ControlPlaneArgs } from "./providers/local/control-plane.js";
export { OnpremControlPlane, type OnpremControlPlaneArgs } from "./providers/onprem/control-plane.js";
export type * from "./providers/onprem/wire.js";
export { OnpremWorker, type OnpremWorkerArgs } from "./providers/onprem/worker.js";
export type * from "./providers/options.js";
