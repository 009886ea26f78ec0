import type { Problem } from "../../core/problems.js";
import { joinPath } from "../../core/shape.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import { awsMachines, instanceTypesOf } from "./machine-types.js";

/** What EKS takes for a node group. */
const mostTaints = 50;
const mostInstanceTypes = 20;

/** Whether EKS can make node groups of the pools. */
export function checkPools(spec: ClusterSpec): Problem[] {
  return [
    ...checkInstanceTypes(spec),
    ...spec.pools.flatMap((pool) => checkPool(pool, spec.aws.instanceTypes?.[pool.name])),
    ...checkStandingNodes(spec.pools),
  ];
}

function checkPool(pool: PoolSpec, named: readonly string[] | undefined): Problem[] {
  const path = joinPath("pools", pool.name);
  // Types that were named outright are checked where they were named.
  const machines = named === undefined ? instanceTypesOf(pool) : undefined;
  return [
    ...(machines !== undefined && "problems" in machines ? machines.problems : []),
    ...checkMost(path, known(pool.max)),
    ...checkLabels(path, pool),
    ...(pool.taints.length <= mostTaints
      ? []
      : [
          {
            code: "aws/taints-count",
            path: `${path}.taints`,
            value: `${pool.taints.length} taints`,
            why: `EKS takes ${mostTaints} taints for a node group`,
            fix: "use fewer",
          },
        ]),
  ];
}

function checkMost(path: string, max: number | undefined): Problem[] {
  if (max !== 0) return [];
  return [
    {
      code: "aws/pool-max",
      path: `${path}.max`,
      value: max,
      why: "a node group of EKS may have no node, but must be allowed one",
      fix: "set max to 1 or more, or remove the pool",
    },
  ];
}

/** The kubelet may not give itself labels of Kubernetes, but for a few. */
function checkLabels(path: string, { labels }: PoolSpec): Problem[] {
  return Object.keys(labels).flatMap((key): Problem[] => {
    const domain = key.includes("/") ? (key.split("/")[0] ?? "") : "";
    const isReserved = /(^|\.)(kubernetes\.io|k8s\.io)$/.test(domain);
    const isAllowed =
      /(^|\.)(node|kubelet)\.kubernetes\.io$/.test(domain) || domain === "node-restriction.kubernetes.io";
    const isOfEks = domain === "eks.amazonaws.com" || domain.endsWith(".eks.amazonaws.com");
    if (!isOfEks && (!isReserved || isAllowed)) return [];
    return [
      {
        code: "aws/label",
        path: joinPath(`${path}.labels`, key),
        value: known(labels[key]),
        why: `nodes of EKS may not carry labels of ${domain} but those it sets itself`,
        fix: "use a domain of your own, for example example.com/…",
      },
    ];
  });
}

/** CoreDNS, the autoscaler and the load balancer controller run on nodes, and tolerate no taints of a program. */
function checkStandingNodes(pools: readonly PoolSpec[]): Problem[] {
  const standing = pools.filter(({ min }) => known(min) !== 0);
  const isOpen = (pool: PoolSpec) => pool.taints.every(({ effect }) => known(effect) === "PreferNoSchedule");
  const [first] = standing;
  if (first === undefined || standing.some(isOpen)) return [];
  return [
    {
      code: "aws/no-open-node",
      path: `${joinPath("pools", first.name)}.taints`,
      value: first.taints.map(({ key, effect }) => `${String(known(key))}:${String(known(effect))}`),
      why: "every pool that keeps a node keeps pods off it, so DNS and the cluster's own controllers run nowhere",
      fix: "leave the taints of one pool out, or add a pool without",
    },
  ];
}

function checkInstanceTypes(spec: ClusterSpec): Problem[] {
  const named = spec.aws.instanceTypes;
  if (named === undefined) return [];
  return Object.entries(named).flatMap(([name, types]) => {
    const path = joinPath("aws.instanceTypes", name);
    const pool = spec.pools.find((one) => one.name === name);
    // That there is no such pool is told already.
    return pool === undefined ? [] : checkTypesOf(path, pool, types);
  });
}

function checkTypesOf(path: string, pool: PoolSpec, types: readonly string[]): Problem[] {
  const problem = (at: string, value: unknown, why: string, fix: string): Problem => ({
    code: "aws/instance-type",
    path: at,
    value,
    why,
    fix,
  });
  if (types.length === 0) return [problem(path, types, "the list is empty", "name a type, or leave the pool out")];
  if (types.length > mostInstanceTypes) {
    const why = `EKS takes ${mostInstanceTypes} types for a node group`;
    return [problem(path, `${types.length} types`, why, "name fewer")];
  }
  return types.flatMap((type, index) => {
    const at = `${path}[${index}]`;
    if (!/^[a-z][a-z0-9-]*\.(metal|nano|micro|small|medium|\d*x?large|metal-\d+xl)$/.test(type)) {
      return [problem(at, type, "this is not the name of an instance type", "write for example m7g.xlarge")];
    }
    if (types.indexOf(type) < index) return [problem(at, type, "it stands in the list twice", "remove one")];
    const listed = awsMachines.types.find(({ name }) => name === type);
    if (listed === undefined) return [];
    if (listed.arch !== pool.arch) {
      const why = `it is ${listed.arch}, and the pool asks for ${pool.arch}`;
      return [problem(at, type, why, `set arch: "${listed.arch}" in pools.${pool.name}, or name another type`)];
    }
    if (listed.gpu?.type === pool.gpu?.type) return [];
    const has = listed.gpu === undefined ? "no accelerator" : listed.gpu.type;
    const why = `it has ${has}, and the pool asks for ${pool.gpu?.type ?? "none"}`;
    return [problem(at, type, why, "name a type with what the pool asks for, or change the pool's gpu")];
  });
}
