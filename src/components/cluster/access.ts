import type { ProviderArgs } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";
import type { ProvisionedCluster } from "../../providers/contract.js";

/** How Kubernetes providers reach a cluster, and how the engine knows when it is another one. */
export interface ClusterAccess {
  readonly args: ProviderArgs;
  /** Arguments whose change makes the provider, and everything deployed through it, anew. */
  readonly replaceOnChanges: readonly string[];
}

interface AccessArgs {
  kubeconfig: pulumi.Input<string>;
}

/** Hands the kubeconfig on, and is changed in place when it changes: see `accessTo`. */
class AccessResource extends pulumi.CustomResource {
  declare readonly kubeconfig: pulumi.Output<string>;

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
 * hold load balancers and disks. They go through the providers made from this,
 * so those must live until the last object is gone. The engine however closes a
 * provider as soon as that says of itself that it must be replaced, although the
 * objects of a cluster that goes before its successor comes are still to be
 * deleted (docs/adr/0007-cloud-clusters.md, "Replacing by name"). So the
 * provider never says it: its `clusterIdentifier` stays, and the kubeconfig comes
 * from a resource that stays too. The engine says it instead, by the name of
 * the cluster in the kubeconfig, which is the cluster's identity.
 */
export function accessTo(name: string, cluster: ProvisionedCluster, parent: pulumi.Resource): ClusterAccess {
  const kubeconfig = pulumi.secret(
    pulumi.all([cluster.kubeconfig, cluster.identity]).apply(([text, identity]) => nameCluster(text, identity)),
  );
  const access = new AccessResource(name, { kubeconfig }, { parent });
  return {
    args: {
      kubeconfig: access.kubeconfig,
      cluster: cluster.identity,
      clusterIdentifier: `isokube-${name}`,
      ...forUnreachable(cluster),
    },
    replaceOnChanges: ["cluster"],
  };
}

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
