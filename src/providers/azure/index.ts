import * as pulumi from "@pulumi/pulumi";
import type { ClusterProvider } from "../contract.js";
import { reportOf } from "../report.js";
import { charts, createAuditLogs, createLock, loadBalancerAnnotations, storageClasses } from "./addons.js";
import { checkAzure } from "./check.js";
import { createContext } from "./context.js";
import { createControlPlane, immutableValues } from "./control-plane.js";
import { createEncryptionKey } from "./encryption.js";
import { createControlPlaneIdentity, grantAdmins, grantIdentity, grantNetwork } from "./identity.js";
import { createKubeconfig } from "./kubeconfig.js";
import { modeOf, nodeAutoProvisioningRules } from "./modes.js";
import { createNetwork } from "./network.js";
import { createNodePools, poolsUnderLock } from "./node-pools.js";
import { describeAzure, tableOf } from "./report.js";
import { followWithSystemPool } from "./system-pool.js";

/** Azure Kubernetes Service: agent pools, AKS Automatic, or node auto-provisioning. */
export const azureProvider = {
  target: "azure",

  check: checkAzure,
  capabilities: tableOf,
  describe: describeAzure,
  immutable: (_name, spec) => immutableValues(spec),
  held: (_name, spec) => poolsUnderLock(spec),
  grantIdentity,

  provision({ name, spec, parent, guard }) {
    const context = createContext(name, spec, parent);
    const network = createNetwork(context);
    const identity = createControlPlaneIdentity(context);
    const key = createEncryptionKey(context, identity);
    // The control plane works on the network until its last load balancer is gone.
    const grants = [...grantNetwork(context, network, identity), ...(key?.grants ?? [])];
    const cluster = createControlPlane(context, {
      network,
      identity,
      key,
      after: grants,
      guard,
    });
    const systemPool = followWithSystemPool(context, network, cluster);
    const pools = createNodePools(context, network, cluster, systemPool);
    const admins = grantAdmins(context, cluster.id);
    const auditLogs = createAuditLogs(context, cluster);
    const foundations = [...grants, cluster, ...systemPool, ...pools, ...admins];
    createLock(context, cluster, [...foundations, ...auditLogs]);

    const { server, kubeconfig } = createKubeconfig(context, cluster);
    return {
      kubeconfig,
      endpoint: server,
      version: cluster.currentKubernetesVersion,
      // Holds a name that is new with every cluster.
      identity: cluster.id,
      capabilities: pulumi.output(tableOf(spec)),
      report: reportOf(describeAzure(name, spec)),
      simulatedNodes: pulumi.output(false),
      workloadIdentity: {
        clusterName: cluster.name,
        issuer: cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? ""),
        resourceGroup: context.group.name,
        location: cluster.location,
      },
      foundations,
      storageClasses: storageClasses(spec),
      charts,
      gatewayAnnotations: loadBalancerAnnotations,
      ...(modeOf(spec) === "nodeAutoProvisioning" ? { workloadRules: nodeAutoProvisioningRules } : {}),
    };
  },
} satisfies ClusterProvider;
