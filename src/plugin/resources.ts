import { controlPlaneResource } from "./control-plane/control-plane.js";
import { controlPlaneDefinition } from "./control-plane/definition.js";
import type { ControlPlaneMachine } from "./control-plane/port.js";
import type { ResourceDefinition } from "./definition.js";
import { replacementGuardDefinition } from "./replacement-guard/definition.js";
import { replacementGuardResource } from "./replacement-guard/replacement-guard.js";
import type { CustomResource } from "./resource.js";

/** Every custom resource of the plugin, for the package's schema. */
export const definitions: readonly ResourceDefinition[] = [controlPlaneDefinition, replacementGuardDefinition];

/** What serves each of them, by token. */
export function customResources(machine: ControlPlaneMachine): ReadonlyMap<string, CustomResource> {
  return new Map([
    [controlPlaneDefinition.token, controlPlaneResource(machine)],
    [replacementGuardDefinition.token, replacementGuardResource],
  ]);
}
