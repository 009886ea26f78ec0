import { controlPlaneResource } from "./control-plane/control-plane.js";
import { controlPlaneDefinition } from "./control-plane/definition.js";
import type { ControlPlaneMachine } from "./control-plane/port.js";
import type { ResourceDefinition } from "./definition.js";
import { onpremControlPlaneResource } from "./onprem/control-plane.js";
import { onpremControlPlaneDefinition, onpremWorkerDefinition } from "./onprem/definition.js";
import type { OnpremMachine } from "./onprem/port.js";
import { thisSurroundings } from "./onprem/spec.js";
import { onpremWorkerResource } from "./onprem/worker.js";
import { replacementGuardDefinition } from "./replacement-guard/definition.js";
import { replacementGuardResource } from "./replacement-guard/replacement-guard.js";
import type { CustomResource } from "./resource.js";

/** Every custom resource of the plugin, for the package's schema. */
export const definitions: readonly ResourceDefinition[] = [
  controlPlaneDefinition,
  onpremControlPlaneDefinition,
  onpremWorkerDefinition,
  replacementGuardDefinition,
];

/** Where the resources' work is done. */
export interface Machines {
  readonly local: ControlPlaneMachine;
  readonly onprem: OnpremMachine;
}

/** What serves each of them, by token. */
export function customResources({ local, onprem }: Machines): ReadonlyMap<string, CustomResource> {
  const context = async () => ({ machine: onprem, releases: await local.releases(), around: thisSurroundings() });
  return new Map([
    [controlPlaneDefinition.token, controlPlaneResource(local)],
    [onpremControlPlaneDefinition.token, onpremControlPlaneResource(context)],
    [onpremWorkerDefinition.token, onpremWorkerResource(context)],
    [replacementGuardDefinition.token, replacementGuardResource],
  ]);
}
