import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import type { ClusterGuard, ClusterProvider, ClusterSpec } from "../../providers/contract.js";
import { isLater } from "../workload/leaf.js";

interface ReplacementGuardArgs {
  cluster: pulumi.Input<string>;
  /** By property path of the cluster's arguments. */
  immutable: pulumi.Input<Record<string, pulumi.Input<string>>>;
  version: pulumi.Input<string>;
  allow: pulumi.Input<string>;
  /** By property path of the cluster's arguments. */
  held: pulumi.Input<Record<string, pulumi.Input<string>>>;
  protected: pulumi.Input<boolean>;
}

/**
 * Remembers what the cluster was made with. The plugin refuses, when the
 * deployment is previewed, whatever would make the cluster anew.
 */
class ReplacementGuard extends pulumi.CustomResource {
  /** Changes when a change was let pass that makes the cluster anew. */
  declare readonly generation: pulumi.Output<string>;

  constructor(name: string, args: ReplacementGuardArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "isokube:index:ReplacementGuard",
      name,
      { ...args, generation: undefined },
      { version: packageVersion(), ...opts },
    );
  }
}

/**
 * Stands for all that is inside the cluster. The plugin replaces it with every
 * generation, and what depends on it goes before the cluster's turn comes.
 */
class ClusterGeneration extends pulumi.CustomResource implements ClusterGuard {
  declare readonly generation: pulumi.Output<string>;

  constructor(
    name: string,
    args: { cluster: string; generation: pulumi.Output<string> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super("isokube:index:ClusterGeneration", name, { ...args }, { version: packageVersion(), ...opts });
  }
}

/**
 * The guard of a cluster, which the adapter's cluster resource depends on;
 * undefined where no change makes the cluster anew.
 */
export function createGuard(
  name: string,
  adapter: ClusterProvider,
  spec: ClusterSpec,
  parent: pulumi.ComponentResource,
): ClusterGuard | undefined {
  if (adapter.immutable === undefined) return undefined;
  const values = Object.entries(adapter.immutable(name, spec));
  const guard = new ReplacementGuard(
    name,
    {
      cluster: name,
      immutable: Object.fromEntries(values.map(([path, value]) => [path, asText(value)])),
      // Which version a channel stands at is the cloud's affair.
      version: spec.kubernetesVersion ?? "",
      allow: spec.replaceCluster ?? "",
      held: { ...adapter.held?.(name, spec) },
      protected: spec.deletionProtection,
    },
    { parent },
  );
  return new ClusterGeneration(name, { cluster: name, generation: guard.generation }, { parent });
}

/** Texts compare, whatever they stand for; no value is the empty text. */
function asText(value: pulumi.Input<unknown>): pulumi.Input<string> {
  return containsLater(value) ? pulumi.all([value]).apply(([known]) => textOf(known)) : textOf(value);
}

function containsLater(value: unknown): boolean {
  if (isLater(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(containsLater);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
