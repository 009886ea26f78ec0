import type * as container from "@pulumi/gcp/container/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterGuard, ClusterSpec } from "../contract.js";
import type { EncryptionKey } from "./encryption.js";
import { planEndpoint } from "./endpoint.js";
import type { NodeIdentity } from "./identity.js";
import { labelsOf } from "./labels.js";
import { nameBase } from "./names.js";
import type { ClusterNetwork } from "./network.js";
import { isRegional, type Place } from "./place.js";
import type { GcpSdk } from "./sdk.js";

/** What a control plane is made from. */
interface ControlPlaneParts {
  readonly spec: ClusterSpec;
  readonly place: Place;
  readonly network: ClusterNetwork;
  readonly nodes: NodeIdentity;
  readonly key: EncryptionKey | undefined;
  /** Beyond what the arguments name: what must be there before the cluster. */
  readonly dependsOn: readonly pulumi.Resource[];
  readonly guard: ClusterGuard | undefined;
  readonly parent: pulumi.Resource;
}

/** What pods of nodes may ask Google for is up to IAM alone. */
export const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform";

/**
 * The cluster, Standard or Autopilot. Its name is random at the end, so a
 * cluster made anew is never mistaken for the one before.
 */
export function createControlPlane(sdk: GcpSdk, name: string, parts: ControlPlaneParts): container.Cluster {
  const { spec, place, network, nodes, key, parent, guard } = parts;
  const dependsOn = [...parts.dependsOn, ...(guard === undefined ? [] : [guard.resource])];
  return new sdk.container.Cluster(
    nameBase(name),
    {
      project: place.project,
      location: place.location,
      network: network.network,
      subnetwork: network.subnetwork,
      networkingMode: "VPC_NATIVE",
      ipAllocationPolicy: {
        clusterSecondaryRangeName: network.podRange,
        servicesSecondaryRangeName: network.serviceRange,
      },
      // Dataplane V2: enforces NetworkPolicy by itself. Autopilot has nothing else.
      datapathProvider: "ADVANCED_DATAPATH",
      ...versionArgs(spec),
      ...endpointArgs(spec),
      ...(spec.compute === "serverless" ? autopilotArgs(nodes) : standardArgs(spec, place, nodes)),
      loggingConfig: { enableComponents: pulumi.output(spec.controlPlane.auditLogs).apply(loggedComponents) },
      databaseEncryption: databaseEncryption(spec, key),
      // The Gateway controller brings its own definitions; two owners would undo each other's.
      gatewayApiConfig: { channel: "CHANNEL_DISABLED" },
      resourceLabels: labelsOf(spec),
      // Never left out: the provider's own default is true, and destroy would be refused.
      deletionProtection: spec.deletionProtection,
    },
    {
      parent,
      dependsOn: [...network.egress, ...nodes.roles, ...(key === undefined ? [] : [key.grant]), ...dependsOn],
      ...(guard === undefined ? {} : { replacementTrigger: guard.generation }),
      // What GKE changes by itself: patches, and the first pool, which is gone as soon as it was there.
      ignoreChanges: ["nodeVersion", "nodeConfig", "initialNodeCount"],
    },
  );
}

/** The daily window, in UTC, in which GKE may patch a cluster whose minor is pinned. */
const maintenanceStart = "03:00";
/** Before any cluster; an exclusion must say when it begins. */
const longAgo = "2025-01-01T00:00:00Z";

interface VersionArgs {
  readonly releaseChannel: { readonly channel: string };
  readonly minMasterVersion?: pulumi.Input<string>;
  readonly maintenancePolicy?: NonNullable<container.ClusterArgs["maintenancePolicy"]>;
}

/**
 * A pinned minor is a floor and a lid: GKE takes the latest patch of it, and an
 * exclusion keeps it from going on to the next minor until this one is out of
 * support. Only clusters of a channel know that exclusion, so a pinned cluster
 * is in one too; without a channel GKE would raise the minor unasked.
 */
export function versionArgs({ kubernetesVersion, releaseChannel }: ClusterSpec): VersionArgs {
  if (kubernetesVersion === undefined) {
    return { releaseChannel: { channel: (releaseChannel ?? "regular").toUpperCase() } };
  }
  return {
    releaseChannel: { channel: "REGULAR" },
    minMasterVersion: kubernetesVersion,
    maintenancePolicy: {
      dailyMaintenanceWindow: { startTime: maintenanceStart },
      maintenanceExclusions: [
        {
          exclusionName: "pinned-minor",
          startTime: longAgo,
          exclusionOptions: { scope: "NO_MINOR_UPGRADES", endTimeBehavior: "UNTIL_END_OF_SUPPORT" },
        },
      ],
    },
  };
}

type EndpointArgs = Pick<
  container.ClusterArgs,
  "privateClusterConfig" | "controlPlaneEndpointsConfig" | "masterAuthorizedNetworksConfig"
>;

/** Nodes are always private; the control plane is as open as `planEndpoint` says. */
function endpointArgs(spec: ClusterSpec): EndpointArgs {
  const plan = planEndpoint(spec);
  const ranges = plan.dns ? [] : spec.controlPlane.allowedCidrs;
  return {
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: !plan.publicIp },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: plan.dns },
      ipEndpointsConfig: { enabled: plan.ip },
    },
    ...(plan.ip
      ? {
          masterAuthorizedNetworksConfig: {
            cidrBlocks: ranges.map((cidrBlock) => ({ cidrBlock })),
            // Otherwise every machine of Google Cloud with a public address would be let in.
            gcpPublicCidrsAccessEnabled: false,
            privateEndpointEnforcementEnabled: plan.listHoldsInside,
          },
        }
      : {}),
  };
}

/** Autopilot takes no node settings but whose account the nodes have. */
function autopilotArgs(nodes: NodeIdentity): Partial<container.ClusterArgs> {
  return {
    enableAutopilot: true,
    clusterAutoscaling: {
      autoProvisioningDefaults: { serviceAccount: nodes.email, oauthScopes: [cloudPlatform] },
    },
  };
}

function standardArgs(spec: ClusterSpec, place: Place, nodes: NodeIdentity): Partial<container.ClusterArgs> {
  // Of a zonal cluster the control plane's own zone is a zone of nodes anyway.
  const nodeLocations = isRegional(spec) ? place.zones : place.zones.slice(1);
  return {
    nodeLocations: [...nodeLocations],
    // GKE cannot start without a pool: this one goes at once, and the real ones have their own resources.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    // Small, because a new project's quota of disks is soon used up.
    nodeConfig: {
      serviceAccount: nodes.email,
      oauthScopes: [cloudPlatform],
      diskSizeGb: 20,
      diskType: "pd-standard",
    },
    workloadIdentityConfig: { workloadPool: pulumi.interpolate`${place.project}.svc.id.goog` },
    enableShieldedNodes: true,
    addonsConfig: {
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      horizontalPodAutoscaling: { disabled: false },
      httpLoadBalancing: { disabled: false },
    },
    // Metrics of the system are free; the managed collection of everything else is not.
    monitoringConfig: { enableComponents: ["SYSTEM_COMPONENTS"], managedPrometheus: { enabled: false } },
  };
}

/** Changes are always audited by Google Cloud; asked for it, the control plane's own logs are kept as well. */
function loggedComponents(auditLogs: boolean): string[] {
  const always = ["SYSTEM_COMPONENTS", "WORKLOADS"];
  return auditLogs ? [...always, "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"] : always;
}

/** Said either way, because GKE keeps what it was last told. */
function databaseEncryption(
  { controlPlane }: ClusterSpec,
  key: EncryptionKey | undefined,
): pulumi.Input<{ state: string; keyName?: string }> {
  if (key === undefined) return { state: "DECRYPTED" };
  return pulumi
    .all([controlPlane.secretsEncryption, key.id])
    .apply(([encrypt, keyName]) => (encrypt ? { state: "ENCRYPTED", keyName } : { state: "DECRYPTED" }));
}
