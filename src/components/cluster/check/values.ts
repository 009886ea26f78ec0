import type * as pulumi from "@pulumi/pulumi";
import { networkOf, parseCidr } from "../../../core/cidr.js";
import { poolLabel } from "../../../core/labels.js";
import { dnsLabelProblem, labelKeyProblem, labelValueProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { parseQuantity } from "../../../core/quantity.js";
import { defaultMinor, minorOf, parseMinor } from "../../../core/versions.js";
import { isLater } from "../../workload/leaf.js";

/** What is wrong with a value, before its place is known. */
export type Refusal = Omit<Problem, "path" | "value">;

/** Says what is wrong with a value, or nothing. */
type ValueCheck<T> = (value: T) => Refusal | undefined;

/**
 * The problem of a leaf at its place. A value that is known only later is
 * checked by whoever receives it then.
 */
export function leafProblems<T extends string | number>(
  path: string,
  leaf: pulumi.Input<T> | undefined,
  check: ValueCheck<T>,
): Problem[] {
  if (leaf === undefined || isLater<T>(leaf)) return [];
  const refusal = check(leaf);
  return refusal === undefined ? [] : [{ ...refusal, path, value: leaf }];
}

/** Node names are made of cluster and pool names and an index, and must stay below 63 characters. */
const longestClusterName = 30;
const longestPoolName = 20;

const nameRefusal = (what: string, limit: number, name: string): Refusal | undefined => {
  if (name.length > limit) {
    return {
      code: "name/too-long",
      why: `a ${what} name has at most ${limit} characters, because names of nodes are made from it, and this has ${name.length}`,
      fix: `shorten it, for example to ${name.slice(0, limit).replace(/-+$/, "")}`,
    };
  }
  const problem = dnsLabelProblem(name);
  return problem === undefined
    ? undefined
    : { code: "name/format", why: `a ${what} name ${problem}`, fix: "rename it" };
};

export const clusterName: ValueCheck<string> = (name) => nameRefusal("cluster", longestClusterName, name);

export const poolName: ValueCheck<string> = (name) => nameRefusal("pool", longestPoolName, name);

/** A minor such as `1.35`; a full version would be drift as soon as the target patches. */
export const kubernetesMinor: ValueCheck<string> = (version) => {
  if (parseMinor(version) !== undefined) return undefined;
  const minor = minorOf(version);
  return {
    code: "version/format",
    why: minor === undefined ? "this is not a Kubernetes minor" : "patches are the target's to choose",
    fix: `write a minor in quotes, for example "${minor ?? defaultMinor}"`,
  };
};

export const cidr: ValueCheck<string> = (text) => {
  if (parseCidr(text) !== undefined) return undefined;
  const meant = networkOf(text);
  return {
    code: "cidr/format",
    why: meant === undefined ? "this is not an address range" : "bits are set beyond the prefix",
    fix: `write the first address and the prefix length, for example ${meant ?? "10.0.0.0/16"}`,
  };
};

const quantity =
  (example: string): ValueCheck<string> =>
  (text) => {
    const amount = parseQuantity(text);
    if (amount === undefined) {
      return {
        code: "quantity/format",
        why: "this is not a Kubernetes quantity",
        fix: `write an amount such as ${example}`,
      };
    }
    if (amount > 0n) return undefined;
    return {
      code: "quantity/not-positive",
      why: "a node has more than nothing",
      fix: `write an amount such as ${example}`,
    };
  };

export const cpuQuantity = quantity("4 or 500m");

export const memoryQuantity: ValueCheck<string> = (text) => {
  const refusal = quantity("16Gi")(text);
  if (refusal !== undefined) return refusal;
  // A node of 16 bytes is always a forgotten unit.
  const mebibyte = parseQuantity("1Mi") ?? 0n;
  if ((parseQuantity(text) ?? 0n) >= mebibyte) return undefined;
  return { code: "quantity/too-small", why: "this is less than one mebibyte", fix: "add the unit, for example 16Gi" };
};

export const labelKey: ValueCheck<string> = (key) => {
  const problem = labelKeyProblem(key);
  if (problem !== undefined) return { code: "label/key", why: `a label's key ${problem}`, fix: "rename it" };
  if (key !== poolLabel) return undefined;
  return { code: "label/reserved", why: "isokube sets this label to the pool's name", fix: "leave it out" };
};

export const labelValue: ValueCheck<string> = (value) => {
  const problem = labelValueProblem(value);
  return problem === undefined
    ? undefined
    : { code: "label/value", why: `a label's value ${problem}`, fix: "write another value" };
};

export const taintKey: ValueCheck<string> = (key) => {
  const problem = labelKeyProblem(key);
  return problem === undefined ? undefined : { code: "taint/key", why: `a taint's key ${problem}`, fix: "rename it" };
};

export const notEmpty: ValueCheck<string> = (text) =>
  text.trim() === ""
    ? { code: "option/empty", why: "this is empty", fix: "write a value, or leave it out" }
    : undefined;
