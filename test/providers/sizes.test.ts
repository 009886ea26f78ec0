import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareQuantities } from "../../src/core/quantity.js";
import type { PoolSpec } from "../../src/providers/contract.js";
import {
  chooseMachineType,
  type MachineCatalogue,
  type MachineNeed,
  type MachineType,
  machineOfPool,
} from "../../src/providers/sizes.js";

const type = (
  name: string,
  cpu: number,
  memoryGib: number,
  arch: MachineType["arch"],
  generation: number,
  more: Partial<MachineType> = {},
): MachineType => ({ name, cpu, memoryGib, arch, generation, spot: true, ...more });

const catalogue: MachineCatalogue = {
  dated: "2026-11-01",
  cloud: "Cumulus",
  typeWord: "shape",
  option: "cumulus.shapes",
  types: [
    type("c6.large", 2, 4, "amd64", 6),
    type("m6.large", 2, 8, "amd64", 6),
    type("m7.large", 2, 8, "amd64", 7),
    type("m7.xlarge", 4, 16, "amd64", 7),
    type("m6.xlarge", 4, 16, "amd64", 6),
    type("r7.xlarge", 4, 32, "amd64", 7),
    type("m7.4xlarge", 16, 64, "amd64", 7),
    type("x7.4xlarge", 16, 128, "amd64", 7),
    type("m7g.large", 2, 8, "arm64", 7),
    type("m7g.xlarge", 4, 16, "arm64", 7),
    type("g6.xlarge", 4, 16, "amd64", 6, { gpu: { type: "nvidia-l4", count: 1 } }),
    type("g6.4xlarge", 16, 64, "amd64", 6, { gpu: { type: "nvidia-l4", count: 1 } }),
    type("g6.12xlarge", 48, 192, "amd64", 6, { gpu: { type: "nvidia-l4", count: 4 } }),
    type("p4.24xlarge", 96, 1152, "amd64", 4, { gpu: { type: "nvidia-a100", count: 8 }, spot: false }),
  ],
};

const need = (more: Partial<MachineNeed> = {}): MachineNeed => ({
  cpu: "4",
  memory: "16Gi",
  arch: "amd64",
  spot: false,
  ...more,
});

function chosen(asked: MachineNeed, from = catalogue): MachineType {
  const result = chooseMachineType(from, asked);
  if ("refusal" in result) throw new Error(`refused: ${result.refusal.why}`);
  return result.choice.type;
}

describe("choosing a machine type", () => {
  test.each<[string, Partial<MachineNeed>, string]>([
    ["the exact shape", {}, "m7.xlarge"],
    ["the newest generation of equal shapes", { cpu: "2", memory: "8Gi" }, "m7.large"],
    ["the smallest that is enough, when no shape is exact", { cpu: "3", memory: "10Gi" }, "m7.xlarge"],
    ["a part of a core rounded up to a machine", { cpu: "500m", memory: "512Mi" }, "c6.large"],
    ["more memory for its cores where memory is asked", { memory: "17Gi" }, "r7.xlarge"],
    ["decimal memory below the binary size", { memory: "17G" }, "m7.xlarge"],
    ["the architecture", { arch: "arm64" }, "m7g.xlarge"],
    ["accelerators only where asked", { gpu: { type: "nvidia-l4", count: 1 } }, "g6.xlarge"],
    ["few accelerators before few cores", { cpu: "16", gpu: { type: "nvidia-l4", count: 1 } }, "g6.4xlarge"],
    ["more accelerators than asked, if none fewer is enough", { gpu: { type: "nvidia-l4", count: 2 } }, "g6.12xlarge"],
  ])("takes %s", (_, more, name) => {
    expect(chosen(need(more)).name).toBe(name);
  });

  test("says what it took and why", () => {
    expect(chooseMachineType(catalogue, need({ arch: "arm64", spot: true }))).toMatchObject({
      choice: {
        text: "m7g.xlarge (4 CPU, 16 GiB, arm64)",
        why: "the smallest shape of the catalogue of 2026-11-01 with 4 CPU, 16Gi of memory on arm64, as spare capacity",
      },
    });
  });

  test.each<[string, Partial<MachineNeed>, object]>([
    [
      "cores that no type has",
      { cpu: "17" },
      { code: "size/too-large", property: "cpu", value: "17", fix: expect.stringContaining("x7.4xlarge (16 CPU") },
    ],
    [
      "memory that no type has",
      { memory: "200Gi" },
      { code: "size/too-large", property: "memory", value: "200Gi", fix: expect.stringContaining("cumulus.shapes") },
    ],
    [
      "an accelerator that the cloud does not offer, naming those it does",
      { gpu: { type: "nvidia-t4", count: 1 } },
      {
        code: "size/gpu-not-offered",
        property: "gpu.type",
        value: "nvidia-t4",
        fix: "use one of nvidia-a100, nvidia-l4",
      },
    ],
    [
      "arm64 where the accelerator has none",
      { arch: "arm64", gpu: { type: "nvidia-l4", count: 1 } },
      { code: "size/arch-not-offered", property: "arch", value: "arm64", fix: "use amd64, or another accelerator" },
    ],
    [
      "more accelerators than a machine has",
      { gpu: { type: "nvidia-l4", count: 8 } },
      { code: "size/gpu-count", property: "gpu.count", value: 8, fix: "use at most 4" },
    ],
    [
      "spare capacity where there is none",
      { spot: true, gpu: { type: "nvidia-a100", count: 1 } },
      { code: "size/spot-not-offered", property: "spot", value: true, fix: "leave spot out" },
    ],
  ])("refuses %s", (_, more, refusal) => {
    expect(chooseMachineType(catalogue, need(more))).toMatchObject({ refusal });
  });

  test("refuses an architecture that a cloud does not have at all", () => {
    const amd64Only = { ...catalogue, types: catalogue.types.filter(({ arch }) => arch === "amd64") };
    expect(chooseMachineType(amd64Only, need({ arch: "arm64" }))).toMatchObject({
      refusal: { code: "size/arch-not-offered", property: "arch", fix: "use amd64" },
    });
  });
});

describe("choosing for any need", () => {
  const plainTypes = fc.array(
    fc.record({
      cpu: fc.integer({ min: 1, max: 192 }),
      memoryGib: fc.integer({ min: 1, max: 1536 }),
      generation: fc.integer({ min: 1, max: 9 }),
      arch: fc.constantFrom("amd64" as const, "arm64" as const),
      spot: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  );
  const anyCatalogue = plainTypes.map(
    (types): MachineCatalogue => ({
      ...catalogue,
      types: types.map((one, index) => ({ ...one, name: `t${index}` })),
    }),
  );
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  /** What is at most what one type of the catalogue has. */
  const needWithin = (types: readonly MachineType[]) =>
    fc.record({ of: fc.constantFrom(...types), cpu: share, memory: share }).map(({ of, cpu, memory }) => ({
      cpu: `${Math.max(1, Math.floor(of.cpu * 1000 * cpu))}m`,
      memory: `${Math.max(1, Math.floor(of.memoryGib * 1024 * memory))}Mi`,
      arch: of.arch,
      spot: of.spot,
    }));
  const catalogueAndNeed = anyCatalogue.chain((from) => fc.tuple(fc.constant(from), needWithin(from.types)));

  test("a need within what one type has is met, and never by less than was asked", () => {
    fc.assert(
      fc.property(catalogueAndNeed, ([from, asked]) => {
        const got = chosen(asked, from);
        expect(compareQuantities(String(got.cpu), asked.cpu)).toBeGreaterThanOrEqual(0);
        expect(compareQuantities(`${got.memoryGib}Gi`, asked.memory)).toBeGreaterThanOrEqual(0);
        expect(got.arch).toBe(asked.arch);
        expect(got.spot || !asked.spot).toBe(true);
      }),
    );
  });

  test("asking for less never gives a machine that is larger in both", () => {
    fc.assert(
      fc.property(catalogueAndNeed, share, ([from, asked], part) => {
        const less = {
          ...asked,
          cpu: `${Math.max(1, Math.floor(Number.parseInt(asked.cpu, 10) * part))}m`,
          memory: `${Math.max(1, Math.floor(Number.parseInt(asked.memory, 10) * part))}Mi`,
        };
        const [small, large] = [chosen(less, from), chosen(asked, from)];
        expect(small.cpu > large.cpu && small.memoryGib > large.memoryGib).toBe(false);
      }),
    );
  });

  test("the order of the catalogue makes no difference", () => {
    fc.assert(
      fc.property(catalogueAndNeed, ([from, asked]) => {
        const reversed = { ...from, types: [...from.types].reverse() };
        expect(chosen(asked, reversed)).toEqual(chosen(asked, from));
      }),
    );
  });
});

describe("the machine of a pool", () => {
  const pool = (more: Partial<PoolSpec> = {}): PoolSpec => ({
    name: "general",
    cpu: "4",
    memory: "16Gi",
    min: 1,
    max: 1,
    arch: "amd64",
    spot: false,
    labels: {},
    taints: [],
    gpu: undefined,
    zones: [],
    disk: { size: "50Gi", class: "standard" },
    ...more,
  });

  test("is chosen by the pool's size", () => {
    expect(machineOfPool(catalogue, pool())).toMatchObject({ choice: { type: { name: "m7.xlarge" }, listed: true } });
  });

  test("is what the user named, with the size and architecture that it has", () => {
    expect(machineOfPool(catalogue, pool({ cpu: "64" }), "m7g.large")).toMatchObject({
      choice: {
        type: { name: "m7g.large", cpu: 2, arch: "arm64" },
        text: "m7g.large (2 CPU, 8 GiB, arm64)",
        why: "named in cumulus.shapes",
      },
    });
  });

  test("may be one that the catalogue does not know", () => {
    expect(machineOfPool(catalogue, pool({ arch: "arm64" }), "m9g.xlarge")).toMatchObject({
      choice: {
        type: { name: "m9g.xlarge", cpu: 4, memoryGib: 16, arch: "arm64" },
        listed: false,
        text: "m9g.xlarge (not in the catalogue of 2026-11-01)",
      },
    });
  });

  test("is refused at the pool's property", () => {
    expect(machineOfPool(catalogue, pool({ name: "big", memory: "1Ti" }))).toMatchObject({
      problems: [{ code: "size/too-large", path: "pools.big.memory", value: "1Ti" }],
    });
  });

  test("needs sizes that are known before anything is created, unless a type is named", () => {
    const later = pool({ cpu: pulumi.output("4"), memory: pulumi.output("16Gi") });
    expect(machineOfPool(catalogue, later)).toMatchObject({
      problems: [
        { code: "size/not-plain", path: "pools.general.cpu", fix: expect.stringContaining("cumulus.shapes") },
        { code: "size/not-plain", path: "pools.general.memory" },
      ],
    });
    expect(machineOfPool(catalogue, later, "m7.large")).toMatchObject({ choice: { type: { name: "m7.large" } } });
  });
});
