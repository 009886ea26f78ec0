import { text, textMap } from "../blocks.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import { refuseIf } from "../refusals.js";
import type { Settings, World } from "../world.js";

/** What most Azure resources have in common. */

export const groupToken = "azure-native:resources:ResourceGroup";
export const lockToken = "azure-native:authorization:ManagementLockByScope";

export const locations: readonly string[] = ["westeurope", "northeurope", "eastus", "eastus2", "germanywestcentral"];

export function groupId({ account }: Settings, group: string): string {
  return `/subscriptions/${account}/resourceGroups/${group}`;
}

/** Id of a resource in a group: `Microsoft.Network/virtualNetworks/shop` stands for its kind and name. */
export function idIn({ inputs, settings }: Pick<Asked, "inputs" | "settings">, kindAndName: string): string {
  return `${groupId(settings, text(inputs, "resourceGroupName") ?? "")}/providers/${kindAndName}`;
}

/** As Azure's ids are: `xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx`. */
export function guid(world: World): string {
  const digits = world.hex(30);
  const part = (start: number, end: number): string => digits.slice(start, end);
  return `${part(0, 8)}-${part(8, 12)}-4${part(12, 15)}-8${part(15, 18)}-${part(18, 30)}`;
}

export const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What azure-native itself appends to a logical name. */
export function autoNamed(property: string, maximum: number): NonNullable<ResourceRules["autoName"]> {
  return { property, maximum, separator: "", digits: 8 };
}

const mostTags = 50;

function tagRefusals(inputs: Block): Refusal[] {
  const tags = Object.entries(textMap(inputs, "tags"));
  return [
    ...refuseIf(tags.length > mostTags, `InvalidTags: at most ${mostTags} tags, not ${tags.length}`, "tags"),
    ...tags.flatMap(([key, value]) => [
      ...refuseIf(
        /[<>%&\\?/]/.test(key) || key.length > 512,
        `InvalidTagNameCharacters: the tag name "${key}" has reserved characters or more than 512`,
        `tags["${key}"]`,
      ),
      ...refuseIf(
        /^(azure|microsoft|windows)/i.test(key),
        `InvalidTagName: the prefix of "${key}" is reserved`,
        `tags["${key}"]`,
      ),
      ...refuseIf(
        value.length > 256,
        `InvalidTagValueLength: at most 256 characters, not ${value.length}`,
        `tags["${key}"]`,
      ),
    ]),
  ];
}

function placeRefusals({ inputs, settings, world }: Asked): Refusal[] {
  const [group, location] = [text(inputs, "resourceGroupName"), text(inputs, "location")];
  const known = location?.toLowerCase().replaceAll(" ", "");
  return [
    ...refuseIf(
      group !== undefined && world.find(groupId(settings, group), groupToken) === undefined,
      `ResourceGroupNotFound: Resource group '${group}' could not be found.`,
      "resourceGroupName",
    ),
    ...refuseIf(
      known !== undefined && !locations.includes(known),
      `LocationNotAvailableForResourceType: '${location}' is not available; the simulation knows ${locations.join(", ")}`,
      "location",
    ),
  ];
}

/** The lock at the resource's scope or above it. */
function lockOver(id: string, world: World): string | undefined {
  const lock = world
    .all(lockToken)
    .find(({ inputs }) => `${id}/`.startsWith(`${text(inputs, "scope")}/`) && text(inputs, "level") !== "NotSpecified");
  return lock === undefined
    ? undefined
    : `ScopeLocked: The scope '${id}' cannot perform delete operation because following scope(s) are locked: '${text(lock.inputs, "scope")}'. Please remove the lock and try again.`;
}

/** Rules with what holds for every resource of a subscription: tags, group, location, locks. */
export function azure(rules: ResourceRules, options: { readonly located?: boolean } = {}): ResourceRules {
  const { located = false } = options;
  return {
    ...rules,
    replaceOn: ["resourceGroupName", "location", ...rules.replaceOn],
    compareAs: { location: "caseInsensitive", ...rules.compareAs },
    ...(located
      ? {
          // The provider's own location, as azure-native does it.
          defaults: (asked: Asked): Block => ({ location: asked.settings.region, ...rules.defaults?.(asked) }),
        }
      : {}),
    check: (asked) => [...tagRefusals(asked.inputs), ...(rules.check?.(asked) ?? [])],
    refuse: (asked) => {
      const place = placeRefusals(asked);
      return place.length > 0 ? place : (rules.refuse?.(asked) ?? []);
    },
    uses: (inputs, outputs) => [text(outputs, "simulatedGroup") ?? "", ...(rules.uses?.(inputs, outputs) ?? [])],
    create: (asked) => {
      const { id, outputs } = rules.create(asked);
      const group = text(asked.inputs, "resourceGroupName");
      const location = text(asked.inputs, "location");
      return {
        id,
        outputs: {
          id,
          provisioningState: "Succeeded",
          ...(location === undefined ? {} : { location: location.toLowerCase().replaceAll(" ", "") }),
          ...outputs,
          ...(group === undefined ? {} : { simulatedGroup: groupId(asked.settings, group) }),
        },
      };
    },
    // A lock itself can be lifted.
    refuseDeletion: (resource, world) =>
      (resource.token === lockToken ? undefined : lockOver(resource.id, world)) ??
      rules.refuseDeletion?.(resource, world),
  };
}
