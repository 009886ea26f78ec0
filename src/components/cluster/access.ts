import type { ProviderArgs } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import type { ClusterGuard, ProvisionedCluster } from "../../providers/contract.js";

/** How Kubernetes providers reach a cluster, and how the engine knows when it is another one. */
export interface ClusterAccess {
  readonly args: ProviderArgs;
  /** Arguments whose change makes the provider, and everything deployed through it, anew. */
  readonly replaceOnChanges: readonly string[];
}

interface AccessArgs {
  kubeconfig: pulumi.Input<string>;
  identity: pulumi.Input<string>;
}

/** Hands on what it is given, and is changed in place when that changes: see `accessTo`. */
class AccessResource extends pulumi.CustomResource {
  declare readonly kubeconfig: pulumi.Output<string>;
  declare readonly identity: pulumi.Output<string>;

  constructor(name: string, args: AccessArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "isokube:index:ClusterAccess",
      name,
      { ...args },
      { version: packageVersion(), additionalSecretOutputs: ["kubeconfig"], ...opts },
    );
  }
}

/**
 * Access to a cluster whose objects go one by one before it goes, because they
 * hold load balancers and disks. Two faults of Pulumi's engine decide how
 * (docs/adr/0007-cloud-clusters.md, "Replacing by name"): it closes a provider
 * that says of itself that it must be replaced, although objects are still to be
 * deleted through it, and it deletes objects again that went with a cluster
 * whose successor could not be made. So the provider's `clusterIdentifier` stays,
 * the engine judges by the name of the cluster in the kubeconfig, and that name
 * comes from the cluster's generation, never from the cluster itself.
 */
export function accessTo(
  name: string,
  cluster: ProvisionedCluster,
  { generation }: ClusterGuard,
  parent: pulumi.Resource,
): ClusterAccess {
  const named = pulumi
    .all([cluster.kubeconfig, cluster.identity, generation])
    .apply(([text, identity, count]) => nameCluster(text, nameOf(identity, count)));
  const access = new AccessResource(name, { kubeconfig: pulumi.secret(named), identity: cluster.identity }, { parent });
  return {
    args: {
      // Of the two, this one must not hang on the generation: while it is unknown, the provider looks at nothing else.
      kubeconfig: access.kubeconfig,
      cluster: pulumi.all([access.identity, generation]).apply(([identity, count]) => nameOf(identity, count)),
      clusterIdentifier: `isokube-${name}`,
      ...forUnreachable(cluster),
    },
    replaceOnChanges: ["cluster"],
  };
}

/** Whatever made the cluster another one, what was in the old one is never taken for what is in the new one. */
const nameOf = (identity: string, generation: string): string => `${identity}#${generation}`;

/** Access to a cluster whose deletion takes its objects along, or which is not ours to delete. */
export function plainAccessTo(cluster: ProvisionedCluster): ClusterAccess {
  return {
    args: {
      kubeconfig: cluster.kubeconfig,
      // New credentials, or a new address, are no new cluster.
      clusterIdentifier: cluster.identity,
      ...forUnreachable(cluster),
    },
    replaceOnChanges: [],
  };
}

/** Where the next `up` mends an unreachable API server, a refresh keeps what it cannot read. */
function forUnreachable({ mendsUnreachable }: ProvisionedCluster): ProviderArgs {
  return mendsUnreachable === true ? { skipUpdateUnreachable: true } : {};
}

interface NamedContext {
  readonly name: string;
  readonly context: { readonly cluster: string };
}

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly NamedContext[];
  readonly clusters: readonly { readonly name: string }[];
}

/**
 * The same kubeconfig with another name for the cluster of its current context. Pure.
 *
 * @throws Error when it is not JSON, or has no such context
 */
export function nameCluster(kubeconfig: string, name: string): string {
  const config: Kubeconfig = JSON.parse(kubeconfig);
  const current = config.contexts.find((context) => context.name === config["current-context"]);
  if (current === undefined) throw new Error("the cluster's kubeconfig has no current context");
  const known = current.context.cluster;
  return JSON.stringify({
    ...config,
    clusters: config.clusters.map((each) => (each.name === known ? { ...each, name } : each)),
    contexts: config.contexts.map((each) =>
      each.context.cluster === known ? { ...each, context: { ...each.context, cluster: name } } : each,
    ),
  });
}
