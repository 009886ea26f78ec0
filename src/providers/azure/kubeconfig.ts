import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { AzureContext } from "./context.js";
import { sdk } from "./sdk.js";

/** The application that AKS' API servers are to Microsoft Entra ID: the same in every tenant. */
const aksServerId = "6dae42f8-4368-4678-94ff-3960e28e3630";

/** What a kubeconfig is made from. */
export interface KubeconfigParts {
  readonly clusterName: string;
  /** URL of the API server. */
  readonly server: string;
  /** PEM in base64. */
  readonly authority: string;
  readonly login: string;
  readonly tenantId: string;
}

/** How the API server is reached, and by what certificate it is known. */
export interface Access {
  readonly server: pulumi.Output<string>;
  readonly kubeconfig: pulumi.Output<string>;
}

/**
 * The kubeconfig of whoever may use it: it holds no credentials, only how to
 * get them. AKS tells the address and the certificate authority in its own
 * kubeconfig for users, which asks for a device code; the way to sign in is
 * replaced by one that also works without a person.
 */
export function createKubeconfig(context: AzureContext, cluster: containerservice.ManagedCluster): Access {
  const { group, caller, parent, spec } = context;
  const issued = sdk
    .containerservice()
    .listManagedClusterUserCredentialsOutput(
      { resourceGroupName: group.name, resourceName: cluster.name, format: "exec" },
      { parent, dependsOn: [cluster] },
    );
  const read = issued.kubeconfigs.apply((files) => readIssued(files[0]?.value ?? ""));
  const kubeconfig = pulumi
    .all([cluster.name, read, caller.tenantId])
    .apply(([clusterName, found, tenantId]) =>
      renderKubeconfig({ clusterName, ...found, login: spec.azure.login ?? "azurecli", tenantId }),
    );
  return {
    // An address that every client is shown.
    server: pulumi.unsecret(read.apply(({ server }) => server)),
    kubeconfig: pulumi.secret(kubeconfig),
  };
}

/**
 * The address and the authority in a kubeconfig as AKS issues it, in base64.
 *
 * @throws Error when it names neither.
 */
export function readIssued(base64: string): Pick<KubeconfigParts, "server" | "authority"> {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const authority = /certificate-authority-data"?\s*:\s*"?([A-Za-z0-9+/=]+)/.exec(text)?.[1];
  const server = /\bserver"?\s*:\s*"?(https:\/\/[^\s"',}]+)/.exec(text)?.[1];
  if (authority === undefined || server === undefined) {
    throw new Error("AKS issued a kubeconfig without an address or a certificate authority");
  }
  return { server, authority };
}

/** A kubeconfig as JSON, which is YAML too. Pure. */
export function renderKubeconfig({ clusterName, server, authority, login, tenantId }: KubeconfigParts): string {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "kubelogin",
    args: ["get-token", "--login", login, "--server-id", aksServerId, "--tenant-id", tenantId],
    env: null,
    interactiveMode: "Never",
    // Of two clusters, whoever signs in can tell which is meant.
    provideClusterInfo: true,
    installHint: "kubelogin signs in to AKS: https://azure.github.io/kubelogin/install.html",
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: clusterName, cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: clusterName, user: { exec } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    "current-context": clusterName,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
