import { blocks, text } from "../blocks.js";
import type { InvokeRules } from "../model.js";
import { groupId } from "./common.js";
import { clusterToken, keyToken, poolToken } from "./tokens.js";

const aksServerId = "6dae42f8-4368-4678-94ff-3960e28e3630";

/** Whoever runs the program. */
const caller = {
  clientId: "00000000-0000-4000-8000-000000000003",
  objectId: "00000000-0000-4000-8000-000000000004",
} as const;

/** As AKS issues it to users where local accounts are disabled: it asks a person for a device code. */
function userKubeconfig(name: string, group: string, server: string, authority: string, tenant: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${authority}
    server: ${server}
  name: ${name}
contexts:
- context:
    cluster: ${name}
    user: clusterUser_${group}_${name}
  name: ${name}
current-context: ${name}
kind: Config
preferences: {}
users:
- name: clusterUser_${group}_${name}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - ${aksServerId}
      - --client-id
      - 80faf920-1908-4b52-b5ef-a8e7bedfc67a
      - --tenant-id
      - ${tenant}
      - --login
      - devicecode
      command: kubelogin
      env: null
      installHint: kubelogin is not installed
      interactiveMode: IfAvailable
      provideClusterInfo: false
`;
}

export const azureInvokes: Readonly<Record<string, InvokeRules>> = {
  "azure-native:authorization:getClientConfig": {
    arguments: [],
    invoke: ({ settings }) => ({ ...caller, subscriptionId: settings.account, tenantId: settings.tenant }),
  },
  "azure-native:containerservice:getManagedCluster": {
    arguments: ["resourceGroupName", "resourceName"],
    invoke: ({ args, settings, world }) => {
      const group = groupId(settings, text(args, "resourceGroupName") ?? "");
      const id = `${group}/providers/Microsoft.ContainerService/managedClusters/${text(args, "resourceName")}`;
      const cluster = world.find(id, clusterToken);
      if (cluster === undefined) return { message: `ResourceNotFound: The Resource '${id}' was not found.` };
      const pools = world.all(poolToken).filter(({ outputs }) => text(outputs, "simulatedCluster") === id);
      // The cluster lists the pools that it was made with, and those that came later.
      const agentPoolProfiles = [...blocks(cluster.outputs, "agentPoolProfiles"), ...pools.map((pool) => pool.outputs)];
      return { ...cluster.outputs, id, agentPoolProfiles };
    },
  },
  "azure-native:containerservice:listManagedClusterUserCredentials": {
    arguments: ["resourceGroupName", "resourceName", "format?", "serverFqdn?"],
    invoke: ({ args, settings, world }) => {
      const [group, name] = [text(args, "resourceGroupName") ?? "", text(args, "resourceName") ?? ""];
      const id = `${groupId(settings, group)}/providers/Microsoft.ContainerService/managedClusters/${name}`;
      const cluster = world.find(id, clusterToken);
      if (cluster === undefined) return { message: `ResourceNotFound: The Resource '${id}' was not found.` };
      const format = text(args, "format");
      if (format !== undefined && !["azure", "exec"].includes(format)) {
        return { path: "format", message: `BadRequest: format must be azure or exec, not ${format}` };
      }
      if (cluster.access === undefined || cluster.broken !== undefined) {
        return { message: `BadRequest: ${id} is not ready: ${cluster.broken ?? "it is being created"}` };
      }
      const { endpoint, certificateAuthorityData } = cluster.access;
      const config = userKubeconfig(name, group, endpoint, certificateAuthorityData, settings.tenant);
      return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(config).toString("base64") }] };
    },
  },
  "azure-native:keyvault:getKey": {
    arguments: ["resourceGroupName", "vaultName", "keyName"],
    invoke: ({ args, settings, world }) => {
      const vault = `${groupId(settings, text(args, "resourceGroupName") ?? "")}/providers/Microsoft.KeyVault/vaults/${text(args, "vaultName")}`;
      const key = world.find(`${vault}/keys/${text(args, "keyName")}`, keyToken);
      if (key === undefined) return { message: `KeyNotFound: ${vault} has no key ${text(args, "keyName")}` };
      return { ...key.outputs, id: key.id };
    },
  },
};
