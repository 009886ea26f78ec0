import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartSpec, ClusterSpec, StorageClassSpec } from "../contract.js";
import { type AzureContext, inGroup } from "./context.js";
import { sdk } from "./sdk.js";
import { networkZones } from "./zones.js";

/** How long audit logs are kept. */
export const auditLogDays = 90;

/** What the API server was asked, and what Azure RBAC answered. */
export const auditCategories = ["kube-audit", "guard"] as const;

/** Audit logs, in a workspace of the cluster's own. */
export function createAuditLogs(context: AzureContext, cluster: containerservice.ManagedCluster): pulumi.Resource[] {
  const { name, parent, spec } = context;
  const { auditLogs } = spec.controlPlane;
  if (auditLogs === false) return [];
  const { Workspace } = sdk.operationalinsights();
  const { DiagnosticSetting } = sdk.monitor();
  const workspace = new Workspace(
    `${name}-audit`,
    { ...inGroup(context), sku: { name: "PerGB2018" }, retentionInDays: auditLogDays },
    { parent },
  );
  const setting = new DiagnosticSetting(
    `${name}-audit`,
    {
      resourceUri: cluster.id,
      workspaceId: workspace.id,
      logAnalyticsDestinationType: "Dedicated",
      logs: auditCategories.map((category) => ({ category, enabled: auditLogs })),
    },
    { parent },
  );
  return [setting];
}

/**
 * Keeps everybody from deleting the cluster, in Azure itself. Made after all
 * that belongs to the cluster, so that it goes before any of it.
 */
export function createLock(
  { name, parent, spec }: AzureContext,
  cluster: containerservice.ManagedCluster,
  after: readonly pulumi.Resource[],
): void {
  if (!spec.deletionProtection) return;
  const { ManagementLockByScope } = sdk.authorization();
  new ManagementLockByScope(
    `${name}-lock`,
    {
      scope: cluster.id,
      level: "CanNotDelete",
      notes: "deletionProtection of the cluster: set it to false and run `pulumi up` to lift this lock.",
    },
    { parent, dependsOn: [cluster, ...after] },
  );
}

/** The classes to make, over the disk driver that AKS runs. */
export function storageClasses(spec: ClusterSpec): Readonly<Record<"standard" | "fast", StorageClassSpec>> {
  const provisioner = "disk.csi.azure.com";
  // Over several zones a disk must be where its pod can be next; where there are no zones, there are no such disks.
  const zonal = networkZones(spec).length > 0;
  return {
    standard: { provisioner, parameters: { skuName: zonal ? "StandardSSD_ZRS" : "StandardSSD_LRS" } },
    fast: zonal
      ? { provisioner, parameters: { skuName: "PremiumV2_LRS", cachingMode: "None" } }
      : { provisioner, parameters: { skuName: "Premium_LRS" } },
  };
}

/** The gateway controller that every target has. AKS brings all the rest itself. */
export const charts: readonly ChartSpec[] = [
  { name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values: {} },
];

/**
 * Azure's load balancers ask the path `/` of ports that speak HTTP, and take a
 * gateway without a route for it for dead; whether the port is open is enough.
 */
export const loadBalancerAnnotations = {
  "service.beta.kubernetes.io/azure-load-balancer-health-probe-protocol": "tcp",
} as const;
