import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../core/problems.js";
import { assertNoProblems, ProblemList } from "../core/validation.js";
import type { Target } from "../providers/contract.js";
import type { ClusterArgs } from "./cluster/args.js";
import { checkCluster } from "./cluster/check.js";
import { clusterShape } from "./cluster/read.js";
import {
  configKeys,
  configNamespace,
  misspeltKeys,
  structureOfText,
  underConfigKey,
  writtenArguments,
} from "./config-keys.js";

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
  const misspelt = misspeltKeys(Object.keys(pulumi.runtime.allConfig()));
  if (problems.found.length + misspelt.length > 0) {
    const all = [...checkCluster(configNamespace, written).problems, ...misspelt];
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
      configured !== undefined && configKeys.includes(key) && argument(args, key) === argument(configured, key);
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
  return writtenArguments(textOf, (key) => {
    const text = textOf(key);
    return text === undefined ? undefined : structureOfText(text);
  });
}

function textOf(key: string): string | undefined {
  return pulumi.runtime.getConfig(`${configNamespace}:${key}`);
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
