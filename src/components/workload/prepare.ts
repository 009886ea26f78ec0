import { assertNoProblems, ProblemList, withoutConsequences } from "../../core/validation.js";
import { checkClaim, checkKubernetesProvider } from "../kubernetes-provider.js";
import type { WorkloadArgs } from "./args.js";
import { type ClusterFacts, clusterFacts } from "./check/cluster-facts.js";
import { checkWorkload } from "./check.js";
import { known } from "./leaf.js";
import { workloadShape } from "./read.js";
import { resolveWorkload } from "./resolve.js";
import type { WorkloadSpec } from "./spec.js";

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
  /** The workload among the objects of its cluster, when its namespace is known. */
  readonly objectName: string | undefined;
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
  const namespace = known(spec.namespace);
  const objectName = namespace === undefined ? undefined : `${namespace}/${spec.name}`;
  const subject = `Workload ${JSON.stringify(name)}`;
  const wrong = [
    ...checkWorkload(spec, facts),
    ...checkKubernetesProvider(cluster),
    ...(objectName === undefined ? [] : checkClaim(cluster, objectName, "name")),
  ];
  assertNoProblems(subject, [...malformed.found, ...withoutConsequences(malformed.found, wrong)]);
  return { subject, name, args, spec, facts, objectName };
}
