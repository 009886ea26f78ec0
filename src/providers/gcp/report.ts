import { capabilitiesOf } from "../capabilities.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { known, mapLeaf } from "../leaf.js";
import type { ReportDraft } from "../report.js";
import { type At, type ClusterPlaces, clusterRows, type PoolPlaces } from "../report-places.js";
import { emulated } from "../support.js";
import { versionArgs } from "./control-plane.js";
import { type EndpointPlan, planEndpoint } from "./endpoint.js";
import { adminRole } from "./identity.js";
import { acceleratorOf } from "./machine-types.js";
import { nameBase } from "./names.js";
import { gigabytes, planPools } from "./node-pools.js";
import { isRegional, regionOfZone } from "./place.js";

/** What each part of a spec becomes, row by row. Pure: nothing is looked up. */
export function describeGcp(name: string, spec: ClusterSpec): ReportDraft[] {
  const table = capabilitiesOf("gcp", spec.compute);
  return table === undefined ? [] : clusterRows(spec, table, placesOf(name, spec));
}

function placesOf(name: string, spec: ClusterSpec): ClusterPlaces {
  const base = nameBase(name);
  const { compute, controlPlane, network } = spec;
  const isAutopilot = compute === "serverless";
  return {
    resource: `gcp:container:Cluster ${base}`,
    kubernetesVersion: { field: "minMasterVersion", realised: pinned(spec) },
    releaseChannel: { field: "releaseChannel.channel", realised: versionArgs(spec).releaseChannel.channel },
    compute: { field: "enableAutopilot", realised: isAutopilot },
    pool: (pool) => poolPlaces(base, spec, pool),
    highlyAvailable: { field: "location", realised: locationText(spec) },
    ...endpointPlaces(planEndpoint(spec)),
    auditLogs: {
      field: "loggingConfig.enableComponents",
      realised: mapLeaf(controlPlane.auditLogs, (on) =>
        on ? "Cloud Audit Logs, and the control plane's own logs" : "Cloud Audit Logs, which are always kept",
      ),
    },
    secretsEncryption: {
      field: "databaseEncryption.state",
      realised: mapLeaf(controlPlane.secretsEncryption, (on) =>
        !on
          ? "DECRYPTED"
          : controlPlane.encryptionKey === undefined
            ? `ENCRYPTED with gcp:kms:CryptoKey ${base}-secrets; its empty key ring outlives destroy and costs nothing`
            : "ENCRYPTED",
      ),
    },
    encryptionKey: "databaseEncryption.keyName",
    ...networkPlaces(base, spec),
    zones: isAutopilot
      ? { field: "location", realised: "all zones of the region" }
      : { field: "nodeLocations", realised: spec.gcp.zones ?? `the region's first ${network.zones} by name` },
    admins: {
      resource: `gcp:projects:IAMMember ${base}-admin`,
      field: "role",
      realised: adminRole,
      support: emulated("a role in the project, so it holds for every cluster of the project"),
    },
    deletionProtection: "deletionProtection",
    tags: "resourceLabels",
    contract: {
      storageClasses: { field: "", resource: `kubernetes:storage.k8s.io/v1:StorageClass ${base}-standard` },
      gateway: { field: "", resource: "kubernetes:gateway.networking.k8s.io/v1:GatewayClass isokube" },
    },
  };
}

function locationText(spec: ClusterSpec): string {
  const [zone] = spec.gcp.zones ?? [];
  if (!isRegional(spec)) return zone ?? "the region's first zone by name";
  return known(spec.gcp.region) ?? (zone === undefined ? "the region" : regionOfZone(zone));
}

function pinned(spec: ClusterSpec): unknown {
  const { minMasterVersion } = versionArgs(spec);
  return minMasterVersion === undefined
    ? undefined
    : mapLeaf(minMasterVersion, (minor) => `${minor}, kept there by a maintenance exclusion`);
}

function poolPlaces(base: string, spec: ClusterSpec, pool: PoolSpec): PoolPlaces {
  const plan = planPools(spec).find((one) => one.pool === pool);
  const machineType = "nodeConfig.machineType";
  const chosen: At =
    plan === undefined ? machineType : { field: machineType, realised: `${plan.choice.text}: ${plan.choice.why}` };
  const disk = plan?.disk.performance === undefined ? "nodeConfig.disk" : "nodeConfig.bootDisk.";
  const field = (legacy: string, boot: string): string => `${disk}${disk.endsWith(".") ? boot : legacy}`;
  const accelerator = plan === undefined ? undefined : acceleratorOf(plan.choice.type, pool);
  return {
    resource: `gcp:container:NodePool ${base}-${pool.name}`,
    machine: plan?.choice,
    cpu: chosen,
    memory: chosen,
    arch: machineType,
    gpu: { field: "nodeConfig.guestAccelerators", realised: accelerator },
    min: "autoscaling.totalMinNodeCount",
    max: "autoscaling.totalMaxNodeCount",
    spot: "nodeConfig.spot",
    labels: "nodeConfig.labels",
    taints: "nodeConfig.taints",
    zones: { field: "nodeLocations", realised: zoneText(spec, pool) },
    diskSize: {
      field: field("SizeGb", "sizeGb"),
      realised: mapLeaf(pool.disk.size, (size) => `${gigabytes(size)} GB`),
    },
    diskClass: { field: field("Type", "diskType"), realised: plan?.disk.diskType },
  };
}

function zoneText({ gcp }: ClusterSpec, { zones }: PoolSpec): string[] {
  return zones.map((zone) => gcp.zones?.[zone - 1] ?? `number ${zone} of the region's zones by name`);
}

function endpointPlaces({ mode, dns, ip, publicIp }: EndpointPlan): Pick<ClusterPlaces, "endpoint" | "allowedCidrs"> {
  const open = [
    ...(dns ? ["the DNS endpoint, for whom IAM lets in"] : []),
    ...(publicIp ? ["the public IP endpoint"] : []),
    ...(ip ? ["the private IP endpoint"] : []),
  ];
  const field = "controlPlaneEndpointsConfig";
  const endpoint: At = { field, realised: open.join(", ") };
  return {
    endpoint:
      mode === "public" && ip
        ? {
            ...endpoint,
            deviation: "the private endpoint stays for the nodes; nobody but the listed ranges reaches it",
          }
        : endpoint,
    allowedCidrs: dns
      ? { field: `${field}.dnsEndpointConfig.allowExternalTraffic`, realised: true }
      : "masterAuthorizedNetworksConfig.cidrBlocks",
  };
}

function networkPlaces(
  base: string,
  { network: { existing } }: ClusterSpec,
): Pick<ClusterPlaces, "cidr" | "podCidr" | "serviceCidr" | "existingNetwork" | "existingSubnets"> {
  const resource = `gcp:compute:Subnetwork ${base}-nodes`;
  const brought = { existingNetwork: "network", existingSubnets: "subnetwork", cidr: "" };
  if (existing !== undefined) {
    const deviation = "the secondary range that was brought along decides";
    const allocation = "ipAllocationPolicy";
    return {
      ...brought,
      podCidr: { field: `${allocation}.clusterSecondaryRangeName`, realised: existing.podRange, deviation },
      serviceCidr: { field: `${allocation}.servicesSecondaryRangeName`, realised: existing.serviceRange, deviation },
    };
  }
  return {
    ...brought,
    cidr: { resource, field: "ipCidrRange" },
    podCidr: { resource, field: "secondaryIpRanges[0].ipCidrRange" },
    serviceCidr: { resource, field: "secondaryIpRanges[1].ipCidrRange" },
  };
}
