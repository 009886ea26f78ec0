/** Arguments that are wrong in one way for a cloud, and what the user is told. */
export interface BadCloudCase {
  readonly what: string;
  readonly args: object;
  readonly code: string;
  readonly path: string;
  /** What is shown of what was written; undefined where nothing is. */
  readonly value: unknown;
  readonly fix: RegExp;
}

export const pool = { cpu: 4, memory: "16Gi", min: 1, max: 3 };

/** One bad change of arguments that are good otherwise. */
export function badChange(good: object) {
  return (what: string, change: object, code: string, path: string, value: unknown, fix: RegExp): BadCloudCase => ({
    what,
    args: { ...good, ...change },
    code,
    path,
    value,
    fix,
  });
}

/** The arguments' only pool, changed. */
export const withPool = (change: object) => ({ pools: { general: { ...pool, ...change } } });

/** Arguments of serverless compute, which has no pools. */
export const serverless = { compute: "serverless", pools: undefined };
