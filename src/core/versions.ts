/** The Kubernetes minors that targets running their own control plane offer, oldest first. */
export const offeredMinors = ["1.35", "1.36"] as const;

/** The minor that is used when neither a version nor a channel is asked for. */
export const defaultMinor = "1.35";

/** A Kubernetes minor. */
export interface Minor {
  readonly major: number;
  readonly minor: number;
}

/**
 * Parses a minor such as `1.35`.
 *
 * @returns undefined for anything else, a full version such as `1.35.3` included.
 */
export function parseMinor(text: string): Minor | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/**
 * The minor of a full version as API servers report it, for example `1.35` of
 * `v1.35.3`, `1.33.1-eks-1de2ab1` or `v1.32.2-gke.1182003`.
 */
export function minorOf(version: string): string | undefined {
  const match = /^v?(\d+)\.(\d+)(?:[.+-].*)?$/.exec(version.trim());
  return match === null ? undefined : `${match[1]}.${match[2]}`;
}

/** Negative when `a` is older than `b`, positive when newer, 0 when equal. */
export function compareMinors(a: Minor, b: Minor): number {
  return a.major - b.major || a.minor - b.minor;
}

/** True when `version` (minor or full) is at least the minor `floor`. */
export function isAtLeast(version: string, floor: string): boolean {
  const have = parseMinor(minorOf(version) ?? "");
  const need = parseMinor(floor);
  return have !== undefined && need !== undefined && compareMinors(have, need) >= 0;
}
