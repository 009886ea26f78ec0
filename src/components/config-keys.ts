import { closestName } from "../core/names.js";
import type { Problem } from "../core/problems.js";
import { targets } from "../providers/contract.js";

/** The namespace of the config keys, for example `isokube:target`. */
export const configNamespace = "isokube";

/** Keys whose values are text; the others are structured, or true or false. */
const textKeys = ["target", "kubernetesVersion", "releaseChannel", "compute", "replaceCluster"] as const;
const structuredKeys = [
  "pools",
  "controlPlane",
  "network",
  "access",
  "deletionProtection",
  "tags",
  "requirePortableTo",
  ...targets,
] as const;

/** Every key that is an argument of a cluster. */
export const configKeys: readonly string[] = [...textKeys, ...structuredKeys];

/**
 * A cluster's arguments as the config has them, of whatever shape. `textOf` and
 * `structureOf` read one key: its text, or what the text says.
 */
export function writtenArguments(
  textOf: (key: string) => unknown,
  structureOf: (key: string) => unknown,
): Record<string, unknown> {
  const texts = textKeys.map((key) => [key, textOf(key)] as const);
  const structures = structuredKeys.map((key) => [key, structureOf(key)] as const);
  return Object.fromEntries([...texts, ...structures].filter(([, value]) => value !== undefined));
}

/** Structured values arrive as JSON; text that is no JSON is left for the reader to refuse. */
export function structureOfText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Keys of the namespace that are nearly one of ours; others are the program's own. */
export function misspeltKeys(allKeys: readonly string[]): Problem[] {
  const written = allKeys
    .filter((key) => key.startsWith(`${configNamespace}:`))
    .map((key) => key.slice(configNamespace.length + 1));
  return written.flatMap((key) => {
    const meant = configKeys.includes(key) ? undefined : closestName(key, configKeys);
    if (meant === undefined) return [];
    return [
      {
        code: "config/unknown-key",
        path: key,
        why: "nothing reads this key",
        fix: `rename it to ${configNamespace}:${meant}`,
      },
    ];
  });
}

/** Where config may hold secrets, values are not shown. */
const secretPlaces = ["existing.kubeconfig", "tags"];

/** The problem under the config key that the user wrote. */
export function underConfigKey(problem: Problem): Problem {
  const { value, ...rest } = problem;
  const path = `${configNamespace}:${problem.path}`;
  const secret = secretPlaces.some((place) => problem.path === place || problem.path.startsWith(`${place}.`));
  return secret || value === undefined ? { ...rest, path } : { ...rest, path, value };
}
