import { at, text, textMap } from "../blocks.js";
import type { Asked, Block, Refusal, ResourceRules } from "../model.js";
import type { Settings } from "../world.js";

/** What most AWS resources have in common. */

export function arn(settings: Settings, service: string, resource: string, isGlobal = false): string {
  return `arn:aws:${service}:${isGlobal ? "" : settings.region}:${settings.account}:${resource}`;
}

/** `tagsAll` and `region`, which the provider adds to nearly everything. */
export function common({ inputs, settings }: Asked): Block {
  return { region: settings.region, tagsAll: textMap(inputs, "tags") };
}

/** Outputs after an update in place, with tags as they are now. */
export function updated({ inputs, old }: Asked & { readonly old: { readonly outputs: Block } }): Block {
  return { ...old.outputs, ...inputs, tagsAll: textMap(inputs, "tags") };
}

export function refusal(message: string, path?: string): Refusal {
  return path === undefined ? { message } : { path, message };
}

const mostTags = 50;

/** What AWS says of tags, everywhere. */
export function tagRefusals(inputs: Block): Refusal[] {
  const tags = Object.entries(textMap(inputs, "tags"));
  const tooMany =
    tags.length > mostTags ? [refusal(`expected at most ${mostTags} tags, got ${tags.length}`, "tags")] : [];
  return [
    ...tooMany,
    ...tags.flatMap(([key, value]) => {
      const path = `tags["${key}"]`;
      if (/^aws:/i.test(key)) return [refusal(`tag keys starting with aws: are reserved`, path)];
      if (key.length > 128) return [refusal(`tag keys have at most 128 characters, this one ${key.length}`, path)];
      if (value.length > 256)
        return [refusal(`tag values have at most 256 characters, this one ${value.length}`, path)];
      return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value)
        ? []
        : [refusal("tags take letters, digits, spaces and _.:/=+-@", path)];
    }),
  ];
}

/** Rules of a resource that checks its tags first. */
export function tagged(rules: ResourceRules): ResourceRules {
  return { ...rules, check: (asked) => [...tagRefusals(asked.inputs), ...(rules.check?.(asked) ?? [])] };
}

/** A known text that does not match its pattern. */
export function patternRefusals(inputs: Block, path: string, pattern: RegExp, longest: number): Refusal[] {
  const value = text(inputs, path);
  if (value === undefined) return [];
  if (value.length > longest) {
    return [refusal(`expected length of ${path} to be at most ${longest}, got ${value.length} (${value})`, path)];
  }
  return pattern.test(value)
    ? []
    : [refusal(`invalid value for ${path} (${value}): it must match ${pattern.source}`, path)];
}

/** A known text that is not among the values. */
export function oneOfRefusals(inputs: Block, path: string, values: readonly string[]): Refusal[] {
  const value = text(inputs, path);
  if (value === undefined || values.includes(value)) return [];
  return [refusal(`expected ${path} to be one of ${values.join(", ")}, got ${value}`, path)];
}

/** A reference to something that is not there. */
export function missingRefusals({ inputs, world }: Asked, path: string, token: string, code: string): Refusal[] {
  const handle = text(inputs, path);
  if (handle === undefined || world.find(handle, token) !== undefined) return [];
  return [refusal(`${code}: ${token.split(":").at(-1)} ${handle} does not exist`, path)];
}

/** More than one, or none, of blocks or properties of which exactly one is taken. */
export function exactlyOneRefusals(inputs: Block, paths: readonly string[]): Refusal[] {
  const given = paths.filter((path) => at(inputs, path) !== undefined);
  if (given.length === 1) return [];
  return [refusal(`exactly one of ${paths.join(", ")} must be specified, got ${given.join(", ") || "none"}`)];
}
