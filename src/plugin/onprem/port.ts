import type { Plan } from "../../onprem/plan.js";
import type { NodeSpec, OnpremClusterSpec } from "../../onprem/spec.js";

/** What is asked of the control planes as a whole. */
export interface ControlPlaneRequest {
  readonly cluster: OnpremClusterSpec;
  readonly hosts: readonly NodeSpec[];
  /** Hosts of the last deployment, of which some may be no more. Empty for a cluster to be made. */
  readonly before: readonly NodeSpec[];
  /** True when the state says that the cluster was made: then it is never initialised over. */
  readonly exists: boolean;
}

/** What is asked of one worker. */
export interface WorkerRequest {
  readonly cluster: OnpremClusterSpec;
  readonly host: NodeSpec;
  /** The host as the last deployment had it; undefined for one that joins. */
  readonly before: NodeSpec | undefined;
  readonly controlPlanes: readonly NodeSpec[];
  readonly caHash: string;
}

/** What the hosts look like now and what leads from there to what is asked. */
export interface Look {
  readonly plan: Plan;
  /** Each host: `as planned`, what differs, or why it cannot be reached. */
  readonly health: Readonly<Record<string, string>>;
  /** Names of hosts that cannot be reached, with the reason. */
  readonly unreachable: Readonly<Record<string, string>>;
  /** False when no host that could be reached knows the cluster. */
  readonly found: boolean;
}

/** What a control plane is, once it is as asked. */
export interface ControlPlaneState {
  /** Holds the administrator's client certificate and key: a secret. */
  readonly kubeconfig: string;
  readonly endpoint: string;
  readonly version: string;
  readonly caHash: string;
  readonly clusterId: string;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  /** A passing word: host and phase. */
  readonly report: (line: string) => void;
}

/**
 * The engine of bare metal, as the resources need it. The real one is
 * `machine.ts`; tests bring their own.
 */
export interface OnpremMachine {
  lookAtControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<Look>;
  /** Does what a look at this very moment asks for. */
  applyControlPlane(request: ControlPlaneRequest, options: WorkOptions): Promise<ControlPlaneState>;
  /** The cluster as one of its healthy members tells it. */
  readControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<ControlPlaneState | undefined>;
  /** Takes the whole cluster off its control planes. */
  removeControlPlane(request: ControlPlaneRequest, options: WorkOptions): Promise<void>;
  lookAtWorker(request: WorkerRequest, signal: AbortSignal): Promise<Look>;
  applyWorker(request: WorkerRequest, options: WorkOptions): Promise<void>;
  removeWorker(request: WorkerRequest, options: WorkOptions): Promise<void>;
}
