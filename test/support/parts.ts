import { ensureParts, type PartName } from "../../toolchain/index.js";

/** Paths of parts, in the order asked for. */
export async function partPaths<const Names extends readonly PartName[]>(
  names: Names,
): Promise<{ [Index in keyof Names]: string }>;
export async function partPaths(names: readonly PartName[]): Promise<string[]> {
  const parts = await ensureParts({ parts: names });
  return names.map((name) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the toolchain gave no ${name}`);
    return part.path;
  });
}
