import type { Problem } from "../../../core/problems.js";
import { targets } from "../../../providers/contract.js";
import { targetEntry } from "../../../providers/registry.js";
import type { ClusterArgs } from "../args.js";

/** What only a cluster that isokube makes can be told. */
const onlyWhenCreated = [
  "releaseChannel",
  "compute",
  "pools",
  "controlPlane",
  "network",
  "access",
  "deletionProtection",
  "tags",
  "replaceCluster",
] as const;

/** Whether what was written fits the target. */
export function checkTarget(args: ClusterArgs): Problem[] {
  return [...checkBlocks(args), ...checkApplicable(args), ...checkPortability(args), ...checkExisting(args)];
}

function checkBlocks(args: ClusterArgs): Problem[] {
  const foreign = targets.filter((name) => name !== args.target && args[name] !== undefined);
  // The block itself is not shown: it may hold a kubeconfig.
  const problems: Problem[] = foreign.map((name) => ({
    code: "target/foreign-block",
    path: name,
    why: `these options are for the target ${name}, and the target is ${args.target}`,
    fix: `remove ${name}, or set target: "${name}"`,
  }));
  if (targetEntry(args.target).needsBlock && args[args.target] === undefined) {
    problems.push({
      code: "target/missing-block",
      path: args.target,
      why: `the target ${args.target} needs to be told which one`,
      fix: `add the block ${args.target}: { … }`,
    });
  }
  return problems;
}

function checkApplicable(args: ClusterArgs): Problem[] {
  if (targetEntry(args.target).createsCluster) return [];
  return onlyWhenCreated
    .filter((option) => args[option] !== undefined)
    .map((option) => ({
      code: "target/option-not-applicable",
      path: option,
      why: `the target ${args.target} uses a cluster as it is, so this cannot be set`,
      fix: `leave ${option} out`,
    }));
}

function checkPortability({ requirePortableTo = [] }: ClusterArgs): Problem[] {
  return requirePortableTo.flatMap((target, index): Problem[] => {
    const path = `requirePortableTo[${index}]`;
    if (requirePortableTo.indexOf(target) < index) {
      return [{ code: "list/duplicate", path, value: target, why: "it stands in the list twice", fix: "remove one" }];
    }
    if (targetEntry(target).createsCluster) return [];
    return [
      {
        code: "portability/unpredictable",
        path,
        value: target,
        why: "an existing cluster gives whatever it gives, so nothing can be promised for it",
        fix: "take it out, and name targets that isokube makes",
      },
    ];
  });
}

function checkExisting({ existing }: ClusterArgs): Problem[] {
  if (existing === undefined || existing.kubeconfig !== undefined || existing.context !== undefined) return [];
  return [
    {
      code: "existing/no-context",
      path: "existing.context",
      why: "whichever context happens to be the current one would be used, and that changes",
      fix: "name a context of your kubeconfig, or give a kubeconfig",
    },
  ];
}
