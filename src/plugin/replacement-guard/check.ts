import { formatValue, type Problem } from "../../core/problems.js";
import { compareMinors, minorOf, parseMinor } from "../../core/versions.js";
import { fillDefaults, typeProblems } from "../input-types.js";
import {
  containsSecret,
  isPropertyMap,
  knownText,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
} from "../properties.js";
import type { CheckRequest, CheckResult } from "../resource.js";
import { replacementGuardDefinition } from "./definition.js";

/**
 * Compares what is asked of a cluster with what it was made with. A value that
 * is not known yet passes: the deployment checks again once it is, still before
 * the cluster's turn.
 */
export function checkReplacement({ oldInputs, newInputs }: CheckRequest): CheckResult {
  const inputs = fillDefaults(replacementGuardDefinition.inputs, newInputs);
  const malformed = typeProblems(replacementGuardDefinition.inputs, inputs);
  if (malformed.length > 0 || oldInputs === undefined) return { inputs, problems: malformed };
  const held = heldProblems(oldInputs, inputs);
  const cluster = textOf(inputs["cluster"]);
  // A cluster that may be made anew may be made with any version.
  if (cluster === undefined || textOf(inputs["allow"]) === cluster) return { inputs, problems: held };
  return { inputs, problems: [...refused(cluster, oldInputs, inputs), ...held] };
}

/** Whether a cluster made with the new inputs is another one. What is not known yet counts as unchanged. */
export function isAnother(oldInputs: PropertyMap, newInputs: PropertyMap): boolean {
  return refused("", oldInputs, newInputs).length > 0;
}

function refused(cluster: string, oldInputs: PropertyMap, inputs: PropertyMap): Problem[] {
  return [...replacements(cluster, oldInputs, inputs), ...versionProblems(oldInputs, inputs)];
}

/** The protection that is asked for now counts: a lock that is still to come would be there before anything goes. */
function heldProblems(oldInputs: PropertyMap, inputs: PropertyMap): Problem[] {
  const now = reveal(inputs["held"] ?? null);
  if (reveal(inputs["protected"] ?? null) !== true || !isPropertyMap(now)) return [];
  return Object.entries(mapOf(oldInputs["held"])).flatMap(([path, value]) => {
    const [had, asked] = [textOf(value), textOf(now[path])];
    const isGone = now[path] === undefined;
    if (had === undefined || (!isGone && (asked === undefined || asked === had))) return [];
    return [
      {
        code: "cluster/protected",
        path,
        why: `${isGone ? "was taken away" : "would be made anew"}, and deletionProtection keeps the cloud from deleting ${had}`,
        fix: "set deletionProtection: false in the same pulumi up, and true again in the next one",
      },
    ];
  });
}

function replacements(cluster: string, oldInputs: PropertyMap, inputs: PropertyMap): Problem[] {
  const before = mapOf(oldInputs["immutable"]);
  // Pulumi may mark the whole map secret for one value in it.
  const allSecret = [oldInputs, inputs].some(({ immutable }) => immutable instanceof Secret);
  // What only one of the two lists has was added or dropped by another release of isokube, not by the user.
  return Object.entries(mapOf(inputs["immutable"])).flatMap(([path, value]) => {
    const [had, asked] = [textOf(before[path]), textOf(value)];
    if (had === undefined || asked === undefined || had === asked) return [];
    const secret = allSecret || containsSecret(value) || containsSecret(before[path]);
    return [
      {
        code: "cluster/replacement",
        path,
        ...(secret || asked === "" ? {} : { value: asked }),
        why: `${madeWith(had, secret)}, and this cannot change without making the cluster anew`,
        fix: `put it back, or set replaceCluster: ${JSON.stringify(cluster)}, which loses everything inside the cluster (nothing, if none was made yet)`,
      },
    ];
  });
}

function madeWith(had: string, secret: boolean): string {
  if (had === "") return "the cluster was made without it";
  return secret ? "the cluster was made with another value" : `the cluster was made with ${formatValue(had)}`;
}

function versionProblems(oldInputs: PropertyMap, inputs: PropertyMap): Problem[] {
  const value = textOf(inputs["version"]);
  const before = parseMinor(minorOf(textOf(oldInputs["version"]) ?? "") ?? "");
  const after = parseMinor(minorOf(value ?? "") ?? "");
  if (before === undefined || after === undefined) return [];
  const had = `${before.major}.${before.minor}`;
  const problem = (code: string, why: string, fix: string): Problem[] => [
    { code, path: "kubernetesVersion", value, why: `the cluster has ${had}, and ${why}`, fix },
  ];
  if (compareMinors(after, before) < 0) {
    return problem("version/downgrade", "Kubernetes cannot be downgraded", `keep ${had}`);
  }
  if (after.major === before.major && after.minor <= before.minor + 1) return [];
  const next = `${before.major}.${before.minor + 1}`;
  return problem("version/skipped-minor", "Kubernetes is upgraded one minor at a time", `go to ${next} first`);
}

function mapOf(value: PropertyValue | undefined): PropertyMap {
  const map = value instanceof Secret ? value.value : value;
  return isPropertyMap(map) ? map : {};
}

function textOf(value: PropertyValue | undefined): string | undefined {
  return knownText(reveal(value ?? null));
}
