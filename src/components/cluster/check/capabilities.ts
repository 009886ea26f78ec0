import type { Problem } from "../../../core/problems.js";
import { capabilityMatrix, hasMode, type ModeSupport, type Unsupported } from "../../../providers/capabilities.js";
import type { ClusterSpec, Target } from "../../../providers/contract.js";
import { targetEntry } from "../../../providers/registry.js";
import type { ClusterArgs } from "../args.js";
import { argumentsFor } from "../elsewhere.js";

import { type Requirement, requirementsOf } from "../requirements.js";
import { resolveCluster } from "../resolve.js";
import { checkCloud } from "./cloud.js";

/**
 * Whether the target gives what is asked for. All of it is read from the matrix,
 * so nothing here knows one target from another.
 */
export function checkCapabilities(spec: ClusterSpec): Problem[] {
  const essential = requirementsOf(spec).filter((requirement) => requirement.essential);
  return lacking(spec, essential).map(
    ({ property, value, support }): Problem => ({
      code: "capability/unsupported",
      path: property,
      value,
      why: `the target ${spec.target} cannot give this: ${support.reason}`,
      fix: support.remedy,
    }),
  );
}

/**
 * Whether every target that the cluster must be portable to would give the same:
 * what the report would call a deviation counts, and so does what the target
 * itself would refuse.
 */
export function checkPortable(args: ClusterArgs): Problem[] {
  const { requirePortableTo = [] } = args;
  return requirePortableTo.flatMap((target, index) => {
    // `checkTarget` refuses what is named twice, and what nothing can be promised for.
    const { createsCluster, provider } = targetEntry(target);
    if (requirePortableTo.indexOf(target) < index || !createsCluster || target === args.target) return [];
    const there = argumentsFor(args, target);
    const spec = resolveCluster(there);
    const lacks = lacking(spec, requirementsOf(spec));
    const refused = [...checkCloud(there, spec), ...provider.check(spec)];
    return [
      ...lacks.map(({ property, value, support }) => unsupportedThere(target, property, value, support)),
      ...refused
        .filter(({ path }) => !lacks.some(({ property }) => property === path))
        .map((problem) => refusedThere(target, problem)),
    ];
  });
}

function unsupportedThere(target: Target, path: string, value: unknown, support: Unsupported): Problem {
  return {
    code: "portability/unsupported",
    path,
    value,
    why: `requirePortableTo names ${target}, which cannot give this: ${support.reason}`,
    fix: `${support.remedy}; or take ${target} out of requirePortableTo`,
  };
}

function refusedThere(target: Target, problem: Problem): Problem {
  return {
    ...problem,
    code: "portability/refused",
    why: `requirePortableTo names ${target}, which would refuse this: ${problem.why}`,
    fix: `${problem.fix}; or take ${target} out of requirePortableTo`,
  };
}

interface Lack {
  readonly property: string;
  readonly value: unknown;
  readonly support: Unsupported;
}

function lacking(spec: ClusterSpec, requirements: readonly Requirement[]): Lack[] {
  const mode = supportOf(spec);
  if (!hasMode(mode)) return [{ property: "compute", value: spec.compute, support: mode }];
  return requirements.flatMap(({ capability, property, value }) => {
    const support = mode[capability];
    return support.level === "unsupported" ? [{ property, value, support }] : [];
  });
}

/** What a cluster of this spec gives; a choice of the target's own block may narrow it. */
export function supportOf(spec: ClusterSpec): ModeSupport {
  const mode = capabilityMatrix[spec.target][spec.compute];
  return hasMode(mode) ? (targetEntry(spec.target).provider.capabilities?.(spec) ?? mode) : mode;
}
