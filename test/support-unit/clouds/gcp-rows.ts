import type { Row } from "./rules-table.js";

export const tokens = {
  network: "gcp:compute/network:Network",
  subnet: "gcp:compute/subnetwork:Subnetwork",
  router: "gcp:compute/router:Router",
  nat: "gcp:compute/routerNat:RouterNat",
  firewall: "gcp:compute/firewall:Firewall",
  account: "gcp:serviceaccount/account:Account",
  accountMember: "gcp:serviceaccount/iAMMember:IAMMember",
  projectMember: "gcp:projects/iAMMember:IAMMember",
  ring: "gcp:kms/keyRing:KeyRing",
  key: "gcp:kms/cryptoKey:CryptoKey",
  keyMember: "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
  cluster: "gcp:container/cluster:Cluster",
  pool: "gcp:container/nodePool:NodePool",
} as const;

const row = (token: string, says: RegExp, refused: Row["refused"], more: Partial<Row> = {}): Row => ({
  token,
  says,
  refused,
  ...more,
});
const { cluster, pool } = tokens;

const around: readonly Row[] = [
  row(tokens.network, /Invalid value/, { name: "Upper" }),
  row(tokens.network, /forbidden/, { project: "another-project" }),
  row(tokens.network, /REGIONAL, GLOBAL/, { routingMode: "LOCAL" }, { twin: { routingMode: "GLOBAL" } }),
  row(tokens.subnet, /from \/4 to \/29/, { ipCidrRange: "10.60.0.0/30" }),
  row(tokens.subnet, /conflicts with existing/, { ipCidrRange: "10.10.0.0/24" }),
  row(tokens.subnet, /notFound/, { network: "nowhere" }),
  row(
    tokens.subnet,
    /conflicts with another range/,
    { secondaryIpRanges: [{ rangeName: "a", ipCidrRange: "10.60.0.0/24" }] },
    {
      twin: { secondaryIpRanges: [{ rangeName: "a", ipCidrRange: "10.61.0.0/24" }] },
      path: "secondaryIpRanges[0].ipCidrRange",
    },
  ),
  row(tokens.router, /notFound/, { network: "nowhere" }),
  row(tokens.nat, /AUTO_ONLY/, { natIps: ["a"] }),
  row(tokens.nat, /LIST_OF_SUBNETWORKS/, { subnetworks: [{ name: "nodes", sourceIpRangesToNats: ["ALL_IP_RANGES"] }] }),
  row(tokens.nat, /notFound/, { router: "nowhere" }),
  row(tokens.firewall, /exactly one of allows and denies/, { denies: [{ protocol: "tcp" }] }, { path: "allows" }),
  row(
    tokens.firewall,
    /is no port/,
    { allows: [{ protocol: "tcp", ports: ["https"] }] },
    { path: "allows[0].ports[0]" },
  ),
  row(tokens.firewall, /ports go with/, { allows: [{ protocol: "icmp", ports: ["1"] }] }, { path: "allows[0].ports" }),
  row(tokens.firewall, /is no range/, { sourceRanges: ["everywhere"] }, { path: "sourceRanges[0]" }),
  row(
    tokens.firewall,
    /cannot be given together/,
    { targetTags: ["a"] },
    {
      twin: { targetServiceAccounts: ["nodes@simulated-project.iam.gserviceaccount.com"] },
    },
  ),
  row(tokens.firewall, /is required/, { sourceRanges: undefined }, { path: "" }),
  row(tokens.account, /does not match/, { accountId: "short" }),
  row(tokens.account, /already exists/, { accountId: "shop-nodes" }),
  row(tokens.projectMember, /does not match/, { member: "someone@example.com" }),
  row(tokens.projectMember, /does not match/, { role: "container.admin" }),
  row(tokens.projectMember, /does not exist/, {
    member: "serviceAccount:no-such@simulated-project.iam.gserviceaccount.com",
  }),
  row(tokens.accountMember, /Identity Pool does not exist/, { member: "serviceAccount:other.svc.id.goog[shop/web]" }),
  row(tokens.accountMember, /Unknown service account/, { serviceAccountId: "projects/p/serviceAccounts/nobody" }),
  row(tokens.ring, /location ID/, { location: "atlantis" }),
  row(tokens.key, /at least 86400s/, { rotationPeriod: "3600s" }),
  row(tokens.key, /KeyRing/, { keyRing: "projects/p/locations/l/keyRings/none" }),
  row(tokens.key, /only keys that encrypt/, { purpose: "ASYMMETRIC_SIGN" }, { path: "rotationPeriod" }),
  row(tokens.keyMember, /not found/, { cryptoKeyId: "projects/p/locations/l/keyRings/r/cryptoKeys/none" }),
];

const autopilot = {
  enableAutopilot: true,
  initialNodeCount: undefined,
  removeDefaultNodePool: undefined,
  nodeConfig: undefined,
  nodeLocations: undefined,
  workloadIdentityConfig: undefined,
  enableShieldedNodes: undefined,
} as const;
const ip = "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled";

const clusters: readonly Row[] = [
  row(cluster, /Invalid value/, { name: "a".repeat(41) }, { twin: { name: "a".repeat(40) } }),
  row(cluster, /does not exist/, { location: "atlantis-1" }, { twin: { nodeLocations: undefined } }),
  row(cluster, /must be regional/, { location: "europe-west1-b" }, { twin: autopilot }),
  row(cluster, /conflicts with removeDefaultNodePool/, { removeDefaultNodePool: true }, { twin: autopilot }),
  row(cluster, /conflicts with initialNodeCount/, { initialNodeCount: 1 }, { twin: autopilot }),
  row(cluster, /conflicts with nodeConfig/, { nodeConfig: { spot: true } }, { twin: autopilot }),
  row(cluster, /conflicts with enableShieldedNodes/, { enableShieldedNodes: true }, { twin: autopilot }),
  row(
    cluster,
    /conflicts with workloadIdentityConfig/,
    { workloadIdentityConfig: { workloadPool: "a" } },
    { twin: autopilot },
  ),
  row(cluster, /greater than zero/, { initialNodeCount: 0 }),
  row(cluster, /not allowed/, { networkPolicy: { enabled: true } }),
  row(cluster, /must be one of/, { "releaseChannel.channel": "FAST" }),
  row(cluster, /unsupported/, { minMasterVersion: "1.29" }),
  row(
    cluster,
    /skips minor/,
    { minMasterVersion: "1.36" },
    { old: true, twin: { name: "shop", minMasterVersion: "1.34" } },
  ),
  row(
    cluster,
    /Label keys/,
    { resourceLabels: { Team: "shop" } },
    {
      twin: { resourceLabels: { team: "shop" } },
      path: 'resourceLabels["Team"]',
    },
  ),
  row(cluster, /startTime|does not match/, { "maintenancePolicy.dailyMaintenanceWindow.startTime": "25:00" }),
  row(
    cluster,
    /needs endTime/,
    { "maintenancePolicy.maintenanceExclusions[0].exclusionOptions": { scope: "NO_UPGRADES" } },
    {
      path: "maintenancePolicy.maintenanceExclusions[0]",
    },
  ),
  row(
    cluster,
    /need a release channel/,
    { "releaseChannel.channel": "UNSPECIFIED" },
    {
      path: "maintenancePolicy.maintenanceExclusions[0].exclusionOptions.scope",
    },
  ),
  row(
    cluster,
    /At least one of the DNS/,
    { [ip]: false },
    {
      twin: { masterAuthorizedNetworksConfig: undefined },
      path: "controlPlaneEndpointsConfig",
    },
  ),
  row(
    cluster,
    /need the IP endpoints/,
    { [ip]: false },
    {
      twin: { "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic": true },
      path: "masterAuthorizedNetworksConfig",
    },
  ),
  row(
    cluster,
    /must be enabled with a private endpoint/,
    { masterAuthorizedNetworksConfig: undefined },
    {
      twin: { "privateClusterConfig.enablePrivateEndpoint": true },
    },
  ),
  row(
    cluster,
    /valid CIDR/,
    { masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "office" }] } },
    {
      path: "masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock",
    },
  ),
  row(cluster, /must be logged/, { "loggingConfig.enableComponents": ["APISERVER"] }),
  row(
    cluster,
    /AUDIT is not supported/,
    { "loggingConfig.enableComponents": ["SYSTEM_COMPONENTS", "AUDIT"] },
    {
      path: "loggingConfig.enableComponents[1]",
    },
  ),
  row(cluster, /needs a key/, { databaseEncryption: { state: "ENCRYPTED" } }, { path: "databaseEncryption.keyName" }),
  row(
    cluster,
    /without database encryption/,
    { "databaseEncryption.state": "DECRYPTED" },
    {
      path: "databaseEncryption.keyName",
    },
  ),
  row(cluster, /was not found/, { "databaseEncryption.keyName": "projects/p/none" }),
  row(cluster, /conflicts with clusterSecondaryRangeName/, {
    "ipAllocationPolicy.clusterIpv4CidrBlock": "10.8.0.0/14",
  }),
  row(cluster, /does not exist in network/, { "ipAllocationPolicy.clusterSecondaryRangeName": "none" }),
  row(cluster, /already in use/, { "ipAllocationPolicy.servicesSecondaryRangeName": "services" }),
  row(cluster, /notFound/, { subnetwork: "nowhere" }),
  row(cluster, /no other zone/, { nodeLocations: ["us-east1-b"] }, { path: "nodeLocations[0]" }),
  row(cluster, /workload pool must be/, { "workloadIdentityConfig.workloadPool": "other.svc.id.goog" }),
  row(cluster, /Service account .* does not exist/, { "nodeConfig.serviceAccount": "nobody@example.com" }),
];

const pools: readonly Row[] = [
  row(pool, /Invalid value/, { name: "a".repeat(41) }, { twin: { name: "a".repeat(40) } }),
  row(pool, /Not found: cluster/, { cluster: "nowhere" }),
  row(pool, /Autopilot clusters/, { cluster: "pilot" }),
  row(pool, /greater than/, { "autoscaling.totalMinNodeCount": 11 }),
  row(pool, /between 1 and/, { "autoscaling.totalMaxNodeCount": 0 }, { twin: { "autoscaling.totalMinNodeCount": 0 } }),
  row(pool, /cannot be given together/, { "autoscaling.maxNodeCount": 3 }, { path: "autoscaling" }),
  row(pool, /is more than total_max/, { initialNodeCount: 4 }),
  row(pool, /maxSurge and maxUnavailable/, { "upgradeSettings.maxSurge": 0 }, { path: "upgradeSettings" }),
  row(pool, /does not exist/, { "nodeConfig.machineType": "n9-standard-4" }),
  row(pool, /cannot be used by n4/, { "nodeConfig.diskType": "pd-balanced" }),
  row(pool, /cannot be used by e2/, { "nodeConfig.machineType": "e2-standard-4" }, { path: "nodeConfig.diskType" }),
  row(pool, /between 10 and/, { "nodeConfig.diskSizeGb": 5 }, { twin: { "nodeConfig.diskSizeGb": 10 } }),
  row(pool, /goes with neither/, { "nodeConfig.bootDisk": { sizeGb: 50 } }),
  row(
    pool,
    /cannot be attached/,
    { "nodeConfig.guestAccelerators": [{ type: "nvidia-l4", count: 1 }] },
    {
      path: "nodeConfig.guestAccelerators[0]",
    },
  ),
  row(
    pool,
    /either spot or preemptible/,
    { "nodeConfig.preemptible": true },
    {
      twin: { "nodeConfig.spot": true },
      path: "nodeConfig.spot",
    },
  ),
  row(
    pool,
    /must be one of NO_SCHEDULE/,
    { "nodeConfig.taints": [{ key: "a", value: "", effect: "NoSchedule" }] },
    {
      twin: { "nodeConfig.taints": [{ key: "a", value: "", effect: "NO_SCHEDULE" }] },
      path: "nodeConfig.taints[0].effect",
    },
  ),
  row(
    pool,
    /reserved prefixes/,
    { "nodeConfig.labels": { "kubernetes.io/role": "a" } },
    {
      path: 'nodeConfig.labels["kubernetes.io/role"]',
    },
  ),
  row(pool, /not a zone of/, { nodeLocations: ["us-east1-b"] }, { path: "nodeLocations[0]" }),
  row(pool, /Node version/, { version: "1.36.0-gke.1000000" }, { twin: { version: "1.34.3-gke.1000000" } }),
  row(pool, /Service account .* does not exist/, { "nodeConfig.serviceAccount": "nobody@example.com" }),
];

/** What Google Cloud refuses; each row's twin, the good inputs with `twin` over them, is taken. */
export const gcpRows: readonly Row[] = [...around, ...clusters, ...pools];
