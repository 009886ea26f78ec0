import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { azureMachines, diskGib, machineOf } from "../../../src/providers/azure/machine-types.js";
import { specOf } from "./graph.js";

type Pool = NonNullable<ClusterArgs["pools"]>[string];

function sizeOf(pool: Pool, azure: ClusterArgs["azure"] = {}): string {
  const fallback = { cpu: 2, memory: "4Gi" };
  const spec = specOf({ target: "azure", pools: { it: pool, fallback }, azure });
  const [first] = spec.pools;
  const machine = first === undefined ? undefined : machineOf(spec, first);
  return machine !== undefined && "choice" in machine ? machine.choice.text : "none";
}

describe("the size of a pool's nodes", () => {
  const need = { cpu: 4, memory: "16Gi" };

  test.each<[string, Pool, string]>([
    ["general", need, "Standard_D4s_v6 (4 CPU, 16 GiB, amd64)"],
    ["a little more than one has", { cpu: 3, memory: "17Gi" }, "Standard_E4s_v6 (4 CPU, 32 GiB, amd64)"],
    ["much memory", { cpu: 2, memory: "60Gi" }, "Standard_E8s_v6 (8 CPU, 64 GiB, amd64)"],
    ["little memory", { cpu: 8, memory: "8Gi" }, "Standard_F8als_v6 (8 CPU, 16 GiB, amd64)"],
    ["arm64", { ...need, arch: "arm64" }, "Standard_D4ps_v6 (4 CPU, 16 GiB, arm64)"],
    ["arm64 with much memory", { cpu: 4, memory: "32Gi", arch: "arm64" }, "Standard_E4ps_v6 (4 CPU, 32 GiB, arm64)"],
    ["spot", { ...need, spot: true }, "Standard_D4s_v6 (4 CPU, 16 GiB, amd64)"],
    ["a fast disk", { ...need, disk: { class: "fast" } }, "Standard_D4ds_v5 (4 CPU, 16 GiB, amd64)"],
    [
      "a fast disk that needs a larger machine",
      { ...need, disk: { class: "fast", size: "200Gi" } },
      "Standard_D8ds_v5 (8 CPU, 32 GiB, amd64)",
    ],
    ["one T4", { ...need, gpu: { type: "nvidia-t4" } }, "Standard_NC4as_T4_v3 (4 CPU, 28 GiB, amd64, 1 × nvidia-t4)"],
    [
      "three A100",
      { ...need, gpu: { type: "nvidia-a100", count: 3 } },
      "Standard_NC96ads_A100_v4 (96 CPU, 880 GiB, amd64, 4 × nvidia-a100)",
    ],
    [
      "eight H100",
      { ...need, gpu: { type: "nvidia-h100", count: 8 } },
      "Standard_ND96isr_H100_v5 (96 CPU, 1900 GiB, amd64, 8 × nvidia-h100)",
    ],
  ])("for %s", (_, pool, expected) => {
    expect(sizeOf(pool)).toBe(expected);
  });

  test("is the one that was named, even where the catalogue does not know it", () => {
    expect(sizeOf(need, { vmSizes: { it: "Standard_D8s_v5" } })).toBe("Standard_D8s_v5 (8 CPU, 32 GiB, amd64)");
    expect(sizeOf(need, { vmSizes: { it: "Standard_M416ms_v2" } })).toContain("not in the catalogue of 2026-");
  });
});

describe("the catalogue", () => {
  test("has each size once, under a name that Azure could give", () => {
    const names = azureMachines.types.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^Standard_[DEFN][A-Z]*\d+[a-z]*(_[A-Z]+\d+)?_v\d$/);
  });
});

test.each([
  ["50Gi", 50],
  ["50G", 47],
  ["100500Mi", 99],
])("a disk of %s has %i GiB, rounded up", (size, gib) => {
  expect(diskGib(size)).toBe(gib);
});
