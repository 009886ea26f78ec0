import type { BadCase } from "../refusal.js";

export const pool = { cpu: 4, memory: "16Gi", min: 1, max: 3 };

/** One bad change of arguments that are good otherwise. */
export function badChange(good: object) {
  return (what: string, change: object, code: string, path: string, value: unknown, fix: RegExp): BadCase => ({
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
