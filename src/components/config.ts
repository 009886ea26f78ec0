import * as pulumi from "@pulumi/pulumi";
import { closestName } from "../core/names.js";
import type { Problem } from "../core/problems.js";
import { assertNoProblems, ProblemList } from "../core/validation.js";
import { type Target, targets } from "../providers/contract.js";
import type { ClusterArgs } from "./cluster/args.js";
import { checkCluster } from "./cluster/check.js";
import { clusterShape } from "./cluster/read.js";

/** The namespace of the config keys, for example `isokube:target`. */
const namespace = "isokube";

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
const keys: readonly string[] = [...textKeys, ...structuredKeys];

/** Remembers what came from the config, so that problems name the key to mend. */
const origin = Symbol("isokube.config");

/** A cluster's arguments as the stack's config has them: not known to the compiler, checked when the program runs. */
export interface ConfiguredClusterArgs extends ClusterArgs {
  readonly [origin]: ClusterArgs;
}

/**
 * The target that the stack's config chooses: `isokube:target`.
 *
 * @throws ValidationError when it is missing or none of the targets.
 */
export function targetFromConfig(): Target {
  const { target, problems } = readTarget();
  assertNoProblems(subject(), problems);
  return target;
}

/**
 * A cluster's arguments from the stack's config, so that one program serves
 * every stack: each argument is the key of the same name, for example
 * `isokube:pools`. Add or replace what the program decides itself:
 * `new Cluster("shop", { ...clusterArgsFromConfig(), tags })`.
 *
 * @throws ValidationError with every problem, each under its config key.
 */
export function clusterArgsFromConfig(): ConfiguredClusterArgs {
  const problems = new ProblemList();
  const written = readWritten();
  const args = clusterShape.read(written, "", problems);
  const misspelt = misspeltKeys();
  if (problems.found.length + misspelt.length > 0) {
    const all = [...checkCluster(namespace, written).problems, ...misspelt];
    assertNoProblems(subject(), all.map(underConfigKey));
  }
  return { ...args, [origin]: args };
}

/** The problems of arguments, those of values from the config under their config keys. */
export function namedAsInConfig(args: ClusterArgs, problems: readonly Problem[]): Problem[] {
  const configured = isConfigured(args) ? args[origin] : undefined;
  return problems.map((problem) => {
    const key = topLevelKey(problem);
    const fromConfig =
      configured !== undefined && keys.includes(key) && argument(args, key) === argument(configured, key);
    return fromConfig ? underConfigKey(problem) : problem;
  });
}

function readTarget(): { target: Target; problems: readonly Problem[] } {
  const problems = new ProblemList();
  const { target } = clusterShape.read({ target: textOf("target") }, "", problems);
  return { target, problems: problems.found.map(underConfigKey) };
}

/** What the config says, of whatever shape. */
function readWritten(): Record<string, unknown> {
  const texts = textKeys.map((key) => [key, textOf(key)] as const);
  const structures = structuredKeys.map((key) => [key, structureOf(key)] as const);
  return Object.fromEntries([...texts, ...structures].filter(([, value]) => value !== undefined));
}

function textOf(key: string): string | undefined {
  return pulumi.runtime.getConfig(`${namespace}:${key}`);
}

/** Structured values arrive as JSON; text that is no JSON is left for the reader to refuse. */
function structureOf(key: string): unknown {
  const text = textOf(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Keys of the namespace that are nearly one of ours; others are the program's own. */
function misspeltKeys(): Problem[] {
  const written = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1));
  return written.flatMap((key) => {
    const meant = keys.includes(key) ? undefined : closestName(key, keys);
    if (meant === undefined) return [];
    return [
      {
        code: "config/unknown-key",
        path: key,
        why: "nothing reads this key",
        fix: `rename it to ${namespace}:${meant}`,
      },
    ];
  });
}

/** Where config may hold secrets, values are not shown. */
const secretPlaces = ["existing.kubeconfig", "tags"];

function underConfigKey(problem: Problem): Problem {
  const { value, ...rest } = problem;
  const path = `${namespace}:${problem.path}`;
  const secret = secretPlaces.some((place) => problem.path === place || problem.path.startsWith(`${place}.`));
  return secret || value === undefined ? { ...rest, path } : { ...rest, path, value };
}

const topLevelKey = ({ path }: Problem): string => path.split(/[.[]/, 1)[0] ?? path;

function isConfigured(args: ClusterArgs): args is ConfiguredClusterArgs {
  return origin in args;
}

function argument(args: ClusterArgs, key: string): unknown {
  return Object.entries(args).find(([name]) => name === key)?.[1];
}

function subject(): string {
  return `The config of stack ${pulumi.getStack()}`;
}
