import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import {
  type ClusterGuard,
  type ClusterProvider,
  type ClusterSpec,
  firstGeneration,
} from "../../providers/contract.js";
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
  declare readonly generation: pulumi.Output<string | undefined>;

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
  // The mocks of a program's unit tests count no generations.
  return { resource: guard, generation: guard.generation.apply((counted) => counted ?? firstGeneration) };
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
