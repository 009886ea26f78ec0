import { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "./access.js";

/**
 * A Kubernetes provider that deploys into the cluster, by server-side apply.
 * What it deploys is deleted before any of `dependsOn`.
 */
export function createProvider(
  name: string,
  { args, replaceOnChanges }: ClusterAccess,
  parent: pulumi.Resource,
  dependsOn: readonly pulumi.Resource[],
): Provider {
  return new Provider(
    name,
    {
      ...args,
      enableServerSideApply: true,
      // Otherwise a changed ConfigMap or Secret is deleted and made anew, and is missing meanwhile.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    {
      parent,
      ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
      ...(replaceOnChanges.length === 0 ? {} : { replaceOnChanges: [...replaceOnChanges] }),
    },
  );
}
