import type { PropertyMap } from "../properties.js";
import type { PropertyChange } from "../resource.js";
import type { Look } from "./port.js";

export const asPlanned = "as planned";

/** What the hosts lack, as changes of the property that shows their health. */
export function healthChanges({ health }: Look): PropertyChange[] {
  return Object.entries(health)
    .filter(([, state]) => state !== asPlanned)
    .map(([node]) => ({
      path: `health[${JSON.stringify(node)}]`,
      kind: "update",
      replaces: false,
      inputChanged: false,
    }));
}

/** Every host as it shall be. */
export function plannedHealth(nodes: readonly { readonly name: string }[]): PropertyMap {
  return Object.fromEntries(nodes.map(({ name }) => [name, asPlanned]));
}
