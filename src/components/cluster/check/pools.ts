import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import { targetEntry } from "../../../providers/registry.js";
import { known } from "../../workload/leaf.js";
import type { ClusterArgs, PoolArgs, TaintArgs } from "../args.js";
import { cpuQuantity, labelKey, labelValue, leafProblems, memoryQuantity, poolName, taintKey } from "./values.js";

/** Whether the pools can be. */
export function checkPools({ target, compute = "pools", pools }: ClusterArgs): Problem[] {
  if (compute === "serverless") return pools === undefined ? [] : [poolsWithServerless];
  const entries = Object.entries(pools ?? {});
  const { listsNodes } = targetEntry(target);
  if (entries.length === 0) return listsNodes ? [] : [noPools];
  const problems = entries.flatMap(([name, pool]) => checkPool(joinPath("pools", name), name, pool));
  const isEmpty = !listsNodes && entries.every(([, pool]) => known(pool.max ?? pool.min ?? 1) === 0);
  return isEmpty ? [...problems, noNodes] : problems;
}

const poolsWithServerless: Problem = {
  code: "pools/with-serverless",
  path: "pools",
  why: "with serverless compute, nodes follow what pods request",
  fix: 'leave out pools, or set compute: "pools"',
};

const noPools: Problem = {
  code: "pools/none",
  path: "pools",
  why: "a cluster without nodes runs nothing",
  fix: 'add a pool, for example pools: { general: { cpu: 4, memory: "16Gi", min: 2 } }',
};

const noNodes: Problem = {
  code: "pools/no-nodes",
  path: "pools",
  why: "no pool has a node",
  fix: "set min or max of a pool above 0",
};

function checkPool(path: string, name: string, pool: PoolArgs): Problem[] {
  const naming = poolName(name);
  const cpu = known(pool.cpu);
  return [
    ...(naming === undefined ? [] : [{ ...naming, path, value: name }]),
    ...leafProblems(`${path}.cpu`, cpu === undefined ? undefined : String(cpu), cpuQuantity),
    ...leafProblems(`${path}.memory`, pool.memory, memoryQuantity),
    ...checkBounds(path, pool),
    ...Object.entries(pool.labels ?? {}).flatMap(([key, value]) => {
      const at = joinPath(`${path}.labels`, key);
      return [...leafProblems(at, key, labelKey), ...leafProblems(at, value, labelValue)];
    }),
    ...checkTaints(`${path}.taints`, pool.taints ?? []),
  ];
}

function checkBounds(path: string, pool: PoolArgs): Problem[] {
  const [min, max] = [known(pool.min ?? 1), known(pool.max)];
  if (min === undefined || max === undefined || !(min > max)) return [];
  const code = "pools/min-above-max";
  const fix = "make min at most max";
  return pool.min === undefined
    ? [{ code, path: `${path}.max`, value: max, why: "it is below min, which is 1 by default", fix }]
    : [{ code, path: `${path}.min`, value: min, why: `it is above max, which is ${max}`, fix }];
}

function checkTaints(path: string, taints: readonly TaintArgs[]): Problem[] {
  const identities = taints.map(({ key, effect }) => `${String(known(key))}:${String(known(effect))}`);
  return taints.flatMap((taint, index) => {
    const at = `${path}[${index}]`;
    const isKnown = !identities[index]?.includes("undefined");
    const twice = isKnown && identities.indexOf(identities[index] ?? "") < index;
    return [
      ...leafProblems(`${at}.key`, taint.key, taintKey),
      ...leafProblems(`${at}.value`, taint.value, labelValue),
      ...(twice
        ? [
            {
              code: "list/duplicate",
              path: at,
              value: identities[index],
              why: "a taint with this key and effect stands in the list twice",
              fix: "remove one",
            },
          ]
        : []),
    ];
  });
}
