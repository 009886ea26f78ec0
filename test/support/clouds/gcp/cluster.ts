import { defaultKubernetesMinor } from "../../../../toolchain/index.js";
import { block, flag, text, texts } from "../blocks.js";
import type { Asked, Block, ClusterBehind, ResourceRules } from "../model.js";
import { minorOf, minorsAfter } from "../refusals.js";
import type { SimulatedResource } from "../world.js";
import { checkCluster, isAutopilot, locationOf, refuseCluster, secondaryRange, subnetOf } from "./cluster-rules.js";
import { named, projectOf, regionOf, zonesOf } from "./common.js";
import { clusterToken } from "./tokens.js";

const build = "-gke.1000000";

function versionOf({ inputs, world, old }: Asked): string {
  const floor = text(inputs, "minMasterVersion");
  const before = text(old?.outputs ?? {}, "masterVersion");
  const wanted = floor === undefined || floor === "latest" ? defaultKubernetesMinor : floor;
  if (before !== undefined && (floor === undefined || minorsAfter(before, wanted) <= 0)) return before;
  if (wanted.includes("-gke.")) return wanted;
  return `${wanted.split(".").length > 2 ? wanted : world.fullVersion(wanted)}${build}`;
}

/** What GKE fills in. */
function completed(asked: Asked): Block {
  const { inputs, settings, world, old } = asked;
  const [project, location] = [projectOf(asked), locationOf(asked)];
  const region = regionOf(location) ?? "";
  const version = versionOf(asked);
  const subnet = subnetOf(asked);
  const pods = secondaryRange(subnet, text(inputs, "ipAllocationPolicy.clusterSecondaryRangeName"));
  const services = secondaryRange(subnet, text(inputs, "ipAllocationPolicy.servicesSecondaryRangeName"));
  const given = texts(inputs, "nodeLocations");
  const zones = given.length > 0 ? given : zonesOf(region).slice(0, 3);
  return {
    project,
    location,
    nodeLocations: location === region ? [...zones] : [...given],
    masterVersion: version,
    // Nodes follow by their pools.
    nodeVersion: text(old?.outputs ?? {}, "nodeVersion") ?? version,
    clusterIpv4Cidr: pods ?? "10.4.0.0/14",
    servicesIpv4Cidr: services ?? "34.118.224.0/20",
    ipAllocationPolicy: {
      clusterIpv4CidrBlock: pods ?? "10.4.0.0/14",
      servicesIpv4CidrBlock: services ?? "34.118.224.0/20",
      stackType: "IPV4",
      ...block(inputs, "ipAllocationPolicy"),
    },
    workloadIdentityConfig: isAutopilot(inputs)
      ? { workloadPool: `${project}.svc.id.goog` }
      : (block(inputs, "workloadIdentityConfig") ?? {}),
    releaseChannel: { channel: "REGULAR", ...block(inputs, "releaseChannel") },
    privateClusterConfig: {
      masterIpv4CidrBlock: "",
      peeringName: "",
      privateEndpoint: "10.0.0.2",
      publicEndpoint: "203.0.113.10",
      ...block(inputs, "privateClusterConfig"),
    },
    databaseEncryption: { state: "DECRYPTED", keyName: "", ...block(inputs, "databaseEncryption") },
    labelFingerprint: text(old?.outputs ?? {}, "labelFingerprint") ?? world.hex(8),
    deletionProtection: flag(inputs, "deletionProtection") ?? true,
    nodePools: [],
    operation: "",
    simulatedProjectNumber: settings.tenant,
  };
}

function behind({ inputs, outputs, region }: SimulatedResource): ClusterBehind {
  const location = text(outputs, "location") ?? region;
  const zones = texts(outputs, "nodeLocations");
  return {
    minor: minorOf(text(outputs, "masterVersion") ?? ""),
    podCidr: text(outputs, "clusterIpv4Cidr") ?? "10.4.0.0/14",
    serviceCidr: text(outputs, "servicesIpv4Cidr") ?? "34.118.224.0/20",
    auditLogs: texts(inputs, "loggingConfig.enableComponents").includes("APISERVER"),
    secretsEncryption: text(inputs, "databaseEncryption.state") === "ENCRYPTED",
    pools: isAutopilot(inputs)
      ? [
          {
            // Autopilot makes nodes for pods; two stand for them.
            name: "autopilot",
            count: 2,
            cpu: "4",
            memory: "16Gi",
            arch: "amd64",
            labels: {
              "cloud.google.com/gke-nodepool": "autopilot",
              "cloud.google.com/machine-family": "ek",
              "node.kubernetes.io/instance-type": "ek-standard-8",
            },
            taints: [],
            zones: zones.length === 0 ? [location] : zones.slice(0, 2),
          },
        ]
      : [],
  };
}

const cluster: ResourceRules = named(
  {
    replaceOn: [
      "location",
      "network",
      "subnetwork",
      "networkingMode",
      "ipAllocationPolicy.clusterSecondaryRangeName",
      "ipAllocationPolicy.servicesSecondaryRangeName",
      "ipAllocationPolicy.clusterIpv4CidrBlock",
      "ipAllocationPolicy.servicesIpv4CidrBlock",
      "enableAutopilot",
      "datapathProvider",
      "initialNodeCount",
      "nodeConfig.diskSizeGb",
      "nodeConfig.diskType",
      "nodeConfig.serviceAccount",
      "nodeConfig.oauthScopes",
      "nodeConfig.spot",
      "privateClusterConfig.masterIpv4CidrBlock",
      "defaultMaxPodsPerNode",
      "enableKubernetesAlpha",
      "confidentialNodes",
      "clusterIpv4Cidr",
      "description",
    ],
    compareAs: { nodeLocations: "set", "loggingConfig.enableComponents": "set" },
    check: checkCluster,
    refuse: refuseCluster,
    create: (asked) => {
      const rest = completed(asked);
      const name = text(asked.inputs, "name") ?? "";
      const id = `projects/${text(rest, "project")}/locations/${text(rest, "location")}/clusters/${name}`;
      return { id, outputs: { name, selfLink: `https://container.googleapis.com/v1/${id}`, ...rest } };
    },
    update: (asked) => ({ ...asked.old.outputs, ...asked.inputs, ...completed(asked) }),
    uses: (inputs) => [
      text(inputs, "network") ?? "",
      text(inputs, "subnetwork") ?? "",
      text(inputs, "databaseEncryption.keyName") ?? "",
      text(inputs, "clusterAutoscaling.autoProvisioningDefaults.serviceAccount") ?? "",
    ],
    inUse: ({ id }, users) =>
      `googleapi: Error 400: ${id} still has ${users.map((each) => each.id.split("/").at(-1)).join(", ")}, failedPrecondition`,
    refuseDeletion: ({ id, outputs }) =>
      flag(outputs, "deletionProtection") === true
        ? `Cannot destroy cluster ${id} because deletion_protection is set to true. Set it to false to proceed with instance deletion.`
        : undefined,
    cluster: {
      spec: behind,
      reached: ({ inputs }, { endpoint, certificateAuthorityData }) => {
        // GKE gives bare addresses and names; those of the simulation have a port.
        const host = endpoint.replace("https://", "");
        return {
          endpoint: host,
          masterAuth: {
            clusterCaCertificate: certificateAuthorityData,
            clientCertificate: "",
            clientCertificateConfig: { issueClientCertificate: false },
            clientKey: "",
          },
          controlPlaneEndpointsConfig: {
            dnsEndpointConfig: {
              allowExternalTraffic: false,
              ...block(inputs, "controlPlaneEndpointsConfig.dnsEndpointConfig"),
              endpoint: host,
            },
            ipEndpointsConfig: {
              enabled: true,
              ...block(inputs, "controlPlaneEndpointsConfig.ipEndpointsConfig"),
            },
          },
        };
      },
      networks: ({ inputs }) => [text(inputs, "network") ?? "", text(inputs, "subnetwork") ?? ""],
    },
  },
  40,
);

export const clusterRules: Readonly<Record<string, ResourceRules>> = { [clusterToken]: cluster };
