import { at, blocks, number, text, texts } from "./blocks.js";
import type { Asked, Block, Refusal } from "./model.js";

/** Refusals that Azure's and Google Cloud's rules have in common. Values that are not known yet are never refused. */

export function refusal(message: string, path?: string): Refusal {
  return path === undefined ? { message } : { path, message };
}

/** The refusal, when something is wrong; none otherwise. */
export function refuseIf(wrong: boolean, message: string, path?: string): Refusal[] {
  return wrong ? [refusal(message, path)] : [];
}

/** A known text that does not match its pattern. */
export function patternRefusals(inputs: Block, path: string, pattern: RegExp, code: string): Refusal[] {
  const value = text(inputs, path);
  return refuseIf(
    value !== undefined && !pattern.test(value),
    `${code}: "${value}" does not match ${pattern.source}`,
    path,
  );
}

/** A known number outside its bounds. */
export function boundsRefusals(inputs: Block, path: string, least: number, most: number, code: string): Refusal[] {
  const value = number(inputs, path);
  return refuseIf(
    value !== undefined && (value < least || value > most),
    `${code}: ${path} must be between ${least} and ${most}, not ${value}`,
    path,
  );
}

/** A known text that is not among the values. */
export function oneOfRefusals(inputs: Block, path: string, values: readonly string[], code: string): Refusal[] {
  const value = text(inputs, path);
  return refuseIf(
    value !== undefined && !values.includes(value),
    `${code}: ${path} must be one of ${values.join(", ")}, not ${value}`,
    path,
  );
}

/** Elements of a list that are not among the values. */
export function eachOneOfRefusals(inputs: Block, path: string, values: readonly string[], code: string): Refusal[] {
  return texts(inputs, path).flatMap((value, index) =>
    refuseIf(
      !values.includes(value),
      `${code}: ${value} is not supported; there are ${values.join(", ")}`,
      `${path}[${index}]`,
    ),
  );
}

/** Values at paths that a resource in place cannot change. */
export function changedRefusals({ inputs, old }: Asked, paths: readonly string[], code: string): Refusal[] {
  if (old === undefined) return [];
  return paths.flatMap((path) => {
    const [before, after] = [at(old.inputs, path), at(inputs, path)];
    return refuseIf(
      JSON.stringify(before) !== JSON.stringify(after),
      `${code}: changing property '${path}' is not allowed`,
      path,
    );
  });
}

/** Smallest above largest, where both are known. */
export function orderRefusals(inputs: Block, least: string, most: string, code: string): Refusal[] {
  const [min, max] = [number(inputs, least), number(inputs, most)];
  return refuseIf(
    min !== undefined && max !== undefined && min > max,
    `${code}: ${least} (${min}) is greater than ${most} (${max})`,
    least,
  );
}

/** `1.35` of `1.35`, `1.35.3` and `1.35.3-gke.100`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function minorNumber(version: string): number {
  return Number(version.split(".")[1]);
}

/** How many minors one version is after another. */
export function minorsAfter(before: string, after: string): number {
  return minorNumber(after) - minorNumber(before);
}

/** A version that is not offered, or not one minor after the one before. */
export function versionRefusals(
  { inputs, world }: Asked,
  path: string,
  before: string | undefined,
  code: string,
): Refusal[] {
  const version = text(inputs, path);
  if (version === undefined) return [];
  if (!world.offeredMinors.includes(minorOf(version))) {
    return [refusal(`${code}: version ${version} is not supported in this region`, path)];
  }
  const step = before === undefined ? 0 : minorsAfter(before, version);
  if (step < 0) return [refusal(`${code}: downgrading from ${before} to ${version} is not allowed`, path)];
  return refuseIf(step > 1, `${code}: upgrading from ${before} to ${version} skips minor versions`, path);
}

/** Every block of a list with its path. */
export function eachBlock(inputs: Block, path: string, refuse: (each: Block, path: string) => Refusal[]): Refusal[] {
  return blocks(inputs, path).flatMap((each, index) => refuse(each, `${path}[${index}]`));
}
