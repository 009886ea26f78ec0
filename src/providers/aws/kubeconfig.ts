import * as pulumi from "@pulumi/pulumi";
import { regionOf } from "./addons.js";
import type { EksCluster } from "./control-plane.js";

/** What a kubeconfig of EKS is made from. */
export interface KubeconfigFacts {
  readonly clusterName: string;
  readonly region: string;
  readonly endpoint: string;
  /** PEM, base64. */
  readonly certificateAuthorityData: string;
  /** Profile of the AWS configuration that the stack works with. */
  readonly profile: string | undefined;
}

/** The kubeconfig of a cluster; secret, though it holds no credentials. */
export function kubeconfigOf(cluster: EksCluster): pulumi.Output<string> {
  // Whoever may make the cluster by a profile could not reach it without.
  const profile = new pulumi.Config("aws").get("profile");
  return pulumi.secret(
    pulumi
      .all([cluster.name, regionOf(cluster), cluster.endpoint, cluster.certificateAuthority.data])
      .apply(([clusterName, region, endpoint, certificateAuthorityData]) =>
        renderKubeconfig({ clusterName, region, endpoint, certificateAuthorityData, profile }),
      ),
  );
}

/** As JSON, which is YAML too. Credentials are fetched when they are needed, and last minutes. */
export function renderKubeconfig(facts: KubeconfigFacts): string {
  const { clusterName, region, endpoint, certificateAuthorityData, profile } = facts;
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: clusterName,
        cluster: { server: endpoint, "certificate-authority-data": certificateAuthorityData },
      },
    ],
    users: [
      {
        name: clusterName,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["--region", region, "eks", "get-token", "--cluster-name", clusterName, "--output", "json"],
            env: profile === undefined ? null : [{ name: "AWS_PROFILE", value: profile }],
            interactiveMode: "Never",
            provideClusterInfo: false,
            installHint: "Install the AWS CLI, version 2: https://docs.aws.amazon.com/cli/",
          },
        },
      },
    ],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    "current-context": clusterName,
  };
  return JSON.stringify(kubeconfig);
}
