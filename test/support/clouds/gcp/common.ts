import { text, textMap } from "../blocks.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import { patternRefusals, refuseIf } from "../refusals.js";
import type { SimulatedResource, World } from "../world.js";

/** What most resources of Google Cloud have in common. */

const zoneLetters: Readonly<Record<string, string>> = {
  "europe-west1": "bcd",
  "europe-west3": "abc",
  "europe-west4": "abc",
  "us-central1": "abcf",
  "us-east1": "bcd",
};

export const regions: readonly string[] = Object.keys(zoneLetters);

export function zonesOf(region: string): readonly string[] {
  return [...(zoneLetters[region] ?? "")].map((letter) => `${region}-${letter}`);
}

/** The region of a region or a zone; undefined when there is no such. */
export function regionOf(location: string): string | undefined {
  return regions.find((region) => region === location || zonesOf(region).includes(location));
}

export function projectOf({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  return text(inputs, "project") ?? settings.account;
}

export function regionIn({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  return (text(inputs, "region") ?? settings.region).split("/").at(-1) ?? "";
}

const computeUrl = "https://www.googleapis.com/compute/v1/";

/** Id, self link and project of a resource of Compute Engine: `global/networks/shop` below its project. */
export function computed(asked: Asked, path: string): { readonly id: string; readonly outputs: Block } {
  const project = projectOf(asked);
  const id = `projects/${project}/${path}`;
  return {
    id,
    outputs: {
      project,
      name: path.split("/").at(-1) ?? "",
      selfLink: `${computeUrl}${id}`,
      creationTimestamp: asked.world.now,
    },
  };
}

/** What a reference names: by id, self link or bare name. */
export function referred(world: World, token: string, reference: string | undefined): SimulatedResource | undefined {
  if (reference === undefined) return undefined;
  const id = reference.replace(
    /^https:\/\/(www\.googleapis\.com\/compute|compute\.googleapis\.com\/compute)\/v1\//,
    "",
  );
  return (
    world.find(id, token) ??
    world.find(reference, token) ??
    (reference.includes("/") ? undefined : world.all(token).find(({ outputs }) => text(outputs, "name") === reference))
  );
}

export function referenceRefusals({ inputs, world }: Asked, path: string, token: string): Refusal[] {
  const reference = text(inputs, path);
  return refuseIf(
    reference !== undefined && referred(world, token, reference) === undefined,
    `googleapi: Error 404: The resource '${reference}' was not found, notFound`,
    path,
  );
}

const computeName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function nameRefusals(inputs: Block, path = "name", pattern = computeName): Refusal[] {
  return patternRefusals(inputs, path, pattern, "Error 400: Invalid value for field");
}

/** Labels of a resource: lower case, at most 64. */
export function labelRefusals(inputs: Block, path: string): Refusal[] {
  const labels = Object.entries(textMap(inputs, path));
  return [
    ...refuseIf(labels.length > 64, `Error 400: at most 64 labels, not ${labels.length}`, path),
    ...labels.flatMap(([key, value]) => [
      ...refuseIf(
        !/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key),
        `Error 400: Label keys must start with a lowercase letter and have at most 63 lowercase letters, digits, _ and -: "${key}"`,
        `${path}["${key}"]`,
      ),
      ...refuseIf(
        !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value),
        `Error 400: Label values have at most 63 lowercase letters, digits, _ and -: "${value}"`,
        `${path}["${key}"]`,
      ),
    ]),
  ];
}

/** Rules of a resource that is named and lies in a project. */
export function named(rules: ResourceRules, maximum = 63): ResourceRules {
  return {
    ...rules,
    replaceOn: ["name", "project", ...rules.replaceOn],
    autoName: { property: "name", maximum },
    refuse: (asked) => [
      ...refuseIf(
        projectOf(asked) !== asked.settings.account,
        `googleapi: Error 403: Permission denied on resource project ${projectOf(asked)}, forbidden`,
        "project",
      ),
      ...(rules.refuse?.(asked) ?? []),
    ],
  };
}

/** How Compute Engine says that something is in use. */
export function inUse(resource: SimulatedResource, users: readonly SimulatedResource[]): string {
  return `googleapi: Error 400: The resource '${resource.id}' is already being used by '${users.map(({ id }) => id).join("', '")}', resourceInUseByAnotherResource`;
}
