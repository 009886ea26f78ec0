import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import type { ClusterSpec, PoolSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { diskGib, machineOf } from "../machine-types.js";

const mostNodesOfPool = 1000;
const smallestDiskGib = 30;
const largestDiskGib = 2048;
/** One pool of the hundred is the system's. */
const mostPools = 99;

/** Whether AKS can have the pools. */
export function checkAzurePools(spec: ClusterSpec): Problem[] {
  const { pools } = spec;
  if (spec.compute === "serverless") return [];
  return [
    ...pools.flatMap((pool) => checkPool(spec, joinPath("pools", pool.name), pool)),
    ...checkSpotAlone(pools),
    ...(pools.length > mostPools
      ? [
          {
            code: "azure/too-many-pools",
            path: "pools",
            value: pools.length,
            why: `AKS takes at most ${mostPools} pools beside the system's`,
            fix: "join pools of the same size",
          },
        ]
      : []),
  ];
}

/** AKS taints spot nodes, so a pod that does not know of it finds no place. */
function checkSpotAlone(pools: readonly PoolSpec[]): Problem[] {
  if (pools.length === 0 || pools.some(({ spot }) => !spot)) return [];
  return pools.map((pool) => ({
    code: "azure/only-spot",
    path: `${joinPath("pools", pool.name)}.spot`,
    value: true,
    why: "AKS taints spot nodes, and no pool without spot is left for pods that do not tolerate it",
    fix: "add a pool without spot, or leave spot out of one",
  }));
}

function checkPool(spec: ClusterSpec, path: string, pool: PoolSpec): Problem[] {
  return [
    ...checkMachine(spec, path, pool),
    ...checkDisk(`${path}.disk.size`, known(pool.disk.size)),
    ...checkCount(`${path}.max`, known(pool.max)),
    ...Object.keys(pool.labels).flatMap((key) => checkReserved(joinPath(`${path}.labels`, key), key, "label")),
    ...pool.taints.flatMap(({ key }, index) => checkReserved(`${path}.taints[${index}].key`, known(key), "taint")),
  ];
}

function checkMachine(spec: ClusterSpec, path: string, pool: PoolSpec): Problem[] {
  const machine = machineOf(spec, pool);
  if ("problems" in machine) return [...machine.problems];
  const { listed, type } = machine.choice;
  if (!listed || type.arch === pool.arch) return [];
  return [
    {
      code: "azure/size-of-other-arch",
      path: joinPath("azure.vmSizes", pool.name),
      value: type.name,
      why: `machines of this size are ${type.arch}, and ${path}.arch is ${pool.arch}`,
      fix: `set ${path}.arch: "${type.arch}", or name another size`,
    },
  ];
}

function checkDisk(path: string, size: string | undefined): Problem[] {
  const gib = size === undefined ? undefined : diskGib(size);
  if (gib === undefined || (gib >= smallestDiskGib && gib <= largestDiskGib)) return [];
  return [
    {
      code: "azure/disk-size",
      path,
      value: size,
      why: `a node's disk has ${smallestDiskGib}Gi to ${largestDiskGib}Gi on AKS`,
      fix: `write an amount between, for example ${gib < smallestDiskGib ? "50Gi" : "1Ti"}`,
    },
  ];
}

function checkCount(path: string, max: number | undefined): Problem[] {
  if (max === undefined || !(max > mostNodesOfPool)) return [];
  const why = `a pool of AKS has at most ${mostNodesOfPool} nodes`;
  return [{ code: "azure/pool-too-large", path, value: max, why, fix: "split the pool" }];
}

function checkReserved(path: string, key: string | undefined, what: string): Problem[] {
  if (key === undefined || !/^([^/]+\.)?kubernetes\.azure\.com\//.test(key)) return [];
  return [
    {
      code: "azure/reserved-key",
      path,
      value: key,
      why: `AKS keeps keys of kubernetes.azure.com for itself, so no ${what} can have one`,
      fix: "use a domain of your own",
    },
  ];
}
