import { isDeepStrictEqual } from "node:util";
import type { Properties } from "./definition.js";
import { childPath } from "./input-types.js";
import { containsUnknown, isPropertyMap, type PropertyMap, type PropertyValue, reveal } from "./properties.js";
import type { ChangeKind } from "./resource.js";

/** One place where two values differ. */
export interface Difference {
  readonly path: string;
  readonly kind: ChangeKind;
}

/**
 * Where `after` differs from `before`, as deep as it can be told. That a value
 * became secret is no difference; a value not known yet is one.
 */
export function differences(before: PropertyMap, after: PropertyMap, path = ""): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => compare(before[name], after[name], childPath(path, name)));
}

function compare(before: PropertyValue | undefined, after: PropertyValue | undefined, path: string): Difference[] {
  const old = reveal(before ?? null);
  const now = reveal(after ?? null);
  if (old === null || now === null) {
    if (old === now) return [];
    return [{ path, kind: old === null ? "add" : "delete" }];
  }
  if (isPropertyMap(old) && isPropertyMap(now)) return differences(old, now, path);
  if (Array.isArray(old) && Array.isArray(now)) {
    const longest = Math.max(old.length, now.length);
    return Array.from({ length: longest }, (_, index) => index).flatMap((index) =>
      compare(old[index], now[index], childPath(path, index)),
    );
  }
  return !containsUnknown(now) && isDeepStrictEqual(old, now) ? [] : [{ path, kind: "update" }];
}

/** Whether only another resource can have another value at this path. */
export function needsReplacement(properties: Properties, path: string): boolean {
  const name = path.split(/[.[]/)[0] ?? "";
  return properties[name]?.replaces === true;
}
