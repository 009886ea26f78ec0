import { poolLabel } from "../../../core/labels.js";
import { closestName, labelKeyProblem, labelValueProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { hostPath, hostsOf, hostsOfPool, type OnpremHost, poolNameOf } from "../nodes.js";

/** Whether hosts and pools go together, and whether labels and taints are some. */
export function checkNodes(spec: ClusterSpec): Problem[] {
  return [
    ...hostsOf(spec).flatMap(([name, host]) => [
      ...checkPoolOf(spec, name, host),
      ...checkLabels(hostPath(name), host),
      ...checkTaints(hostPath(name), host),
    ]),
    ...checkCounts(spec),
  ];
}

function checkPoolOf({ pools }: ClusterSpec, name: string, host: OnpremHost): Problem[] {
  const path = `${hostPath(name)}.pool`;
  const names = pools.map((pool) => pool.name);
  const list = names.map((known) => JSON.stringify(known)).join(" or ");
  if (poolNameOf(host, pools) === undefined) {
    const why = "there are several pools, so the host has to say which is its own";
    return [{ code: "onprem/which-pool", path, why, fix: `add pool: ${list}` }];
  }
  const { pool } = host;
  if (pool === undefined) return [];
  const problem = labelValueProblem(pool);
  if (pool === "" || problem !== undefined) {
    const why = `it is the value of the label ${poolLabel}, which ${problem ?? "must not be empty"}`;
    return [{ code: "label/value", path, value: pool, why, fix: "rename the pool" }];
  }
  if (names.length === 0 || names.includes(pool)) return [];
  const meant = closestName(pool, names);
  const fix = meant === undefined ? `write ${list}, or add ${pool} to pools` : `did you mean ${JSON.stringify(meant)}`;
  return [{ code: "pools/unknown-name", path, value: pool, why: "there is no pool of this name", fix }];
}

/** Hosts are a hard ceiling: nothing makes another one when a pool has too few. */
function checkCounts(spec: ClusterSpec): Problem[] {
  return spec.pools.flatMap((pool) => {
    const [min, hosts] = [known(pool.min), hostsOfPool(spec, pool.name).length];
    if (min === undefined || !(min > hosts)) return [];
    const why = `${hosts === 1 ? "1 host is" : `${hosts} hosts are`} in this pool, and nothing makes more of them`;
    const fix = `add hosts with pool: ${JSON.stringify(pool.name)}, or set min to ${hosts}`;
    return [{ code: "onprem/too-few-hosts", path: `${joinPath("pools", pool.name)}.min`, value: min, why, fix }];
  });
}

function checkLabels(path: string, { labels = {} }: OnpremHost): Problem[] {
  return Object.entries(labels).flatMap(([key, leaf]): Problem[] => {
    const at = { path: joinPath(`${path}.labels`, key) };
    const keyProblem = labelKeyProblem(key);
    if (keyProblem !== undefined) {
      return [{ code: "label/key", ...at, value: key, why: `a label's key ${keyProblem}`, fix: "rename it" }];
    }
    if (key === poolLabel) {
      const why = "isokube sets this label to the pool's name";
      return [{ code: "label/reserved", ...at, value: key, why, fix: "write pool instead" }];
    }
    const value = known(leaf);
    const problem = value === undefined ? undefined : labelValueProblem(value);
    if (problem === undefined) return [];
    return [{ code: "label/value", ...at, value, why: `a label's value ${problem}`, fix: "write another value" }];
  });
}

function checkTaints(path: string, { taints = [] }: OnpremHost): Problem[] {
  const identities = taints.map(({ key, effect }) => `${String(known(key))}:${String(known(effect))}`);
  return taints.flatMap((taint, index): Problem[] => {
    const at = `${path}.taints[${index}]`;
    const [key, value] = [known(taint.key), known(taint.value)];
    const keyProblem = key === undefined ? undefined : labelKeyProblem(key);
    const valueProblem = value === undefined ? undefined : labelValueProblem(value);
    const identity = identities[index] ?? "";
    const isTwice = key !== undefined && !identity.includes("undefined") && identities.indexOf(identity) < index;
    return [
      ...(keyProblem === undefined
        ? []
        : [{ code: "taint/key", path: `${at}.key`, value: key, why: `a taint's key ${keyProblem}`, fix: "rename it" }]),
      ...(valueProblem === undefined
        ? []
        : [
            {
              code: "taint/value",
              path: `${at}.value`,
              value,
              why: `a taint's value ${valueProblem}`,
              fix: "rename it",
            },
          ]),
      ...(isTwice
        ? [{ code: "list/duplicate", path: at, value: identity, why: "it stands in the list twice", fix: "remove one" }]
        : []),
    ];
  });
}
