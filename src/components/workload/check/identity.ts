import type { Problem } from "../../../core/problems.js";
import { targetEntry } from "../../../providers/registry.js";
import { known } from "../leaf.js";
import type { GrantSpec, WorkloadSpec } from "../spec.js";
import type { ClusterFacts } from "./cluster-facts.js";

/** Whether the pods can be given an identity of the cloud, and whether each grant says something. */
export function checkIdentity({ identity, serviceAccount }: WorkloadSpec, facts: ClusterFacts): Problem[] {
  if (identity === undefined) return [];
  const problems = [...checkSource(facts), ...checkGrants(identity.grants)];
  if (!serviceAccount.own) {
    problems.push({
      code: "identity/existing-service-account",
      path: "serviceAccount.name",
      value: known(serviceAccount.name),
      why: "the cloud trusts a service account by what is written on it, and this one is not the workload's to write on",
      fix: "remove serviceAccount.name so that the workload has a service account of its own, or remove identity and let whoever made that service account give it one",
    });
  }
  return problems;
}

function checkSource({ target, capabilities, givesIdentities }: ClusterFacts): Problem[] {
  // That the target has no cloud at all is the capability's to say.
  if (capabilities?.workloadIdentity.level === "unsupported") return [];
  if (targetEntry(target).provider?.grantIdentity === undefined) {
    return [
      {
        code: "identity/no-cloud",
        path: "identity",
        why: `isokube knows no cloud of a cluster of target ${JSON.stringify(target)} that could trust its pods`,
        fix: "remove identity, and annotate serviceAccount with what the cluster's own cloud asks for",
      },
    ];
  }
  if (givesIdentities) return [];
  return [
    {
      code: "identity/unknown-cluster",
      path: "cluster.workloadIdentity",
      why: "the cluster given here does not say what identities of its pods are made from",
      fix: "pass the Cluster itself, or add its output workloadIdentity to the plain data",
    },
  ];
}

function checkGrants(grants: readonly GrantSpec[]): Problem[] {
  if (grants.length === 0) {
    return [
      {
        code: "identity/no-grants",
        path: "identity.grants",
        why: "an identity that may do nothing is none",
        fix: "add a grant such as { role: … }, or remove identity",
      },
    ];
  }
  const seen = new Map<string, string>();
  return grants.flatMap(({ path, role: roleLeaf, scope: scopeLeaf }): Problem[] => {
    const role = known(roleLeaf);
    if (role === undefined) return [];
    if (role.trim() === "") {
      return [{ code: "identity/no-role", path: `${path}.role`, value: role, why: "is empty", fix: "name a role" }];
    }
    if (scopeLeaf !== undefined && known(scopeLeaf) === undefined) return [];
    const grant = JSON.stringify([role, known(scopeLeaf)]);
    const first = seen.get(grant);
    if (first === undefined) {
      seen.set(grant, path);
      return [];
    }
    return [{ code: "identity/duplicate", path, value: role, why: `${first} grants the same`, fix: "remove one" }];
  });
}
