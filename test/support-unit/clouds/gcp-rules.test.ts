import { describe, expect, test } from "vitest";
import { text } from "../../support/clouds/blocks.js";
import { gcpRules } from "../../support/clouds/gcp/index.js";
import { gcpRows, tokens } from "./gcp-rows.js";
import { describeRefusals, emptyShop, found, type Shop } from "./rules-table.js";

const region = "europe-west1";
const project = "simulated-project";
const agent = "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com";

/** A cluster with all that it needs; of each type the inputs of one more that would be taken. */
function shop(): Shop {
  const all = emptyShop(gcpRules, { project, region });
  const { bench, inputs, make } = all;
  const network = make(tokens.network, { name: "shop", autoCreateSubnetworks: false }, { name: "other" });
  const subnet = make(
    tokens.subnet,
    {
      name: "nodes",
      region,
      network: network.id,
      ipCidrRange: "10.10.0.0/20",
      secondaryIpRanges: ["pods", "services", "more"].map((rangeName, index) => ({
        rangeName,
        ipCidrRange: `10.${4 + index}.0.0/16`,
      })),
    },
    { name: "more", ipCidrRange: "10.60.0.0/20", secondaryIpRanges: [] },
  );
  const router = make(tokens.router, { name: "shop", region, network: network.id }, { name: "other" });
  make(
    tokens.nat,
    {
      name: "shop",
      region,
      router: "shop",
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: text(subnet.outputs, "selfLink") ?? "", sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
    },
    { name: "other", sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES", subnetworks: null },
  );
  expect(router.id).toBe(`projects/${project}/regions/${region}/routers/shop`);
  const account = make(tokens.account, { accountId: "shop-nodes" }, { accountId: "shop-other" });
  const email = text(account.outputs, "email") ?? "";
  inputs.set(tokens.firewall, {
    name: "webhooks",
    network: network.id,
    direction: "INGRESS",
    sourceRanges: ["10.10.0.0/20"],
    allows: [{ protocol: "tcp", ports: ["8443"] }],
  });
  inputs.set(tokens.projectMember, { project, role: "roles/container.admin", member: "user:someone@example.com" });
  const ring = make(tokens.ring, { name: "shop", location: region }, { name: "other" });
  const key = make(
    tokens.key,
    { name: "secrets", keyRing: ring.id, purpose: "ENCRYPT_DECRYPT", rotationPeriod: "7776000s" },
    { name: "other" },
  );
  make(
    tokens.keyMember,
    { cryptoKeyId: key.id, role: "roles/cloudkms.cryptoKeyEncrypterDecrypter", member: agent },
    { role: "roles/cloudkms.viewer" },
  );
  const place = { project, location: region, network: network.id, subnetwork: subnet.id };
  const exclusion = { scope: "NO_MINOR_UPGRADES", endTimeBehavior: "UNTIL_END_OF_SUPPORT" };
  make(
    tokens.cluster,
    {
      ...place,
      name: "shop",
      nodeLocations: ["europe-west1-b", "europe-west1-c"],
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      nodeConfig: { serviceAccount: email, diskType: "pd-standard", diskSizeGb: 20 },
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      datapathProvider: "ADVANCED_DATAPATH",
      minMasterVersion: "1.34",
      releaseChannel: { channel: "REGULAR" },
      maintenancePolicy: {
        dailyMaintenanceWindow: { startTime: "03:00" },
        maintenanceExclusions: [
          { exclusionName: "pinned", startTime: "2025-01-01T00:00:00Z", exclusionOptions: exclusion },
        ],
      },
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: false },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: false },
        ipEndpointsConfig: { enabled: true },
      },
      masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "203.0.113.0/24" }] },
      loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "APISERVER"] },
      databaseEncryption: { state: "ENCRYPTED", keyName: key.id },
      workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
      enableShieldedNodes: true,
      deletionProtection: false,
    },
    { name: "other", ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "more" } },
  );
  bench.make(tokens.cluster, { project, location: region, name: "pilot", enableAutopilot: true });
  make(
    tokens.pool,
    {
      project,
      location: region,
      cluster: "shop",
      name: "general",
      initialNodeCount: 1,
      autoscaling: { totalMinNodeCount: 2, totalMaxNodeCount: 6 },
      upgradeSettings: { maxSurge: 1, maxUnavailable: 0 },
      nodeConfig: {
        machineType: "n4-standard-4",
        diskType: "hyperdisk-balanced",
        diskSizeGb: 50,
        serviceAccount: email,
      },
    },
    { name: "more" },
  );
  make(
    tokens.accountMember,
    {
      serviceAccountId: text(account.outputs, "name") ?? "",
      role: "roles/iam.workloadIdentityUser",
      member: `serviceAccount:${project}.svc.id.goog[shop/web]`,
    },
    { member: `serviceAccount:${project}.svc.id.goog[shop/api]` },
  );
  return all;
}

describeRefusals("Google Cloud", gcpRows, shop());

describe("simulated Google Cloud", () => {
  test("deletes nothing that is in use, and all of it in the right order", () => {
    const all = shop();
    for (const token of [tokens.network, tokens.subnet, tokens.router, tokens.key, tokens.cluster]) {
      expect(all.bench.remove(found(all, token)), token).toMatch(/being used|still/);
    }
    for (const token of [tokens.pool, tokens.cluster, tokens.nat, tokens.router, tokens.subnet, tokens.network]) {
      expect(all.bench.remove(found(all, token)), token).toBeUndefined();
    }
  });

  test("keeps a cluster that is protected, which is what GKE takes for granted", () => {
    const all = shop();
    const cluster = found(all, tokens.cluster);
    all.bench.remove(found(all, tokens.pool));
    const { deletionProtection: _, ...unsaid } = cluster.inputs;
    const guarded = all.bench.change(cluster, unsaid);
    expect(all.bench.remove(guarded)).toContain("deletion_protection is set to true");
    const open = all.bench.change(guarded, { ...unsaid, deletionProtection: false });
    expect(all.bench.remove(open)).toBeUndefined();
  });

  test("encrypts with no key that GKE's own account may not use", () => {
    const all = shop();
    const inputs = all.inputs.get(tokens.cluster) ?? {};
    expect(all.bench.refusals(tokens.cluster, inputs)).toEqual([]);
    expect(all.bench.remove(found(all, tokens.keyMember))).toBeUndefined();
    const [refused] = all.bench.refusals(tokens.cluster, inputs);
    expect(refused?.message).toContain("cannot be used");
  });

  test("says of a cluster what GKE says", () => {
    const { outputs, id } = found(shop(), tokens.cluster);
    expect(id).toBe(`projects/${project}/locations/${region}/clusters/shop`);
    expect(outputs["selfLink"]).toBe(`https://container.googleapis.com/v1/${id}`);
    expect(outputs["masterVersion"]).toBe("1.34.3-gke.1000000");
    expect(outputs["clusterIpv4Cidr"]).toBe("10.4.0.0/16");
  });

  test("goes up to a floor and never back", () => {
    const all = shop();
    const before = found(all, tokens.cluster);
    const up = all.bench.change(before, { ...before.inputs, minMasterVersion: "1.35" });
    expect(up.outputs["masterVersion"]).toBe("1.35.2-gke.1000000");
    const same = all.bench.change(up, { ...before.inputs, minMasterVersion: "1.34" });
    expect(same.outputs["masterVersion"]).toBe("1.35.2-gke.1000000");
  });

  test("counts a pool's nodes over its zones, and never fewer than asked", () => {
    const all = shop();
    const pool = found(all, tokens.pool);
    const nodes = gcpRules.resources[tokens.pool]?.pool?.(pool, all.bench.world);
    expect(nodes).toMatchObject({
      pool: { count: 2, cpu: "4", memory: "16Gi", zones: ["europe-west1-b", "europe-west1-c"] },
    });
    const more = { ...pool, outputs: { ...pool.outputs, nodeCount: 3 } };
    expect(gcpRules.resources[tokens.pool]?.pool?.(more, all.bench.world)).toMatchObject({ pool: { count: 6 } });
  });

  test("grows a subnet's range in place, and replaces the subnet for any other", () => {
    const replaces = gcpRules.resources[tokens.subnet]?.replaceWhen;
    expect(replaces?.({ ipCidrRange: "10.10.0.0/20" }, { ipCidrRange: "10.10.0.0/19" })).toEqual([]);
    expect(replaces?.({ ipCidrRange: "10.10.0.0/20" }, { ipCidrRange: "10.10.0.0/21" })).toEqual(["ipCidrRange"]);
  });
});
