import { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ProvisionedCluster } from "../../providers/contract.js";

/**
 * A Kubernetes provider that deploys into the cluster, by server-side apply.
 * What it deploys is deleted before any of `dependsOn`.
 */
export function createProvider(
  name: string,
  cluster: ProvisionedCluster,
  parent: pulumi.Resource,
  dependsOn: readonly pulumi.Resource[],
): Provider {
  return new Provider(
    name,
    {
      kubeconfig: cluster.kubeconfig,
      enableServerSideApply: true,
      // Otherwise a changed ConfigMap or Secret is deleted and made anew, and is missing meanwhile.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
      // New credentials, or a new address, are no new cluster.
      clusterIdentifier: cluster.identity,
      // Where the next `up` mends an unreachable API server, a refresh keeps what it cannot read.
      ...(cluster.mendsUnreachable === true ? { skipUpdateUnreachable: true } : {}),
    },
    { parent, ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }) },
  );
}
