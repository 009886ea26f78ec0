import { poolLabel } from "../../core/labels.js";
import { dnsLabelProblem, labelKeyProblem, labelValueProblem } from "../../core/names.js";
import type { Problem } from "../../core/problems.js";
import { parseQuantity } from "../../core/quantity.js";
import { childPath } from "../input-types.js";
import { isPropertyMap, knownText, type PropertyMap, type PropertyValue } from "../properties.js";

/** Labels that the nodes get anyway: a second value could only contradict. */
const ownLabels = [poolLabel, "kubernetes.io/arch", "kubernetes.io/os", "kubernetes.io/hostname"];

/** The longest value of a node's label `kubernetes.io/hostname`, which is its name. */
const nodeNameLimit = 63;

/** How many nodes the pools have; undefined when that is not known yet. */
export function nodeCount(pools: PropertyValue | undefined): number | undefined {
  if (!Array.isArray(pools)) return undefined;
  let nodes = 0;
  for (const pool of pools) {
    const count = isPropertyMap(pool) ? pool["count"] : undefined;
    if (typeof count !== "number") return undefined;
    nodes += count;
  }
  return nodes;
}

export function poolProblems(inputs: PropertyMap): Problem[] {
  const pools = Array.isArray(inputs["pools"]) ? inputs["pools"] : [];
  const firstOfName = new Map<string, number>();
  return pools.flatMap((pool, index) => {
    if (!isPropertyMap(pool)) return [];
    const path = childPath("pools", index);
    const name = knownText(pool["name"]);
    const first = name === undefined ? undefined : firstOfName.get(name);
    if (name !== undefined && first === undefined) firstOfName.set(name, index);
    return [
      ...(first === undefined
        ? []
        : [
            {
              code: "pool/duplicate",
              path: `${path}.name`,
              value: name,
              why: `pools[${first}] has this name too`,
              fix: "give each pool a name of its own",
            },
          ]),
      ...poolNameProblems(pool, path),
      ...quantityProblems(pool["cpu"], `${path}.cpu`, "4"),
      ...quantityProblems(pool["memory"], `${path}.memory`, "16Gi"),
      ...labelProblems(pool["labels"], `${path}.labels`),
      ...taintProblems(pool["taints"], `${path}.taints`),
    ];
  });
}

function poolNameProblems(pool: PropertyMap, poolPath: string): Problem[] {
  const value = knownText(pool["name"]);
  if (value === undefined) return [];
  const path = `${poolPath}.name`;
  const why = dnsLabelProblem(value);
  if (why !== undefined) return [{ code: "name/invalid", path, value, why, fix: "choose a name such as general" }];
  const last = typeof pool["count"] === "number" ? Math.max(0, pool["count"] - 1) : 0;
  const excess = `${value}-${last}`.length - nodeNameLimit;
  if (excess <= 0) return [];
  const tooLong = `its nodes' names (${value}-${last}) are longer than ${nodeNameLimit} characters`;
  return [{ code: "name/too-long", path, value, why: tooLong, fix: `shorten it by ${excess}` }];
}

function quantityProblems(quantity: PropertyValue | undefined, path: string, example: string): Problem[] {
  const value = knownText(quantity);
  if (value === undefined) return [];
  const amount = parseQuantity(value);
  if (amount !== undefined && amount > 0n) return [];
  const why = amount === undefined ? "it is not a Kubernetes quantity" : "it must be more than nothing";
  return [{ code: "quantity/invalid", path, value, why, fix: `write a quantity such as "${example}"` }];
}

function labelProblems(labels: PropertyValue | undefined, path: string): Problem[] {
  if (!isPropertyMap(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const at = childPath(path, key);
    const text = knownText(value);
    if (ownLabels.includes(key)) {
      const why = "isokube sets this label itself";
      return [{ code: "label/reserved", path: at, why, fix: "remove it" }];
    }
    const wrongKey = labelKeyProblem(key);
    const wrongValue = text === undefined ? undefined : labelValueProblem(text);
    return [
      ...(wrongKey === undefined
        ? []
        : [{ code: "label/key", path: at, why: `the key ${wrongKey}`, fix: "correct the key" }]),
      ...(wrongValue === undefined
        ? []
        : [{ code: "label/value", path: at, value: text, why: `the value ${wrongValue}`, fix: "correct the value" }]),
    ];
  });
}

function taintProblems(taints: PropertyValue | undefined, path: string): Problem[] {
  if (!Array.isArray(taints)) return [];
  return taints.flatMap((taint, index) => {
    if (!isPropertyMap(taint)) return [];
    const key = knownText(taint["key"]);
    const value = knownText(taint["value"]);
    const wrongKey = key === undefined ? undefined : labelKeyProblem(key);
    const wrongValue = value === undefined ? undefined : labelValueProblem(value);
    const at = childPath(path, index);
    return [
      ...(wrongKey === undefined
        ? []
        : [{ code: "taint/key", path: `${at}.key`, value: key, why: wrongKey, fix: "correct the key" }]),
      ...(wrongValue === undefined
        ? []
        : [{ code: "taint/value", path: `${at}.value`, value, why: wrongValue, fix: "correct the value" }]),
    ];
  });
}
