import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { awsCases } from "./bad-cloud-cases/aws.js";
import { azureCases } from "./bad-cloud-cases/azure.js";
import { commonCases } from "./bad-cloud-cases/common.js";
import { gcpCases } from "./bad-cloud-cases/gcp.js";
import { type BadCase, expectRefused, noteRegistrations, refused } from "./refusal.js";

noteRegistrations();

describe.each([
  ["aws", [...commonCases("aws"), ...awsCases]],
  ["azure", [...commonCases("azure"), ...azureCases]],
  ["gcp", [...commonCases("gcp"), ...gcpCases]],
] as const)("a Cluster on %s", (target, cases) => {
  test.each<BadCase>(cases)("is refused for $what, before anything is registered", expectRefused);

  test("is told at once of everything", () => {
    const { problems } = refused({
      target,
      kubernetesVersion: "1.24",
      pools: { general: { cpu: 5000, memory: "16Gi", disk: { size: "1Gi" }, zones: [3] } },
      network: { zones: 2 },
      controlPlane: { endpoint: "public" },
      replaceCluster: "billing",
    });
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "controlPlane.endpoint",
        "kubernetesVersion",
        "pools.general.cpu",
        "pools.general.disk.size",
        "pools.general.zones[0]",
        "replaceCluster",
      ]),
    );
  });

  test("must have plain sizes, for machines are chosen before anything is made", () => {
    const later = pulumi.output("4");
    const pools = { general: { cpu: later, memory: "16Gi" } };
    expect(checkCluster("shop", { target, pools }).problems).toMatchObject([
      { code: "size/not-plain", path: "pools.general.cpu" },
    ]);
  });

  test.each([
    ["pools", { pools: { general: { cpu: 4, memory: "16Gi", min: 1, max: 3 } } }],
    ["serverless", { compute: "serverless" }],
    ["public", { compute: "serverless", controlPlane: { endpoint: "both", allowedCidrs: ["0.0.0.0/0"] } }],
  ])("is accepted with %s and nothing wrong", (_, args) => {
    expect(checkCluster("shop", { target, ...args }).problems).toEqual([]);
  });
});
