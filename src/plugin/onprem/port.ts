import type {
  ChangeOptions,
  ControlPlaneRequest,
  ControlPlaneState,
  Look,
  WorkerRequest,
  WorkOptions,
} from "../../onprem/engine/engine.js";

export type {
  ChangeOptions,
  ControlPlaneRequest,
  ControlPlaneState,
  Look,
  WorkerRequest,
  WorkOptions,
} from "../../onprem/engine/engine.js";

/**
 * The engine of bare metal, as the resources need it. The real one is
 * `machine.ts`; tests bring their own.
 */
export interface OnpremMachine {
  lookAtControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<Look>;
  /**
   * Does what a look at this very moment asks for.
   * @throws PlanRefused when that cannot be done
   */
  applyControlPlane(request: ControlPlaneRequest, options: ChangeOptions): Promise<ControlPlaneState>;
  /** The cluster as one of its healthy members tells it; undefined when none answers. */
  readControlPlane(request: ControlPlaneRequest, signal: AbortSignal): Promise<ControlPlaneState | undefined>;
  /** Takes the whole cluster off its control planes. */
  removeControlPlane(request: ControlPlaneRequest, options: WorkOptions): Promise<void>;
  lookAtWorker(request: WorkerRequest, signal: AbortSignal): Promise<Look>;
  /** The same for one worker. */
  applyWorker(request: WorkerRequest, options: ChangeOptions): Promise<void>;
  removeWorker(request: WorkerRequest, options: WorkOptions): Promise<void>;
}
