import * as pulumi from "@pulumi/pulumi";
import type { GrantedIdentity } from "../../providers/contract.js";
import { targetEntry } from "../../providers/registry.js";
import { known } from "./leaf.js";
import type { PreparedWorkload } from "./prepare.js";

/**
 * Lets the cloud trust the workload's service account, as its target does it;
 * undefined when nothing was asked for. What is made waits for `checked`.
 */
export function grantIdentity(
  parent: pulumi.ComponentResource,
  { name, args: { cluster }, spec }: PreparedWorkload,
  checked: Promise<void> | undefined,
): GrantedIdentity | undefined {
  const grant = targetEntry(cluster.target).provider?.grantIdentity;
  // The checks let nothing pass that is asked for and cannot be had.
  if (spec.identity === undefined || grant === undefined || cluster.workloadIdentity === undefined) return undefined;
  const after = (leaf: pulumi.Input<string>): pulumi.Input<string> =>
    checked === undefined ? leaf : pulumi.all([leaf, checked]).apply(([value]) => value);
  return grant({
    name,
    parent,
    cluster: cluster.workloadIdentity,
    namespace: after(spec.namespace),
    serviceAccount: spec.name,
    grants: spec.identity.grants.map(({ role, scope }) => ({
      role: after(role),
      ...(scope === undefined ? {} : { scope: after(scope) }),
      ...keyOf(role, scope),
    })),
    tags: {},
  });
}

function keyOf(role: pulumi.Input<string>, scope: pulumi.Input<string> | undefined): { readonly key?: string } {
  const texts = [role, scope ?? ""].map((leaf) => known(leaf));
  return texts.includes(undefined) ? {} : { key: texts.join(" ").trim() };
}
