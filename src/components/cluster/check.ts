import type { Problem } from "../../core/problems.js";
import { argumentsPath, ProblemList, withoutConsequences } from "../../core/validation.js";
import type { ClusterSpec } from "../../providers/contract.js";
import { targetEntry } from "../../providers/registry.js";
import type { ClusterArgs } from "./args.js";
import { checkCapabilities, checkPortable } from "./check/capabilities.js";
import { checkCloud } from "./check/cloud.js";
import { checkNetwork } from "./check/network.js";
import { checkPools } from "./check/pools.js";
import { checkReplacement } from "./check/replacement.js";
import { checkTarget } from "./check/target.js";
import { clusterName } from "./check/values.js";
import { checkVersion } from "./check/version.js";
import { clusterShape } from "./read.js";
import { resolveCluster } from "./resolve.js";

/** A spec, and everything that is wrong with it. */
export interface CheckedCluster {
  readonly spec: ClusterSpec;
  readonly problems: readonly Problem[];
}

/**
 * Reads, resolves and checks a cluster's arguments: nothing is created, nothing
 * is thrown, and all problems are told at once.
 */
export function checkCluster(name: string, written: unknown): CheckedCluster {
  const reading = new ProblemList();
  const args = clusterShape.read(written, "", reading);
  const spec = resolveCluster(args);
  const naming = clusterName(name);
  const targetIsKnown = !reading.found.some(({ path }) => path === "target" || path === argumentsPath);
  const meaning = [
    ...(naming === undefined ? [] : [{ ...naming, path: "name", value: name }]),
    ...checkVersion(args),
    ...checkNetwork(args),
    ...checkReplacement(name, args),
    // By the rules of a placeholder, much that is right would be wrong.
    ...(targetIsKnown ? checkForTarget(args, spec) : args.pools === undefined ? [] : checkPools(args)),
  ];
  return { spec, problems: [...reading.found, ...withoutConsequences(reading.found, meaning)] };
}

function checkForTarget(args: ClusterArgs, spec: ClusterSpec): Problem[] {
  const { createsCluster, provider } = targetEntry(args.target);
  // What a cluster that exists already cannot be told, `checkTarget` refuses as a whole.
  const asked = createsCluster
    ? [...checkPools(args), ...checkCapabilities(spec), ...checkPortable(args), ...checkCloud(args, spec)]
    : [];
  const common = [...checkTarget(args), ...asked];
  // Where every target refuses a value, what the adapter says of it adds nothing.
  const told = new Set(common.map(({ path }) => path));
  return [...common, ...provider.check(spec).filter(({ path }) => !told.has(path))];
}
