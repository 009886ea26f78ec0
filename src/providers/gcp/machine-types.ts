import type { PoolSpec } from "../contract.js";
import { type MachineCatalogue, type MachineType, machineOfPool, type PoolMachine } from "../sizes.js";

/** Sizes of one family: cores, and memory in GiB. */
type Sizes = readonly (readonly [cpu: number, memoryGib: number])[];

interface Family {
  readonly name: string;
  readonly arch: MachineType["arch"];
  readonly generation: number;
  /** From how many cores on it is chosen; left out where it can only be named. */
  readonly chosenFrom?: number;
  readonly sizes: Readonly<Record<string, Sizes>>;
}

const perCore = (gib: number, cores: readonly number[]): Sizes => cores.map((cpu) => [cpu, cpu * gib]);
/** Some families keep a part of the memory for themselves. */
const lessThan = (gib: number, cores: readonly number[]): Sizes => cores.map((cpu) => [cpu, Math.floor(cpu * gib)]);

const n2Cores = [2, 4, 8, 16, 32, 48, 64, 80] as const;
const n4Cores = [2, 4, 8, 16, 32, 48, 64, 80] as const;
const c3Cores = [4, 8, 22, 44, 88, 176] as const;
const c4Cores = [2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288] as const;
const c4aCores = [1, 2, 4, 8, 16, 32, 48, 64, 72] as const;

/**
 * Families without accelerators. Chosen are the general-purpose ones of the
 * newest generation, and the costlier C4 only where N4 ends.
 */
const families: readonly Family[] = [
  {
    name: "e2",
    arch: "amd64",
    generation: 1,
    sizes: {
      standard: perCore(4, [2, 4, 8, 16, 32]),
      highmem: perCore(8, [2, 4, 8, 16]),
      highcpu: perCore(1, [2, 4, 8, 16, 32]),
    },
  },
  { name: "n1", arch: "amd64", generation: 0, sizes: { standard: lessThan(3.75, [2, 4, 8, 16, 32, 64, 96]) } },
  {
    name: "n2",
    arch: "amd64",
    generation: 2,
    sizes: {
      standard: perCore(4, [...n2Cores, 96, 128]),
      highmem: [...perCore(8, [...n2Cores, 96]), [128, 864]],
      highcpu: perCore(1, [...n2Cores, 96]),
    },
  },
  {
    name: "c3",
    arch: "amd64",
    generation: 3,
    sizes: { standard: perCore(4, c3Cores), highmem: perCore(8, c3Cores), highcpu: perCore(2, c3Cores) },
  },
  {
    name: "c4",
    arch: "amd64",
    generation: 4,
    chosenFrom: 81,
    sizes: {
      standard: lessThan(3.75, c4Cores),
      highmem: lessThan(7.75, c4Cores),
      highcpu: perCore(2, c4Cores),
    },
  },
  {
    name: "n4",
    arch: "amd64",
    generation: 4,
    chosenFrom: 0,
    sizes: { standard: perCore(4, n4Cores), highmem: perCore(8, n4Cores), highcpu: perCore(2, n4Cores) },
  },
  { name: "t2a", arch: "arm64", generation: 1, sizes: { standard: perCore(4, [1, 2, 4, 8, 16, 32, 48]) } },
  {
    name: "c4a",
    arch: "arm64",
    generation: 4,
    chosenFrom: 0,
    sizes: { standard: perCore(4, c4aCores), highmem: perCore(8, c4aCores), highcpu: perCore(2, c4aCores) },
  },
];

/** A machine type with accelerators: built in, or for N1 attached to it. */
type Accelerated = readonly [
  name: string,
  cpu: number,
  memoryGib: number,
  gpu: NonNullable<MachineType["gpu"]>["type"],
  count: number,
];

const accelerated: readonly Accelerated[] = [
  ["n1-standard-4", 4, 15, "nvidia-t4", 1],
  ["n1-standard-8", 8, 30, "nvidia-t4", 1],
  ["n1-standard-16", 16, 60, "nvidia-t4", 1],
  ["n1-standard-32", 32, 120, "nvidia-t4", 1],
  ["n1-standard-8", 8, 30, "nvidia-t4", 2],
  ["n1-standard-16", 16, 60, "nvidia-t4", 2],
  ["n1-standard-32", 32, 120, "nvidia-t4", 2],
  ["n1-standard-16", 16, 60, "nvidia-t4", 4],
  ["n1-standard-32", 32, 120, "nvidia-t4", 4],
  ["n1-standard-64", 64, 240, "nvidia-t4", 4],
  ["n1-standard-96", 96, 360, "nvidia-t4", 4],
  ["g2-standard-4", 4, 16, "nvidia-l4", 1],
  ["g2-standard-8", 8, 32, "nvidia-l4", 1],
  ["g2-standard-12", 12, 48, "nvidia-l4", 1],
  ["g2-standard-16", 16, 64, "nvidia-l4", 1],
  ["g2-standard-32", 32, 128, "nvidia-l4", 1],
  ["g2-standard-24", 24, 96, "nvidia-l4", 2],
  ["g2-standard-48", 48, 192, "nvidia-l4", 4],
  ["g2-standard-96", 96, 384, "nvidia-l4", 8],
  ["a2-highgpu-1g", 12, 85, "nvidia-a100", 1],
  ["a2-highgpu-2g", 24, 170, "nvidia-a100", 2],
  ["a2-highgpu-4g", 48, 340, "nvidia-a100", 4],
  ["a2-highgpu-8g", 96, 680, "nvidia-a100", 8],
  ["a2-megagpu-16g", 96, 1360, "nvidia-a100", 16],
  ["a3-highgpu-8g", 208, 1872, "nvidia-h100", 8],
];

/** Google Cloud has these as spare capacity only. */
const acceleratedSpot: readonly Accelerated[] = [
  ["a3-highgpu-1g", 26, 234, "nvidia-h100", 1],
  ["a3-highgpu-2g", 52, 468, "nvidia-h100", 2],
  ["a3-highgpu-4g", 104, 936, "nvidia-h100", 4],
];

/** What GKE calls each accelerator. */
const acceleratorNames = {
  "nvidia-t4": "nvidia-tesla-t4",
  "nvidia-l4": "nvidia-l4",
  "nvidia-a100": "nvidia-tesla-a100",
  "nvidia-h100": "nvidia-h100-80gb",
} as const;

/** A selection of machine families, written by hand and held against no live account. */
const words = {
  dated: "2026-11-01",
  cloud: "Google Cloud",
  typeWord: "machine type",
  option: "gcp.machineTypes",
} as const;

/** What machines are chosen from. */
export const catalogue: MachineCatalogue = {
  ...words,
  types: [
    ...families.flatMap((family) => typesOf(family).filter(({ cpu }) => cpu >= (family.chosenFrom ?? Infinity))),
    ...accelerated.map(withAccelerator),
  ],
};

const spotCatalogue: MachineCatalogue = {
  ...words,
  types: [...catalogue.types, ...acceleratedSpot.map(withAccelerator)],
};

/** What is known of machines that the user names. */
const allTypes: MachineCatalogue = {
  ...words,
  types: [...families.flatMap(typesOf), ...[...accelerated, ...acceleratedSpot].map(withAccelerator)],
};

function typesOf({ name, arch, generation, sizes }: Family): MachineType[] {
  return Object.entries(sizes).flatMap(([kind, ofKind]) =>
    ofKind.map(([cpu, memoryGib]): MachineType => {
      return { name: `${name}-${kind}-${cpu}`, cpu, memoryGib, arch, generation, spot: true };
    }),
  );
}

function withAccelerator([name, cpu, memoryGib, type, count]: Accelerated): MachineType {
  return { name, cpu, memoryGib, arch: "amd64", gpu: { type, count }, spot: true, generation: 1 };
}

/** The machine type of a pool, or what stands against it. */
export function machineFor(pool: PoolSpec, named: Readonly<Record<string, string>> = {}): PoolMachine {
  const name = named[pool.name];
  const types = name !== undefined ? allTypes : pool.spot ? spotCatalogue : catalogue;
  return machineOfPool(types, pool, name);
}

/** An accelerator in GKE's words. */
interface Accelerator {
  readonly type: string;
  readonly count: number;
}

/** What a machine of the pool has: what is built in comes first, what is attached is as asked. */
export function acceleratorOf(type: MachineType, { gpu }: PoolSpec): Accelerator | undefined {
  const { type: name, count } = type.gpu ?? gpu ?? { type: undefined, count: 0 };
  if (name === undefined || name === "nvidia-a10") return undefined;
  return { type: acceleratorNames[name], count };
}

/** The newest families take Hyperdisk only, the others Persistent Disk. */
const hyperdiskOnly = /^(?:n4[ad]?|c4[ad]?|x4|m4|a4x?|h4d)-/;

/** A node's disk in GKE's words. */
export interface DiskKind {
  readonly diskType: string;
  /** Beyond what every such disk gives. */
  readonly performance?: { readonly provisionedIops: number; readonly provisionedThroughput: number };
}

/** What a fast disk of Hyperdisk gives: as much as even the smallest disk of a node may be given. */
export const fastHyperdisk = { provisionedIops: 5000, provisionedThroughput: 290 } as const;

export function diskKind(machineType: string, diskClass: PoolSpec["disk"]["class"]): DiskKind {
  if (!hyperdiskOnly.test(machineType)) return { diskType: diskClass === "fast" ? "pd-ssd" : "pd-balanced" };
  return { diskType: "hyperdisk-balanced", ...(diskClass === "fast" ? { performance: fastHyperdisk } : {}) };
}
