import { closestName } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { parseQuantity } from "../../../core/quantity.js";
import { joinPath } from "../../../core/shape.js";
import { type ClusterSpec, isCloud, type PoolSpec } from "../../../providers/contract.js";
import { known } from "../../workload/leaf.js";
import type { ClusterArgs } from "../args.js";
import { cpuQuantity, leafProblems, notEmpty } from "./values.js";

/**
 * What no cloud can make sense of, told once for all of them. What only one
 * cloud refuses, its adapter says.
 */
export function checkCloud(args: ClusterArgs, spec: ClusterSpec): Problem[] {
  return [
    ...spec.pools.flatMap((pool) => [...checkZones(spec, pool), ...checkDisk(pool)]),
    ...checkTypeNames(spec),
    ...checkKey(spec),
    ...checkExistingNetwork(args),
    ...(isCloud(spec.target) ? [...checkReach(spec), ...checkFirstNode(spec)] : []),
  ];
}

function checkZones({ network, aws, gcp }: ClusterSpec, pool: PoolSpec): Problem[] {
  const named = aws.zones ?? gcp.zones;
  const count = named?.length ?? network.zones;
  const path = `${joinPath("pools", pool.name)}.zones`;
  return pool.zones.flatMap((zone, index): Problem[] => {
    const at = { path: `${path}[${index}]`, value: zone };
    if (pool.zones.indexOf(zone) < index) {
      return [{ code: "list/duplicate", ...at, why: "it stands in the list twice", fix: "remove one" }];
    }
    if (zone <= count) return [];
    const why = `the cluster has ${count} ${count === 1 ? "zone" : "zones"}`;
    const more = named === undefined ? "raise network.zones" : "name more zones";
    return [{ code: "pools/zone", ...at, why, fix: `${count === 1 ? "use 1" : `use 1 to ${count}`}, or ${more}` }];
  });
}

const gibibyte = parseQuantity("1Gi") ?? 1n;
/** Node images, and the container images of the cluster's own pods, need about this. */
const smallestDisk = { text: "20Gi", amount: 20n * gibibyte };
const largestDisk = { text: "16Ti", amount: 16n * 1024n * gibibyte };

function checkDisk(pool: PoolSpec): Problem[] {
  const size = known(pool.disk.size);
  if (size === undefined) return [];
  const at = { path: `${joinPath("pools", pool.name)}.disk.size`, value: size };
  const format = leafProblems(at.path, size, cpuQuantity);
  if (format.length > 0) return format.map((problem) => ({ ...problem, fix: "write an amount such as 50Gi" }));
  const amount = parseQuantity(size) ?? 0n;
  if (amount < smallestDisk.amount) {
    const why = `a node and the images of the cluster's own pods need at least ${smallestDisk.text}`;
    return [{ code: "disk/too-small", ...at, why, fix: `use ${smallestDisk.text} or more` }];
  }
  if (amount <= largestDisk.amount) return [];
  const why = `no target has a node disk above ${largestDisk.text}`;
  return [{ code: "disk/too-large", ...at, why, fix: `use ${largestDisk.text} or less` }];
}

/** Types are named for pools that there are. */
function checkTypeNames({ aws, azure, gcp, pools, compute }: ClusterSpec): Problem[] {
  const names = pools.map(({ name }) => name);
  const options: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> = {
    "aws.instanceTypes": aws.instanceTypes,
    "azure.vmSizes": azure.vmSizes,
    "gcp.machineTypes": gcp.machineTypes,
  };
  return Object.entries(options).flatMap(([option, types = {}]) =>
    Object.entries(types)
      .filter(([name]) => !names.includes(name))
      .map(([name, value]): Problem => {
        const path = joinPath(option, name);
        if (compute === "serverless") {
          const why = "with serverless compute, machines follow what pods request";
          return { code: "pools/with-serverless", path, value, why, fix: `leave ${option} out` };
        }
        const meant = closestName(name, names) ?? names[0];
        const fix = meant === undefined ? "leave it out" : `name a pool, for example ${meant}`;
        return { code: "pools/unknown-name", path, value, why: "there is no pool of this name", fix };
      }),
  );
}

function checkKey({ controlPlane }: ClusterSpec): Problem[] {
  const { encryptionKey, secretsEncryption } = controlPlane;
  if (encryptionKey === undefined || known(secretsEncryption) !== false) {
    return leafProblems("controlPlane.encryptionKey", encryptionKey, notEmpty);
  }
  return [
    {
      code: "encryption/unused-key",
      path: "controlPlane.encryptionKey",
      value: known(encryptionKey),
      why: "secretsEncryption is false, so no key is used",
      fix: "leave encryptionKey out, or leave secretsEncryption out",
    },
  ];
}

function checkExistingNetwork({ network }: ClusterArgs): Problem[] {
  const existing = network?.existing;
  if (existing === undefined) return [];
  const path = "network.existing";
  const subnets = existing.subnets.map(known);
  const problems = [
    ...leafProblems(`${path}.id`, existing.id, notEmpty),
    ...existing.subnets.flatMap((subnet, index) => leafProblems(`${path}.subnets[${index}]`, subnet, notEmpty)),
    ...subnets.flatMap((subnet, index): Problem[] =>
      subnet === undefined || subnets.indexOf(subnet) === index
        ? []
        : [
            {
              code: "list/duplicate",
              path: `${path}.subnets[${index}]`,
              value: subnet,
              why: "it stands in the list twice",
              fix: "remove one",
            },
          ],
    ),
  ];
  if (subnets.length === 0) {
    const why = "nodes need a subnet to be in";
    const fix = "name the private subnets of the network";
    problems.push({ code: "network/no-subnets", path: `${path}.subnets`, value: [], why, fix });
  }
  if (network?.cidr !== undefined) {
    const why = "an existing network has its addresses already";
    const fix = "leave out network.cidr, or network.existing";
    problems.push({ code: "network/cidr-of-existing", path: "network.cidr", value: known(network.cidr), why, fix });
  }
  return problems;
}

/** Nothing is opened to the world unless the user writes the world. */
function checkReach({ controlPlane }: ClusterSpec): Problem[] {
  const { endpoint, allowedCidrs } = controlPlane;
  if ((endpoint === "public" || endpoint === "both") && allowedCidrs.length === 0) {
    return [
      {
        code: "endpoint/open",
        path: "controlPlane.endpoint",
        value: endpoint,
        why: "without allowedCidrs the API server would be open to the whole internet",
        fix: 'list the ranges that may reach it in controlPlane.allowedCidrs ("0.0.0.0/0" if you mean everyone)',
      },
    ];
  }
  if (endpoint !== "private" || allowedCidrs.length === 0) return [];
  return [
    {
      code: "endpoint/unused-ranges",
      path: "controlPlane.allowedCidrs",
      value: allowedCidrs.map(known),
      why: "a private endpoint is reached from its network only, so these ranges would not help",
      fix: 'leave allowedCidrs out, or set endpoint: "both"',
    },
  ];
}

/** DNS and the autoscaler itself run on nodes, so one has to be there from the start. */
function checkFirstNode({ pools }: ClusterSpec): Problem[] {
  if (pools.length === 0 || pools.some(({ min }) => known(min) !== 0)) return [];
  // That no pool may have any node has been told already.
  if (pools.every(({ max }) => known(max) === 0)) return [];
  const [first] = pools;
  return [
    {
      code: "pools/none-at-start",
      path: `${joinPath("pools", first?.name ?? "")}.min`,
      value: 0,
      why: "no pool keeps a node, so DNS and the cluster's own controllers have none to run on",
      fix: "set min of one pool to 1 or more",
    },
  ];
}
