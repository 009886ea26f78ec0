import { Unknown } from "../../../src/plugin/properties.js";
import type { Block, Value } from "./model.js";

/** Readers of blocks by path (`vpcConfig.subnetIds`, `subnetIds[0]`): what is absent or unknown is undefined. */

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

export function isBlock(value: Value | undefined): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** What is at a path; undefined when nothing is. Null counts as nothing. */
export function at(block: Block, path: string): Value | undefined {
  let value: Value | undefined = block;
  for (const step of path.split(/[.[\]]+/).filter((each) => each !== "")) {
    if (isUnknown(value)) return value;
    if (isList(value)) value = value[Number(step)];
    else if (isBlock(value)) value = value[step];
    else return undefined;
  }
  return value ?? undefined;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** True when something is given there, known or not. */
export function isGiven(block: Block, path: string): boolean {
  return at(block, path) !== undefined;
}

export function text(block: Block, path: string): string | undefined {
  const value = at(block, path);
  return typeof value === "string" ? value : undefined;
}

export function number(block: Block, path: string): number | undefined {
  const value = at(block, path);
  return typeof value === "number" ? value : undefined;
}

export function flag(block: Block, path: string): boolean | undefined {
  const value = at(block, path);
  return typeof value === "boolean" ? value : undefined;
}

/** Known elements of a list; empty when there is none. */
export function list(block: Block, path: string): readonly Value[] {
  const value = at(block, path);
  return isList(value) ? value.filter((each) => !isUnknown(each)) : [];
}

export function texts(block: Block, path: string): readonly string[] {
  return list(block, path).filter((each) => typeof each === "string");
}

export function blocks(block: Block, path: string): readonly Block[] {
  return list(block, path).filter(isBlock);
}

export function block(within: Block, path: string): Block | undefined {
  const value = at(within, path);
  return isBlock(value) ? value : undefined;
}

/** Free keys with texts: labels, tags. */
export function textMap(within: Block, path: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(block(within, path) ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}
