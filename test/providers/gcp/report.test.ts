import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { gcpProvider } from "../../../src/providers/gcp/index.js";
import { plannedRow } from "../../../src/providers/report.js";
import { known } from "../mock-graph.js";
import { provision, specOf } from "./graph.js";
import { existing, modes, small } from "./modes.js";

const described = (args: Parameters<typeof specOf>[0]) => gcpProvider.describe("shop", specOf(args)).map(plannedRow);
const rowOf = (args: Parameters<typeof specOf>[0], property: string) =>
  described(args).find((row) => row.property === property);

describe("the report", () => {
  test.each([modes.pools, modes.autopilot, small])(
    "before anything is made says what it says afterwards",
    async (args) => {
      const { cluster } = await provision(args);
      expect(described(args)).toEqual(await known(cluster.report));
    },
  );

  test("explains the machine that was chosen", () => {
    expect(rowOf(modes.pools, "pools.general.cpu")).toMatchObject({
      requested: "4",
      resource: "gcp:container:NodePool shop-general",
      field: "nodeConfig.machineType",
      realised: expect.stringMatching(
        /^n4-standard-4 \(4 CPU, 16 GiB, amd64\): the smallest machine type of the catalogue/,
      ),
    });
  });

  test("says that GKE taints Arm nodes", () => {
    expect(rowOf(modes.pools, "pools.arm.arch")?.deviation).toContain("kubernetes.io/arch=arm64");
  });

  test("says that an administrator is one of every cluster of the project", () => {
    expect(rowOf(modes.pools, "access.admins")).toMatchObject({
      level: "emulated",
      deviation: expect.stringContaining("every cluster of the project"),
    });
  });

  test("says what of a network that was brought decides", () => {
    const row = rowOf({ ...modes.pools, network: { existing } }, "network.podCidr");
    expect(row).toMatchObject({ realised: "shop-pods", deviation: expect.stringContaining("secondary range") });
  });

  test("says that Autopilot uses every zone, and names no pool on nodes", () => {
    expect(rowOf(modes.autopilot, "network.zones")?.realised).toBe("all zones of the region");
    expect(rowOf(modes.autopilot, "nodeLabels")?.level).toBe("emulated");
  });

  test("shows what is known only later as that", () => {
    const kubernetesVersion = pulumi.output(Promise.resolve("1.35"));
    expect(rowOf({ ...small, kubernetesVersion }, "kubernetesVersion")?.requested).toBe("known only later");
  });
});

describe("what would make the cluster anew", () => {
  const immutable = (args: Parameters<typeof specOf>[0]) => gcpProvider.immutable("shop", specOf(args));

  test("is how its nodes come to be, where it is, and its addresses", () => {
    expect(immutable(small)).toEqual({
      compute: "pools",
      "gcp.project": "my-project",
      "gcp.region": "europe-west1",
      "controlPlane.highlyAvailable": false,
      "network.cidr": "10.0.0.0/16",
      "network.podCidr": "10.244.0.0/16",
      "network.serviceCidr": "10.96.0.0/16",
      // A network brought along later would be another one too.
      "network.existing.id": "",
      "network.existing.subnets[0]": "",
      "network.existing.podRange": "",
      "network.existing.serviceRange": "",
    });
  });

  test("is the first zone only of a cluster that is in one zone", () => {
    const gcp = { ...small.gcp, zones: ["europe-west1-c"] };
    expect(immutable({ ...small, gcp })).toMatchObject({ "gcp.zones[0]": "europe-west1-c" });
    expect(immutable({ ...modes.pools, gcp })).not.toHaveProperty(["gcp.zones[0]"]);
  });

  test("is the network that was brought, and its ranges", () => {
    expect(immutable({ ...small, network: { existing } })).toMatchObject({
      "network.existing.id": existing.id,
      "network.existing.podRange": "shop-pods",
    });
  });

  test("is nothing of what GKE changes in place", () => {
    const other = {
      ...modes.pools,
      kubernetesVersion: "1.36",
      controlPlane: { highlyAvailable: true },
      deletionProtection: false,
      tags: {},
      access: {},
    };
    expect(immutable(other)).toEqual(immutable(modes.pools));
  });
});
