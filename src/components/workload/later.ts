import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../core/problems.js";
import { assertNoProblems } from "../../core/validation.js";
import type { ClusterFacts } from "./check/cluster-facts.js";
import { leavesInPlain } from "./check/secrets.js";
import { checkWorkload } from "./check.js";
import { isLater } from "./leaf.js";
import type { WorkloadSpec } from "./spec.js";

type Keys = readonly (string | number)[];

interface LaterLeaf {
  /** Where it stands in the spec. */
  readonly keys: Keys;
  readonly value: unknown;
}

/** Every leaf that is not known yet. */
export function laterLeaves(node: unknown, keys: Keys = []): LaterLeaf[] {
  if (typeof node !== "object" || node === null) return [];
  if (isLater(node)) return [{ keys, value: node }];
  const entries = Array.isArray(node) ? node.entries() : Object.entries(node);
  return [...entries].flatMap(([key, value]: [string | number, unknown]) => laterLeaves(value, [...keys, key]));
}

/**
 * Checks the leaves that were not known at once, as soon as they are. Whoever
 * waits for the promise is not created when something is wrong. What a preview
 * cannot know yet is checked by the update.
 * @throws ValidationError, with nothing secret in it
 */
export async function checkLaterLeaves(
  subject: string,
  spec: WorkloadSpec,
  later: readonly LaterLeaf[],
  facts: ClusterFacts,
): Promise<void> {
  const values: Record<string, unknown> = await pulumi.runtime.serializeProperties(
    subject,
    Object.fromEntries(later.map(({ value }, index) => [String(index), value])),
  );
  let known = spec;
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
  const exposed = leavesInPlain(spec).flatMap(({ path, leaf }): Problem[] =>
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
  assertNoProblems(
    subject,
    [...checkWorkload(known, facts), ...exposed].map((problem) => redacted(problem, secrets)),
  );
}

/** A copy with one leaf replaced; the rest is shared. */
function replaced<T>(node: T, [key, ...rest]: Keys, value: unknown): T {
  if (key === undefined) return value as T;
  const copy: unknown = Array.isArray(node) ? [...node] : { ...node };
  const block = copy as Record<string | number, unknown>;
  block[key] = replaced(block[key], rest, value);
  return copy as T;
}

function redacted(problem: Problem, secrets: readonly string[]): Problem {
  const clean = (text: string) => secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "[secret]"), text);
  const { value, ...rest } = problem;
  const shown = typeof value === "string" ? clean(value) : value;
  return { ...rest, ...(value === undefined ? {} : { value: shown }), why: clean(rest.why), fix: clean(rest.fix) };
}
