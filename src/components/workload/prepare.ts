import { joinPath } from "../../core/shape.js";
import { assertNoProblems, ProblemList, withoutConsequences } from "../../core/validation.js";
import { type Claim, checkClaim, checkKubernetesProvider } from "../kubernetes-provider.js";
import type { WorkloadArgs } from "./args.js";
import { type ClusterFacts, clusterFacts } from "./check/cluster-facts.js";
import { checkWorkload } from "./check.js";
import { known } from "./leaf.js";
import { envSecretName } from "./names.js";
import { workloadShape } from "./read.js";
import { resolveWorkload } from "./resolve.js";
import { usesEnvSecret, type WorkloadSpec } from "./spec.js";

/** A workload in which nothing is wrong that can be known yet. */
export interface PreparedWorkload {
  /** How problems and other components speak of it. */
  readonly subject: string;
  /** The component's name. */
  readonly name: string;
  /** What the user wrote, in its long form. */
  readonly args: WorkloadArgs;
  readonly spec: WorkloadSpec;
  readonly facts: ClusterFacts;
  /** Its names in the cluster, as far as its namespace is known, each with the property that decides it. */
  readonly claims: readonly Claim[];
}

/**
 * Reads, resolves and checks a workload's arguments; registers nothing.
 * @throws ValidationError with every problem
 */
export function prepareWorkload(name: string, given: unknown): PreparedWorkload {
  const malformed = new ProblemList();
  const args = workloadShape.read(given, "", malformed);
  const { cluster } = args;
  const spec = resolveWorkload(name, args);
  const facts = clusterFacts(cluster);
  const claims = claimsOf(spec);
  const subject = `Workload ${JSON.stringify(name)}`;
  const wrong = [
    ...checkWorkload(spec, facts),
    ...checkKubernetesProvider(cluster),
    ...claims.flatMap((claim) => checkClaim(cluster, claim)),
  ];
  assertNoProblems(subject, [...malformed.found, ...withoutConsequences(malformed.found, wrong)]);
  return { subject, name, args, spec, facts, claims };
}

/** All objects are named after the workload; those of volumes after both, so that two workloads can meet there. */
function claimsOf(spec: WorkloadSpec): Claim[] {
  const namespace = known(spec.namespace);
  if (namespace === undefined) return [];
  const claim = (kind: string, name: string, path: string): Claim => ({ object: `${kind} ${namespace}/${name}`, path });
  return [
    claim("Workload", spec.name, "name"),
    ...(usesEnvSecret(spec) ? [claim("Secret", envSecretName(spec.name), "name")] : []),
    ...spec.volumes.flatMap(({ name, from }) => {
      if (from !== "config" && from !== "secret") return [];
      const kind = from === "config" ? "ConfigMap" : "Secret";
      return [claim(kind, `${spec.name}-${name}`, joinPath("volumes", name))];
    }),
  ];
}
