import { isPropertyMap, type PropertyMap, type PropertyValue, reveal } from "../../../../src/plugin/properties.js";
import { differences } from "../../../../src/plugin/property-diff.js";
import type { Diff } from "../../../../src/plugin/resource.js";
import type { ResourceRules } from "../model.js";
import { toBlock } from "./values.js";

type CompareAs = NonNullable<ResourceRules["compareAs"]>;

/** What an update would change and what only a replacement can, as the provider says it. */
export function diffInputs(rules: ResourceRules, before: PropertyMap, after: PropertyMap): Diff {
  const compareAs = rules.compareAs ?? {};
  const found = differences(normalise(before, compareAs), normalise(after, compareAs));
  const replacing = [...rules.replaceOn, ...(rules.replaceWhen?.(toBlock(before), toBlock(after)) ?? [])];
  return {
    changes: found.map(({ path, kind }) => ({
      path,
      kind,
      replaces: replacing.some((pattern) => isWithin(path, pattern)),
      inputChanged: true,
    })),
    deleteBeforeReplace: rules.deleteBeforeReplace === true,
    stables: [],
  };
}

/** Top-level properties that differ. */
export function changedProperties(rules: ResourceRules, before: PropertyMap, after: PropertyMap): ReadonlySet<string> {
  return new Set(diffInputs(rules, before, after).changes.map(({ path }) => stepsOf(path)[0] ?? path));
}

/** The inputs as they are compared: what is to be ignored is as it was. Paths as in `ignoreChanges`. */
export function ignoring(paths: readonly string[], before: PropertyMap, after: PropertyMap): PropertyMap {
  return paths.reduce((inputs, path) => asBefore(path.split("."), before, inputs), after);
}

function asBefore([step = "", ...rest]: readonly string[], before: PropertyMap, after: PropertyMap): PropertyMap {
  const [old, now] = [before[step], after[step]];
  if (rest.length > 0 && isPropertyMap(old) && isPropertyMap(now))
    return { ...after, [step]: asBefore(rest, old, now) };
  const { [step]: _, ...others } = after;
  return old === undefined ? others : { ...others, [step]: old };
}

function isWithin(path: string, pattern: string): boolean {
  const steps = stepsOf(path);
  return stepsOf(pattern).every((step, index) => step === steps[index]);
}

/** `subnetIds`, `[]` of `subnetIds[0]`. */
function stepsOf(path: string): readonly string[] {
  return path
    .replace(/\[\d*\]/g, ".[]")
    .split(".")
    .filter((step) => step !== "");
}

function normalise(map: PropertyMap, compareAs: CompareAs, prefix = ""): PropertyMap {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([name]) => name !== "__defaults")
      .map(([name, value]) => [name, normaliseValue(value, compareAs, prefix + name)]),
  );
}

function normaliseValue(secret: PropertyValue, compareAs: CompareAs, path: string): PropertyValue {
  const value = reveal(secret);
  const how = compareAs[path];
  if (how === "json" && typeof value === "string") return canonicalJson(value);
  if (how === "caseInsensitive" && typeof value === "string") return value.toLowerCase();
  if (Array.isArray(value)) {
    const inner = value.map((each) => normaliseValue(each, compareAs, `${path}[]`));
    return how === "set" ? inner.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : inner;
  }
  return isPropertyMap(value) ? normalise(value, compareAs, `${path}.`) : value;
}

function canonicalJson(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return text;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
