import { defaultKubernetesMinor } from "../../../../toolchain/index.js";
import { at, block, blocks, flag, isGiven, number, text, texts } from "../blocks.js";
import type { Asked, Block, ClusterBehind, ResourceRules, SimulatedPool } from "../model.js";
import { minorOf } from "../refusals.js";
import type { SimulatedResource, World } from "../world.js";
import { checkCluster, isAutomatic, provisionsNodes, refuseCluster } from "./cluster-rules.js";
import { autoNamed, azure, guid, idIn } from "./common.js";
import { isGranted, networkRoles } from "./identity.js";
import { nodesOf } from "./pool-rules.js";
import { clusterToken, deploymentToken, identityToken, poolToken, subnetToken } from "./tokens.js";

function versionOf({ inputs, world, old }: Asked): string {
  const wanted = text(inputs, "kubernetesVersion");
  const before = old === undefined ? undefined : text(old.outputs, "currentKubernetesVersion");
  if (wanted === undefined) return before ?? world.fullVersion(defaultKubernetesMinor) ?? "";
  if (before !== undefined && minorOf(before) === minorOf(wanted)) return before;
  return wanted.split(".").length > 2 ? wanted : (world.fullVersion(wanted) ?? wanted);
}

function poolsOf({ inputs }: Asked, version: string): readonly Block[] {
  return blocks(inputs, "agentPoolProfiles").map((pool) => ({
    // AKS Automatic chooses what is left open.
    vmSize: "Standard_D4ds_v5",
    osDiskType: "Ephemeral",
    osDiskSizeGB: 128,
    osType: "Linux",
    osSKU: "Ubuntu",
    type: "VirtualMachineScaleSets",
    maxPods: 110,
    ...(isAutomatic(inputs) ? { nodeTaints: ["CriticalAddonsOnly=true:NoSchedule"] } : {}),
    ...pool,
    orchestratorVersion: text(pool, "orchestratorVersion") ?? minorOf(version),
    currentOrchestratorVersion: version,
    nodeImageVersion: "AKSUbuntu-2204gen2containerd-202610.01.0",
    provisioningState: "Succeeded",
    powerState: { code: "Running" },
  }));
}

/** What AKS fills in of nested blocks. */
function completed(asked: Asked): Block {
  const { inputs, settings, world, old } = asked;
  const version = versionOf(asked);
  const identity = world.find(texts(inputs, "identity.userAssignedIdentities")[0] ?? "", identityToken);
  const before = old?.outputs ?? {};
  const hash = text(before, "simulatedHash") ?? world.hex(8);
  const location = text(inputs, "location") ?? settings.region;
  const isPrivate = flag(inputs, "apiServerAccessProfile.enablePrivateCluster") === true;
  const host = `${text(inputs, "dnsPrefix")}-${hash}`;
  const issuer =
    text(before, "oidcIssuerProfile.issuerURL") ??
    `https://${location}.oic.prod-aks.azure.com/${settings.tenant}/${guid(world)}/`;
  return {
    kubernetesVersion: text(inputs, "kubernetesVersion") ?? minorOf(version),
    currentKubernetesVersion: version,
    agentPoolProfiles: [...poolsOf(asked, version)],
    fqdn: `${host}.hcp.${location}.azmk8s.io`,
    azurePortalFQDN: `${host}.portal.hcp.${location}.azmk8s.io`,
    ...(isPrivate ? { privateFQDN: `${host}.${guid(world)}.privatelink.${location}.azmk8s.io` } : {}),
    ...(identity === undefined
      ? {}
      : {
          identity: {
            type: "UserAssigned",
            tenantId: settings.tenant,
            userAssignedIdentities: {
              [identity.id]: {
                clientId: text(identity.outputs, "clientId") ?? "",
                principalId: text(identity.outputs, "principalId") ?? "",
              },
            },
          },
        }),
    oidcIssuerProfile: {
      enabled: flag(inputs, "oidcIssuerProfile.enabled") ?? false,
      ...(flag(inputs, "oidcIssuerProfile.enabled") === true ? { issuerURL: issuer } : {}),
    },
    nodeResourceGroup:
      text(inputs, "nodeResourceGroup") ??
      `MC_${text(inputs, "resourceGroupName")}_${text(inputs, "resourceName")}_${location}`,
    simulatedHash: hash,
    powerState: { code: "Running" },
    maxAgentPools: 100,
    supportPlan: text(inputs, "supportPlan") ?? "KubernetesOfficial",
  };
}

const provisioned: SimulatedPool = {
  name: "nap",
  count: 2,
  cpu: "4",
  memory: "16Gi",
  arch: "amd64",
  labels: {
    "karpenter.sh/nodepool": "default",
    "karpenter.sh/capacity-type": "on-demand",
    "kubernetes.azure.com/mode": "user",
    "node.kubernetes.io/instance-type": "Standard_D4s_v5",
  },
  taints: [],
  zones: [],
};

function behind(cluster: SimulatedResource): ClusterBehind {
  const { inputs, outputs, region } = cluster;
  const location = text(inputs, "location") ?? region;
  const system = blocks(outputs, "agentPoolProfiles").map((pool) => nodesOf(pool, text(pool, "name") ?? "", location));
  return {
    minor: minorOf(text(outputs, "currentKubernetesVersion") ?? ""),
    podCidr: text(inputs, "networkProfile.podCidr") ?? "10.244.0.0/16",
    serviceCidr: text(inputs, "networkProfile.serviceCidr") ?? "10.0.0.0/16",
    // The control plane writes it; the diagnostic setting only says where it goes.
    auditLogs: true,
    secretsEncryption: flag(inputs, "securityProfile.azureKeyVaultKms.enabled") === true,
    // Two nodes stand for those that are made for pods.
    pools: provisionsNodes(inputs) ? [...system, { ...provisioned, zones: [`${location}-1`] }] : system,
  };
}

/** Subnets that nodes and the API server are in, and their network. */
function networksOf(inputs: Block): readonly string[] {
  const subnets = [
    ...blocks(inputs, "agentPoolProfiles").map((pool) => text(pool, "vnetSubnetID") ?? ""),
    text(inputs, "apiServerAccessProfile.subnetId") ?? "",
  ].filter((id) => id !== "");
  return [...new Set([...subnets, ...subnets.map((id) => id.split("/subnets/")[0] ?? "")])];
}

/** Load balancers and nodes are removed in the name of the cluster's identity. */
function lacksGrant({ inputs }: SimulatedResource, world: World): string | undefined {
  const identity = world.find(texts(inputs, "identity.userAssignedIdentities")[0] ?? "", identityToken);
  const subnet = blocks(inputs, "agentPoolProfiles").map((pool) => text(pool, "vnetSubnetID"))[0];
  if (identity === undefined || subnet === undefined || world.find(subnet, subnetToken) === undefined) return undefined;
  if (isGranted(identity, networkRoles, subnet, world)) return undefined;
  return `LinkedAuthorizationFailed: ${identity.id} may no longer perform 'Microsoft.Network/virtualNetworks/subnets/join/action' on ${subnet}`;
}

const cluster: ResourceRules = azure(
  {
    replaceOn: [
      "resourceName",
      "dnsPrefix",
      "fqdnSubdomain",
      "nodeResourceGroup",
      "diskEncryptionSetID",
      "extendedLocation",
    ],
    autoName: autoNamed("resourceName", 63),
    check: checkCluster,
    refuse: refuseCluster,
    create: (asked) => {
      const name = text(asked.inputs, "resourceName") ?? "";
      return {
        id: idIn(asked, `Microsoft.ContainerService/managedClusters/${name}`),
        outputs: {
          name,
          type: "Microsoft.ContainerService/ManagedClusters",
          resourceUID: asked.world.hex(24),
          eTag: asked.world.hex(8),
          ...completed(asked),
        },
      };
    },
    update: (asked) => ({ ...asked.old.outputs, ...asked.inputs, ...completed(asked) }),
    // AKS lists the pools of resources of their own here too, and the version that a template gave the first pool.
    read: (resource, world) => {
      const own = blocks(resource.outputs, "agentPoolProfiles").map((pool) => {
        const version = templateVersion(resource, text(pool, "name") ?? "", world);
        return version === undefined ? pool : { ...pool, orchestratorVersion: version };
      });
      const others = world
        .all(poolToken)
        .filter(({ outputs }) => text(outputs, "simulatedCluster") === resource.id)
        .map(({ outputs }) => ({ name: text(outputs, "name") ?? "", count: number(outputs, "count") ?? 0 }));
      return { agentPoolProfiles: [...own, ...others] };
    },
    uses: (inputs) => [
      ...networksOf(inputs),
      ...texts(inputs, "identity.userAssignedIdentities"),
      ...(isGiven(inputs, "securityProfile.azureKeyVaultKms.keyId")
        ? [text(inputs, "securityProfile.azureKeyVaultKms.keyId") ?? ""]
        : []),
    ],
    inUse: ({ id }, users) =>
      `OperationNotAllowed: ${id} still has ${users.map((each) => each.id.split("/providers/").at(-1)).join(", ")}`,
    refuseDeletion: lacksGrant,
    cluster: {
      spec: behind,
      // Where it is reached, AKS says in its kubeconfigs alone.
      reached: () => ({}),
      networks: ({ inputs }) => networksOf(inputs),
    },
  },
  { located: true },
);

/** What the last template that named a pool said its version is. */
function templateVersion({ outputs }: SimulatedResource, pool: string, world: World): string | undefined {
  const wanted = `${text(outputs, "name")}/${pool}`;
  return world
    .all(deploymentToken)
    .flatMap(({ inputs }) => blocks(inputs, "properties.template.resources"))
    .filter((resource) => at(resource, "name") === wanted)
    .map((resource) => text(block(resource, "properties") ?? {}, "orchestratorVersion"))
    .at(-1);
}

export const clusterRules: Readonly<Record<string, ResourceRules>> = { [clusterToken]: cluster };
