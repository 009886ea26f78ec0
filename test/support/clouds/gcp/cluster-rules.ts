import { at, blocks, flag, isGiven, isUnknown, number, text, texts } from "../blocks.js";
import { cidrPrefix } from "../cidr.js";
import type { Asked, Block, Refusal } from "../model.js";
import {
  eachBlock,
  eachOneOfRefusals,
  minorOf,
  minorsAfter,
  oneOfRefusals,
  patternRefusals,
  refusal,
  refuseIf,
  versionRefusals,
} from "../refusals.js";
import type { SimulatedResource } from "../world.js";
import { labelRefusals, nameRefusals, projectOf, referenceRefusals, referred, regionOf, zonesOf } from "./common.js";
import { agentMayUse } from "./iam.js";
import { nodeConfigRefusals } from "./pools.js";
import { accountToken, clusterToken, keyToken, networkToken, subnetToken } from "./tokens.js";

const code = "googleapi: Error 400";

export function isAutopilot(inputs: Block): boolean {
  return flag(inputs, "enableAutopilot") === true;
}

/** What the provider itself refuses together with `enableAutopilot`. */
const notWithAutopilot = [
  "removeDefaultNodePool",
  "initialNodeCount",
  "nodeConfig",
  "nodePools",
  "networkPolicy",
  "workloadIdentityConfig",
  "enableShieldedNodes",
  "enableIntranodeVisibility",
  "defaultMaxPodsPerNode",
  "clusterAutoscaling.enabled",
  "clusterAutoscaling.resourceLimits",
  "addonsConfig.horizontalPodAutoscaling",
  "addonsConfig.httpLoadBalancing",
  "addonsConfig.networkPolicyConfig",
  "addonsConfig.dnsCacheConfig",
];

/** What is wrong whatever the rest of the project looks like. */
export function checkCluster({ inputs }: Asked): Refusal[] {
  return [
    ...nameRefusals(inputs, "name", /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/),
    ...labelRefusals(inputs, "resourceLabels"),
    ...(isAutopilot(inputs) ? autopilotRefusals(inputs) : standardRefusals(inputs)),
    ...patternRefusals(inputs, "minMasterVersion", /^1\.\d+(\.\d+(-gke\.\d+)?)?$|^latest$/, code),
    ...oneOfRefusals(inputs, "releaseChannel.channel", ["UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"], code),
    ...oneOfRefusals(inputs, "datapathProvider", ["LEGACY_DATAPATH", "ADVANCED_DATAPATH"], code),
    ...oneOfRefusals(
      inputs,
      "gatewayApiConfig.channel",
      ["CHANNEL_DISABLED", "CHANNEL_EXPERIMENTAL", "CHANNEL_STANDARD"],
      code,
    ),
    ...maintenanceRefusals(inputs),
    ...endpointRefusals(inputs),
    ...loggingRefusals(inputs),
    ...encryptionRefusals(inputs),
    ...rangeRefusals(inputs),
  ];
}

function autopilotRefusals(inputs: Block): Refusal[] {
  return notWithAutopilot.flatMap((path) =>
    refuseIf(isGiven(inputs, path) || isUnknown(at(inputs, path)), `"enableAutopilot": conflicts with ${path}`, path),
  );
}

function standardRefusals(inputs: Block): Refusal[] {
  const count = number(inputs, "initialNodeCount");
  const none = !isGiven(inputs, "nodePools") && !isGiven(inputs, "initialNodeCount");
  return [
    ...refuseIf(none, `${code}: Cluster.initial_node_count must be greater than zero., badRequest`, "initialNodeCount"),
    ...refuseIf(
      count !== undefined && count < 1,
      `${code}: Cluster.initial_node_count must be greater than zero., badRequest`,
      "initialNodeCount",
    ),
    ...refuseIf(
      text(inputs, "datapathProvider") === "ADVANCED_DATAPATH" && flag(inputs, "networkPolicy.enabled") === true,
      `${code}: Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is not allowed., badRequest`,
      "networkPolicy",
    ),
    ...nodeConfigRefusals(inputs),
  ];
}

function maintenanceRefusals(inputs: Block): Refusal[] {
  const policy = "maintenancePolicy";
  const channel = text(inputs, "releaseChannel.channel");
  return [
    ...refuseIf(
      isGiven(inputs, `${policy}.dailyMaintenanceWindow`) && isGiven(inputs, `${policy}.recurringWindow`),
      "only one of dailyMaintenanceWindow and recurringWindow can be specified",
      policy,
    ),
    ...patternRefusals(inputs, `${policy}.dailyMaintenanceWindow.startTime`, /^([01]\d|2[0-3]):[0-5]\d$/, code),
    ...eachBlock(inputs, `${policy}.maintenanceExclusions`, (each, path) => {
      const scope = text(each, "exclusionOptions.scope");
      const lasting = text(each, "exclusionOptions.endTimeBehavior") === "UNTIL_END_OF_SUPPORT";
      return [
        ...refuseIf(
          !lasting && !isGiven(each, "endTime"),
          `${code}: an exclusion needs endTime, or must last until the end of support`,
          path,
        ),
        ...refuseIf(
          lasting && isGiven(each, "endTime"),
          `${code}: endTime and endTimeBehavior exclude each other`,
          path,
        ),
        ...refuseIf(
          scope !== undefined && !["NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES"].includes(scope),
          `${code}: ${scope} is no scope of an exclusion`,
          `${path}.exclusionOptions.scope`,
        ),
        ...refuseIf(
          scope?.startsWith("NO_MINOR") === true && channel === "UNSPECIFIED",
          `${code}: exclusions of minor upgrades need a release channel., badRequest`,
          `${path}.exclusionOptions.scope`,
        ),
      ];
    }),
  ];
}

function endpointRefusals(inputs: Block): Refusal[] {
  const ip = flag(inputs, "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled");
  const dns = flag(inputs, "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic");
  const networks = "masterAuthorizedNetworksConfig";
  const privateEndpoint = flag(inputs, "privateClusterConfig.enablePrivateEndpoint") === true;
  const cidrs = blocks(inputs, `${networks}.cidrBlocks`);
  return [
    ...refuseIf(
      ip === false && dns !== true,
      `${code}: At least one of the DNS endpoint and the IP endpoints must be enabled., badRequest`,
      "controlPlaneEndpointsConfig",
    ),
    ...refuseIf(
      ip === false && isGiven(inputs, networks),
      `${code}: authorized networks need the IP endpoints., badRequest`,
      networks,
    ),
    ...refuseIf(
      privateEndpoint && ip !== false && !isGiven(inputs, networks),
      `${code}: master_authorized_networks_config must be enabled with a private endpoint., badRequest`,
      networks,
    ),
    ...refuseIf(cidrs.length > 100, `${code}: at most 100 authorized networks, not ${cidrs.length}`, networks),
    ...eachBlock(inputs, `${networks}.cidrBlocks`, (each, path) => {
      const cidr = text(each, "cidrBlock");
      return refuseIf(
        cidr !== undefined && cidrPrefix(cidr) === undefined,
        `${code}: "${cidr}" is not a valid CIDR block`,
        `${path}.cidrBlock`,
      );
    }),
  ];
}

const logged = [
  "SYSTEM_COMPONENTS",
  "WORKLOADS",
  "APISERVER",
  "CONTROLLER_MANAGER",
  "SCHEDULER",
  "KCP_SSHD",
  "KCP_CONNECTION",
  "KCP_HPA",
];

function loggingRefusals(inputs: Block): Refusal[] {
  const path = "loggingConfig.enableComponents";
  const components = texts(inputs, path);
  return [
    ...eachOneOfRefusals(inputs, path, logged, code),
    ...refuseIf(
      components.length > 0 && !components.includes("SYSTEM_COMPONENTS"),
      `${code}: SYSTEM_COMPONENTS must be logged where anything is., badRequest`,
      path,
    ),
    ...refuseIf(
      isAutopilot(inputs) && Array.isArray(at(inputs, path)) && components.length === 0,
      `${code}: Autopilot logs its system components., badRequest`,
      path,
    ),
  ];
}

function encryptionRefusals(inputs: Block): Refusal[] {
  const [state, name] = [text(inputs, "databaseEncryption.state"), text(inputs, "databaseEncryption.keyName")];
  return [
    ...oneOfRefusals(inputs, "databaseEncryption.state", ["ENCRYPTED", "DECRYPTED"], code),
    ...refuseIf(
      state === "ENCRYPTED" && at(inputs, "databaseEncryption.keyName") === undefined,
      `${code}: database encryption needs a key., badRequest`,
      "databaseEncryption.keyName",
    ),
    ...refuseIf(
      state === "DECRYPTED" && name !== undefined && name !== "",
      `${code}: no key can be given without database encryption., badRequest`,
      "databaseEncryption.keyName",
    ),
  ];
}

function rangeRefusals(inputs: Block): Refusal[] {
  return ["cluster", "services"].flatMap((kind) => {
    const [name, cidr] = [`${kind}SecondaryRangeName`, `${kind}Ipv4CidrBlock`];
    return refuseIf(
      isGiven(inputs, `ipAllocationPolicy.${name}`) && isGiven(inputs, `ipAllocationPolicy.${cidr}`),
      `"ipAllocationPolicy.${cidr}": conflicts with ${name}`,
      `ipAllocationPolicy.${cidr}`,
    );
  });
}

export function locationOf({ inputs, settings }: Pick<Asked, "inputs" | "settings">): string {
  return text(inputs, "location") ?? settings.region;
}

/** What GKE refuses when it looks at the rest of the project. */
export function refuseCluster(asked: Asked): Refusal[] {
  const { inputs, world } = asked;
  const location = locationOf(asked);
  const region = regionOf(location);
  if (region === undefined) {
    return [refusal(`${code}: Location "${location}" does not exist., badRequest`, "location")];
  }
  const account =
    text(inputs, "nodeConfig.serviceAccount") ??
    text(inputs, "clusterAutoscaling.autoProvisioningDefaults.serviceAccount");
  const pool = text(inputs, "workloadIdentityConfig.workloadPool");
  return [
    ...refuseIf(
      isAutopilot(inputs) && location !== region,
      `${code}: Autopilot clusters must be regional clusters., badRequest`,
      "location",
    ),
    ...texts(inputs, "nodeLocations").flatMap((zone, index) =>
      refuseIf(
        !zonesOf(region).includes(zone) || zone === location,
        `${code}: Location "${zone}" is no other zone of ${location}., badRequest`,
        `nodeLocations[${index}]`,
      ),
    ),
    ...refuseIf(
      account !== undefined && account !== "default" && world.find(account, accountToken) === undefined,
      `${code}: Service account "${account}" does not exist., badRequest`,
      "nodeConfig.serviceAccount",
    ),
    ...refuseIf(
      pool !== undefined && pool !== `${projectOf(asked)}.svc.id.goog`,
      `${code}: the workload pool must be ${projectOf(asked)}.svc.id.goog, not ${pool}., badRequest`,
      "workloadIdentityConfig.workloadPool",
    ),
    ...masterVersionRefusals(asked),
    ...networkRefusals(asked, region),
    ...keyRefusals(asked, region),
  ];
}

/** A floor: GKE goes on to it, one minor at a time, and never back. */
function masterVersionRefusals(asked: Asked): Refusal[] {
  const { inputs, old } = asked;
  const wanted = text(inputs, "minMasterVersion");
  if (wanted === undefined || wanted === "latest") return [];
  const before = text(old?.outputs ?? {}, "masterVersion");
  if (before !== undefined && minorsAfter(before, minorOf(wanted)) <= 0) return [];
  return versionRefusals(asked, "minMasterVersion", before, `${code}: Master version "${wanted}" is unsupported`);
}

export function subnetOf({ inputs, world }: Pick<Asked, "inputs" | "world">): SimulatedResource | undefined {
  return referred(world, subnetToken, text(inputs, "subnetwork"));
}

/** A secondary range of a subnet, by its name. */
export function secondaryRange(subnet: SimulatedResource | undefined, name: string | undefined): string | undefined {
  const range = blocks(subnet?.inputs ?? {}, "secondaryIpRanges").find((each) => text(each, "rangeName") === name);
  return range === undefined ? undefined : text(range, "ipCidrRange");
}

function networkRefusals(asked: Asked, region: string): Refusal[] {
  const { inputs, world, old } = asked;
  const subnet = subnetOf(asked);
  const network = referred(world, networkToken, text(inputs, "network"));
  const [pods, services] = ["cluster", "services"].map((kind) => `ipAllocationPolicy.${kind}SecondaryRangeName`);
  const missing = [pods ?? "", services ?? ""].flatMap((path) => {
    const name = text(inputs, path);
    return refuseIf(
      name !== undefined && subnet !== undefined && secondaryRange(subnet, name) === undefined,
      `${code}: Services or pods range "${name}" does not exist in network ${network?.id}, subnetwork ${subnet?.id}., badRequest`,
      path,
    );
  });
  const podRange = secondaryRange(subnet, text(inputs, pods ?? ""));
  const user = world
    .all(clusterToken)
    .find(
      (each) =>
        each.id !== old?.id &&
        subnet !== undefined &&
        subnetOf({ inputs: each.inputs, world })?.id === subnet.id &&
        text(each.inputs, services ?? "") === text(inputs, services ?? ""),
    );
  return [
    ...referenceRefusals(asked, "network", networkToken),
    ...referenceRefusals(asked, "subnetwork", subnetToken),
    ...refuseIf(
      subnet !== undefined && text(subnet.outputs, "region") !== region,
      `${code}: Subnetwork ${subnet?.id} is not in ${region}., badRequest`,
      "subnetwork",
    ),
    ...refuseIf(
      subnet !== undefined &&
        network !== undefined &&
        referred(world, networkToken, text(subnet.inputs, "network"))?.id !== network.id,
      `${code}: Subnetwork ${subnet?.id} does not belong to ${network?.id}., badRequest`,
      "subnetwork",
    ),
    ...missing,
    ...refuseIf(
      podRange !== undefined && (cidrPrefix(podRange) ?? 0) > 23,
      `${code}: The pod range ${podRange} is too small: nodes take a /24 each., badRequest`,
      pods,
    ),
    ...refuseIf(
      user !== undefined && isGiven(inputs, services ?? ""),
      `${code}: Services range "${text(inputs, services ?? "")}" is already in use by ${user?.id}., badRequest`,
      services,
    ),
  ];
}

function keyRefusals({ inputs, world, settings }: Asked, region: string): Refusal[] {
  const path = "databaseEncryption.keyName";
  const name = text(inputs, path);
  if (name === undefined || name === "") return [];
  const key = world.find(name, keyToken);
  if (key === undefined) return [refusal(`${code}: CryptoKey ${name} was not found., badRequest`, path)];
  return [
    ...refuseIf(
      name.split("/")[3] !== region,
      `${code}: the key ${name} must be in ${region}, where the cluster is., badRequest`,
      path,
    ),
    ...refuseIf(
      !agentMayUse(name, settings.tenant, world),
      `${code}: Cloud KMS key ${name} cannot be used: grant roles/cloudkms.cryptoKeyEncrypterDecrypter to service-${settings.tenant}@container-engine-robot.iam.gserviceaccount.com., badRequest`,
      path,
    ),
  ];
}
