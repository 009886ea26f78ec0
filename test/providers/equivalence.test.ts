import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../src/components/cluster/args.js";
import { checkCluster } from "../../src/components/cluster/check.js";
import { type Capability, capabilities, capabilitiesOf } from "../../src/providers/capabilities.js";
import type { ComputeMode, ReportRow, Target } from "../../src/providers/contract.js";
import { targetEntry } from "../../src/providers/registry.js";
import { plannedRow } from "../../src/providers/report.js";

const clouds = ["aws", "azure", "gcp"] as const satisfies readonly Target[];
type Cloud = (typeof clouds)[number];

const pools: NonNullable<ClusterArgs["pools"]> = {
  general: { cpu: 4, memory: "16Gi", min: 2, max: 6, arch: "arm64", labels: { "example.com/team": "shop" } },
  batch: {
    cpu: 4,
    memory: "16Gi",
    min: 0,
    max: 10,
    spot: true,
    zones: [1, 2],
    taints: [{ key: "example.com/batch", effect: "NoSchedule" }],
    disk: { size: "100Gi", class: "fast" },
  },
  learning: { cpu: 4, memory: "16Gi", min: 0, max: 2, gpu: { type: "nvidia-t4" } },
};

/** The same words on every cloud. */
function argsOf(target: Cloud, compute: ComputeMode): ClusterArgs {
  return {
    target,
    compute,
    ...(compute === "pools" ? { pools } : {}),
    kubernetesVersion: "1.35",
    controlPlane: {
      highlyAvailable: true,
      endpoint: "both",
      allowedCidrs: ["203.0.113.0/24"],
      auditLogs: true,
      secretsEncryption: true,
    },
    deletionProtection: true,
    tags: { team: "shop" },
  };
}

function reportOf(target: Cloud, compute: ComputeMode): readonly ReportRow[] {
  const { spec, problems } = checkCluster("shop", argsOf(target, compute));
  expect(problems).toEqual([]);
  const rows = targetEntry(target).provider?.describe?.("shop", spec);
  if (rows === undefined) throw new Error(`${target} describes nothing`);
  return rows.map(plannedRow);
}

/** The capability that a row's level and deviation come from; undefined where every target has the setting. */
const capabilityOfProperty: readonly (readonly [RegExp, Capability])[] = [
  [/^pools\.[^.]+\.max$/, "nodeAutoscaling"],
  [/^pools\.general\.arch$/, "arm64"],
  [/\.spot$/, "spot"],
  [/\.gpu$/, "gpu"],
  [/\.labels$/, "nodeLabels"],
  [/^controlPlane\.highlyAvailable$/, "highlyAvailableControlPlane"],
  [/^controlPlane\.allowedCidrs$/, "endpointAllowList"],
  [/^controlPlane\.auditLogs$/, "auditLogs"],
  [/^controlPlane\.secretsEncryption$/, "secretsEncryption"],
  [/^deletionProtection$/, "deletionProtection"],
  [/^tags$/, "tags"],
  [/^kubernetesVersion$/, "kubernetesVersion"],
  [/^network\.podCidr$/, "podAddresses"],
  [/^network\.zones$/, "zones"],
];

function capabilityOf(property: string): Capability | undefined {
  return (
    capabilities.find((capability) => capability === property) ??
    capabilityOfProperty.find(([pattern]) => pattern.test(property))?.[1]
  );
}

describe.each(["pools", "serverless"] as const)("one spec with compute %s on every cloud", (compute) => {
  const reports = new Map(clouds.map((target) => [target, reportOf(target, compute)]));
  const rowsOf = (target: Cloud): readonly ReportRow[] => reports.get(target) ?? [];

  test("is reported by the same properties, each with what was asked", () => {
    const asked = (target: Cloud) => rowsOf(target).map(({ property, requested }) => `${property} = ${requested}`);
    expect(asked("azure")).toEqual(asked("aws"));
    expect(asked("gcp")).toEqual(asked("aws"));
  });

  test.each(clouds)("names on %s the resource that realises each", (target) => {
    const nameless = rowsOf(target).filter(
      ({ resource }) => !/^(aws|azure-native|gcp|kubernetes):\S+ \S/.test(resource),
    );
    expect(nameless.map(({ property, resource }) => `${property}: ${resource}`)).toEqual([]);
  });

  test.each([
    ["aws", "azure"],
    ["aws", "gcp"],
    ["azure", "gcp"],
  ] as const)("differs between %s and %s only where the matrix says so", (one, other) => {
    const different = rowsOf(one).flatMap((row, index) => {
      const twin = rowsOf(other)[index];
      const same = row.level === twin?.level && (row.deviation === undefined) === (twin.deviation === undefined);
      return same ? [] : [row.property];
    });
    const tables = [one, other].map((target) => capabilitiesOf(target, compute));
    const unexplained = different.filter((property) => {
      const capability = capabilityOf(property);
      if (capability === undefined) return true;
      const [a, b] = tables.map((table) => table?.[capability].level);
      return a === b;
    });
    expect(unexplained).toEqual([]);
  });
});
