import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../core/problems.js";
import { assertNoProblems, ProblemList, withoutConsequences } from "../../core/validation.js";
import { leavesInPlain } from "./check/secrets.js";
import { checkWorkload } from "./check.js";
import { isLater } from "./leaf.js";
import type { PreparedWorkload } from "./prepare.js";
import { workloadShape } from "./read.js";
import { resolveWorkload } from "./resolve.js";
import type { WorkloadSpec } from "./spec.js";

type Keys = readonly (string | number)[];

interface LaterLeaf {
  /** Where it stands in the arguments. */
  readonly keys: Keys;
  readonly value: unknown;
}

/** Every leaf of the arguments that is not known yet. The cluster is not the workload's to look into. */
export function laterLeaves({ args: { cluster: _cluster, ...rest } }: PreparedWorkload): LaterLeaf[] {
  return collect(rest, []);
}

function collect(node: unknown, keys: Keys): LaterLeaf[] {
  if (typeof node !== "object" || node === null) return [];
  if (isLater(node)) return [{ keys, value: node }];
  const entries = Array.isArray(node) ? node.entries() : Object.entries(node);
  return [...entries].flatMap(([key, value]: [string | number, unknown]) => collect(value, [...keys, key]));
}

/**
 * Checks the leaves that were not known at once, as soon as they are. Whoever
 * waits for the promise is not created when something is wrong. What a preview
 * cannot know yet is checked by the update.
 * @throws ValidationError, with nothing secret in it
 */
export async function checkLaterLeaves(
  { subject, name, args, spec, facts }: PreparedWorkload,
  later: readonly LaterLeaf[],
): Promise<void> {
  const values: Record<string, unknown> = await pulumi.runtime.serializeProperties(
    subject,
    Object.fromEntries(later.map(({ value }, index) => [String(index), value])),
  );
  let known: unknown = args;
  const secrets: string[] = [];
  const secretLeaves = new Set<unknown>();
  for (const [index, leaf] of later.entries()) {
    const wrapped = values[String(index)];
    const value: unknown = pulumi.runtime.unwrapRpcSecret(wrapped);
    if (value === pulumi.runtime.unknownValue) continue;
    known = replaced(known, leaf.keys, value);
    if (!pulumi.runtime.isRpcSecret(wrapped)) continue;
    secretLeaves.add(leaf.value);
    if (typeof value === "string" && value !== "") secrets.push(value);
  }
  const malformed = new ProblemList();
  const resolved = resolveWorkload(name, workloadShape.read(known, "", malformed));
  const wrong = [...checkWorkload(resolved, facts), ...checkExposure(spec, secretLeaves)];
  const problems = [...malformed.found, ...withoutConsequences(malformed.found, wrong)];
  assertNoProblems(
    subject,
    problems.map((problem) => redacted(problem, secrets)),
  );
}

function checkExposure(spec: WorkloadSpec, secretLeaves: ReadonlySet<unknown>): Problem[] {
  return leavesInPlain(spec).flatMap(({ path, leaf }) =>
    secretLeaves.has(leaf)
      ? [
          {
            code: "secret/in-plain",
            path,
            why: "is secret, and would stand here for everybody who may read the object",
            fix: "pass it as an environment variable without sensitive: false, or in a secret volume",
          },
        ]
      : [],
  );
}

/** A copy with one leaf replaced; the rest is shared. */
function replaced(node: unknown, [key, ...rest]: Keys, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(node))
    return node.map((item: unknown, index) => (index === key ? replaced(item, rest, value) : item));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, item]: [string, unknown]) => [
      name,
      name === key ? replaced(item, rest, value) : item,
    ]),
  );
}

function redacted(problem: Problem, secrets: readonly string[]): Problem {
  const clean = (text: string) => secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "[secret]"), text);
  const { value, ...rest } = problem;
  const shown = typeof value === "string" ? clean(value) : value;
  return { ...rest, ...(value === undefined ? {} : { value: shown }), why: clean(rest.why), fix: clean(rest.fix) };
}
