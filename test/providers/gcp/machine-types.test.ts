import { describe, expect, test } from "vitest";
import { acceleratorOf, catalogue, diskKind, machineFor } from "../../../src/providers/gcp/machine-types.js";
import { specOf } from "./graph.js";

type Wish = NonNullable<Parameters<typeof specOf>[0]["pools"]>[string];

function chosen(wish: Wish, named?: string) {
  const [pool] = specOf({ pools: { general: wish } }).pools;
  if (pool === undefined) throw new Error("no pool");
  const result = machineFor(pool, named === undefined ? {} : { general: named });
  if (!("choice" in result)) throw new Error(JSON.stringify(result.problems));
  const { type } = result.choice;
  return { name: type.name, accelerator: acceleratorOf(type, pool), text: result.choice.text };
}

describe("the machine type of a pool", () => {
  test.each<{ what: string; wish: Wish; name: string }>([
    { what: "general purpose", wish: { cpu: 4, memory: "16Gi" }, name: "n4-standard-4" },
    { what: "more memory", wish: { cpu: 4, memory: "20Gi" }, name: "n4-highmem-4" },
    { what: "little of both", wish: { cpu: 1, memory: "1Gi" }, name: "n4-highcpu-2" },
    { what: "Arm", wish: { cpu: 4, memory: "16Gi", arch: "arm64" }, name: "c4a-standard-4" },
    { what: "very large", wish: { cpu: 180, memory: "500Gi" }, name: "c4-standard-192" },
    { what: "T4", wish: { cpu: 4, memory: "8Gi", gpu: { type: "nvidia-t4" } }, name: "n1-standard-4" },
    { what: "two L4", wish: { cpu: 4, memory: "8Gi", gpu: { type: "nvidia-l4", count: 2 } }, name: "g2-standard-24" },
    { what: "A100", wish: { cpu: 4, memory: "8Gi", gpu: { type: "nvidia-a100" } }, name: "a2-highgpu-1g" },
    { what: "H100", wish: { cpu: 4, memory: "8Gi", gpu: { type: "nvidia-h100" } }, name: "a3-highgpu-8g" },
    {
      what: "H100 of spare capacity, which alone comes in smaller machines",
      wish: { cpu: 4, memory: "8Gi", spot: true, gpu: { type: "nvidia-h100" } },
      name: "a3-highgpu-1g",
    },
  ])("$what: $name", ({ wish, name }) => {
    expect(chosen(wish).name).toBe(name);
  });

  test("a machine has as many accelerators as are built in, in GKE's words", () => {
    const gpu = { type: "nvidia-h100" } as const;
    expect(chosen({ cpu: 4, memory: "8Gi", gpu }).accelerator).toEqual({ type: "nvidia-h100-80gb", count: 8 });
  });

  test("one that is named wins, with the accelerators that are built in or else those asked for", () => {
    const pool = { cpu: 4, memory: "16Gi" } as const;
    expect(chosen(pool, "n2-custom-6-20480")).toMatchObject({ name: "n2-custom-6-20480", accelerator: undefined });
    expect(chosen(pool, "e2-standard-8").text).toBe("e2-standard-8 (8 CPU, 32 GiB, amd64)");
    expect(chosen(pool, "g2-standard-8").accelerator).toEqual({ type: "nvidia-l4", count: 1 });
    expect(chosen({ ...pool, gpu: { type: "nvidia-t4", count: 2 } }, "n1-standard-16").accelerator).toEqual({
      type: "nvidia-tesla-t4",
      count: 2,
    });
  });

  test("no type is listed twice with the same accelerators", () => {
    const ids = catalogue.types.map(({ name, gpu }) => `${name} ${gpu?.type} ${gpu?.count}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the disk of a node", () => {
  test.each([
    { machine: "e2-standard-4", diskClass: "standard", diskType: "pd-balanced" },
    { machine: "n2-standard-4", diskClass: "fast", diskType: "pd-ssd" },
    { machine: "g2-standard-4", diskClass: "fast", diskType: "pd-ssd" },
    { machine: "a3-highgpu-8g", diskClass: "standard", diskType: "pd-balanced" },
    { machine: "n4-standard-4", diskClass: "standard", diskType: "hyperdisk-balanced" },
    { machine: "c4a-standard-4", diskClass: "standard", diskType: "hyperdisk-balanced" },
    { machine: "c4d-standard-4", diskClass: "fast", diskType: "hyperdisk-balanced" },
  ] as const)("$diskClass on $machine is $diskType", ({ machine, diskClass, diskType }) => {
    const disk = diskKind(machine, diskClass);
    expect(disk.diskType).toBe(diskType);
    expect(disk.performance !== undefined).toBe(diskType === "hyperdisk-balanced" && diskClass === "fast");
  });
});
