/** Types that rules of several files name. */
export const clusterToken = "azure-native:containerservice:ManagedCluster";
export const poolToken = "azure-native:containerservice:AgentPool";
export const deploymentToken = "azure-native:resources:Deployment";
export const networkToken = "azure-native:network:VirtualNetwork";
export const subnetToken = "azure-native:network:Subnet";
export const gatewayToken = "azure-native:network:NatGateway";
export const addressToken = "azure-native:network:PublicIPAddress";
export const identityToken = "azure-native:managedidentity:UserAssignedIdentity";
export const credentialToken = "azure-native:managedidentity:FederatedIdentityCredential";
export const assignmentToken = "azure-native:authorization:RoleAssignment";
export const vaultToken = "azure-native:keyvault:Vault";
export const keyToken = "azure-native:keyvault:Key";
