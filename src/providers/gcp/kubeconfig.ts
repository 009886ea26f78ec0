import type * as container from "@pulumi/gcp/container/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import { planEndpoint } from "./endpoint.js";

/** How a cluster is reached. */
interface ClusterAccess {
  /** URL of the API server. */
  readonly endpoint: pulumi.Output<string>;
  readonly kubeconfig: pulumi.Output<string>;
}

const pluginHint =
  "gke-gcloud-auth-plugin is missing: run `gcloud components install gke-gcloud-auth-plugin`, " +
  "or install your distribution's package google-cloud-cli-gke-gcloud-auth-plugin.";

/** The kubeconfig of a cluster: credentials are asked for at each use, none are in it. */
export function accessCluster(spec: ClusterSpec, cluster: container.Cluster): ClusterAccess {
  const isDns = planEndpoint(spec).dns;
  const host = isDns
    ? cluster.controlPlaneEndpointsConfig.apply(({ dnsEndpointConfig }) => dnsEndpointConfig.endpoint)
    : cluster.endpoint;
  // The name's certificate is publicly trusted; the address's is the cluster's own.
  const authority = isDns
    ? pulumi.output(undefined)
    : cluster.masterAuth.apply(({ clusterCaCertificate }) => clusterCaCertificate);
  const endpoint = pulumi.interpolate`https://${host}`;
  const kubeconfig = pulumi
    .all([cluster.name, endpoint, authority])
    .apply(([name, server, certificate]) => renderKubeconfig(name, server, certificate));
  return { endpoint, kubeconfig: pulumi.secret(kubeconfig) };
}

/** As JSON, which is YAML too. */
function renderKubeconfig(name: string, server: string, certificateAuthority?: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(certificateAuthority === undefined ? {} : { "certificate-authority-data": certificateAuthority }),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
    users: [
      {
        name,
        user: {
          exec: {
            // The version that the plugin speaks by itself.
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint: pluginHint,
            interactiveMode: "Never",
            provideClusterInfo: true,
          },
        },
      },
    ],
  };
  return JSON.stringify(config, null, 2);
}
