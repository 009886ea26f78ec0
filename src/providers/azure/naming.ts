import { createHash } from "node:crypto";

/** A few hexadecimal digits that change when, and only when, one of the values does. */
export function digest(values: readonly unknown[], digits: number): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, digits);
}

const longestPoolName = 12;
const digestDigits = 6;

/**
 * The name of an agent pool: at most twelve lower-case letters and digits, a
 * letter first. It ends in a digest of what cannot change in place, so that such
 * a change makes a new pool beside the old one before that goes.
 */
export function agentPoolName(pool: string, immutable: readonly unknown[]): string {
  const letters = pool.replaceAll(/[^a-z0-9]/g, "").replace(/^[^a-z]+/, "");
  const head = letters.slice(0, longestPoolName - digestDigits);
  return `${head === "" ? "p" : head}${digest([pool, ...immutable], digestDigits)}`;
}
