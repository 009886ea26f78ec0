import type { Problem } from "../../../core/problems.js";
import { capabilityMatrix, hasMode, type Unsupported } from "../../../providers/capabilities.js";
import type { ClusterSpec, Target } from "../../../providers/contract.js";
import { type Requirement, requirementsOf } from "../requirements.js";

/**
 * Whether the target, and every target that the cluster must be portable to,
 * gives what is asked for. All of it is read from the matrix, so nothing here
 * knows one target from another.
 */
export function checkCapabilities(spec: ClusterSpec, requirePortableTo: readonly Target[]): Problem[] {
  const requirements = requirementsOf(spec);
  const here = lacking(
    spec,
    spec.target,
    requirements.filter(({ essential }) => essential),
  ).map(
    ({ property, value, support }): Problem => ({
      code: "capability/unsupported",
      path: property,
      value,
      why: `the target ${spec.target} cannot give this: ${support.reason}`,
      fix: support.remedy,
    }),
  );
  const elsewhere = requirePortableTo.flatMap((target) =>
    // Portable means the same on both: what the report would call a deviation counts too.
    lacking(spec, target, requirements).map(
      ({ property, value, support }): Problem => ({
        code: "portability/unsupported",
        path: property,
        value,
        why: `requirePortableTo names ${target}, which cannot give this: ${support.reason}`,
        fix: `${support.remedy}; or take ${target} out of requirePortableTo`,
      }),
    ),
  );
  return [...here, ...elsewhere];
}

interface Lack {
  readonly property: string;
  readonly value: unknown;
  readonly support: Unsupported;
}

function lacking(spec: ClusterSpec, target: Target, requirements: readonly Requirement[]): Lack[] {
  const mode = capabilityMatrix[target][spec.compute];
  if (!hasMode(mode)) return [{ property: "compute", value: spec.compute, support: mode }];
  return requirements.flatMap(({ capability, property, value }) => {
    const support = mode[capability];
    return support.level === "unsupported" ? [{ property, value, support }] : [];
  });
}
