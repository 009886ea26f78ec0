import type { GpuType, PoolSpec } from "../contract.js";
import {
  type MachineCatalogue,
  type MachineChoice,
  type MachineType,
  machineOfPool,
  namedMachineType,
  type PoolMachine,
} from "../sizes.js";

/** Sizes of a family: how many times the cores of a `large`. */
const sizes = { large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "16xlarge": 64 } as const;

/** Families of one generation have the same sizes; GiB per core tell general, compute and memory apart. */
const families = [
  { letter: "c", gibPerCpu: 2 },
  { letter: "m", gibPerCpu: 4 },
  { letter: "r", gibPerCpu: 8 },
] as const;

/** Intel or AMD, and Graviton; of each the generation that every region with three zones has. */
const generations = [
  { suffix: "7i", arch: "amd64", generation: 7, all: true },
  { suffix: "7g", arch: "arm64", generation: 7, all: true },
  // The generation before: what a spot pool may fall back on.
  { suffix: "6i", arch: "amd64", generation: 6, all: false },
  { suffix: "6g", arch: "arm64", generation: 6, all: false },
] as const;

const olderSizes: readonly string[] = ["large", "xlarge", "2xlarge", "4xlarge"];

/** Small nodes, for trying things out. */
const burstable: readonly MachineType[] = (["t3", "t4g"] as const).flatMap((family) => {
  const arch = family === "t3" ? "amd64" : "arm64";
  const type = (size: string, memoryGib: number): MachineType => ({
    name: `${family}.${size}`,
    cpu: 2,
    memoryGib,
    arch,
    spot: true,
    generation: 3,
  });
  return [type("small", 2), type("medium", 4), type("large", 8)];
});

const general: readonly MachineType[] = generations.flatMap(({ suffix, arch, generation, all }) =>
  families.flatMap(({ letter, gibPerCpu }) =>
    Object.entries(sizes)
      .filter(([size]) => all || olderSizes.includes(size))
      .map(([size, cpu]) => ({
        name: `${letter}${suffix}.${size}`,
        cpu,
        memoryGib: cpu * gibPerCpu,
        arch,
        spot: true,
        generation,
      })),
  ),
);

const accelerated: readonly MachineType[] = [
  gpu("g4dn.xlarge", 4, 16, "nvidia-t4", 1, 4),
  gpu("g4dn.2xlarge", 8, 32, "nvidia-t4", 1, 4),
  gpu("g4dn.4xlarge", 16, 64, "nvidia-t4", 1, 4),
  gpu("g4dn.12xlarge", 48, 192, "nvidia-t4", 4, 4),
  gpu("g6.xlarge", 4, 16, "nvidia-l4", 1, 6),
  gpu("g6.2xlarge", 8, 32, "nvidia-l4", 1, 6),
  gpu("g6.4xlarge", 16, 64, "nvidia-l4", 1, 6),
  gpu("g6.12xlarge", 48, 192, "nvidia-l4", 4, 6),
  gpu("g6.48xlarge", 192, 768, "nvidia-l4", 8, 6),
  gpu("g5.xlarge", 4, 16, "nvidia-a10", 1, 5),
  gpu("g5.2xlarge", 8, 32, "nvidia-a10", 1, 5),
  gpu("g5.4xlarge", 16, 64, "nvidia-a10", 1, 5),
  gpu("g5.12xlarge", 48, 192, "nvidia-a10", 4, 5),
  gpu("g5.48xlarge", 192, 768, "nvidia-a10", 8, 5),
  gpu("p4d.24xlarge", 96, 1152, "nvidia-a100", 8, 4),
  gpu("p5.4xlarge", 16, 256, "nvidia-h100", 1, 5),
  gpu("p5.48xlarge", 192, 2048, "nvidia-h100", 8, 5),
];

function gpu(name: string, cpu: number, memoryGib: number, type: GpuType, count: number, generation: number) {
  // Spare capacity of the largest is there in name only.
  return {
    name,
    cpu,
    memoryGib,
    arch: "amd64",
    gpu: { type, count },
    spot: !name.startsWith("p"),
    generation,
  } as const;
}

/** EC2 instance types: a selection, written by hand and held against no live account. */
export const awsMachines: MachineCatalogue = {
  dated: "2026-11-01",
  cloud: "AWS",
  typeWord: "instance type",
  option: "aws.instanceTypes",
  types: [...burstable, ...general, ...accelerated],
};

/** The instance types of a pool: the first is what the pool is sized by. */
export interface InstanceTypes {
  readonly names: readonly string[];
  readonly choice: MachineChoice;
}

/** The instance types of a pool, or the problems at their places. */
export function instanceTypesOf(pool: PoolSpec, named: readonly string[] = []): InstanceTypes | PoolMachine {
  const [first] = named;
  if (first !== undefined) return { names: named, choice: namedMachineType(awsMachines, first, pool) };
  const machine = machineOfPool(awsMachines, pool);
  if (!("choice" in machine)) return machine;
  const { type } = machine.choice;
  return { names: [type.name, ...(pool.spot ? alternatives(type) : [])], choice: machine.choice };
}

/**
 * Types of the very same size, newest first: the more there are, the rarer a
 * spot pool runs dry. One size only, because the autoscaler counts with one.
 */
function alternatives(chosen: MachineType): string[] {
  return (
    awsMachines.types
      .filter((type) => type.name !== chosen.name && type.cpu === chosen.cpu && type.memoryGib === chosen.memoryGib)
      .filter((type) => type.arch === chosen.arch && type.gpu?.type === chosen.gpu?.type && type.spot)
      // No burstable machines among those that keep their pace.
      .filter(({ generation }) => generation >= chosen.generation - 1)
      .sort((a, b) => b.generation - a.generation || (a.name < b.name ? -1 : 1))
      .map(({ name }) => name)
  );
}
