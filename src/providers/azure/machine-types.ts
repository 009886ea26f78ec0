import { parseQuantity } from "../../core/quantity.js";
import type { ClusterSpec, GpuSpec, PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import { type MachineCatalogue, type MachineType, machineOfPool, type PoolMachine } from "../sizes.js";

/** A virtual machine size, with the local disk that an ephemeral operating system disk lies on. */
interface VmSize extends MachineType {
  /** GiB; 0 where there is none. */
  readonly localDiskGib: number;
}

interface Family {
  readonly arch: MachineType["arch"];
  readonly gibPerCpu: number;
  readonly generation: number;
  /** GiB of local disk per core; 0 for families without. */
  readonly localGibPerCpu: number;
  readonly cpus: readonly number[];
  readonly nameOf: (cpu: number) => string;
}

const family = (
  arch: Family["arch"],
  gibPerCpu: number,
  generation: number,
  localGibPerCpu: number,
  cpus: readonly number[],
  nameOf: Family["nameOf"],
): Family => ({ arch, gibPerCpu, generation, localGibPerCpu, cpus, nameOf });

const to96 = [2, 4, 8, 16, 32, 48, 64, 96] as const;
const to64 = [2, 4, 8, 16, 32, 48, 64] as const;

/**
 * General (D), memory (E) and compute (F) families. Those with a local disk
 * ("d") are of version 5, whose local disk AKS can hold the operating system on.
 */
const families: readonly Family[] = [
  family("amd64", 4, 6, 0, [...to96, 128, 192], (cpu) => `Standard_D${cpu}s_v6`),
  family("amd64", 4, 5, 0, to96, (cpu) => `Standard_D${cpu}s_v5`),
  family("amd64", 4, 5, 37.5, to96, (cpu) => `Standard_D${cpu}ds_v5`),
  family("amd64", 8, 6, 0, [2, 4, 8, 16, 20, 32, 48, 64, 96, 128], (cpu) => `Standard_E${cpu}s_v6`),
  family("amd64", 8, 5, 0, [2, 4, 8, 16, 20, 32, 48], (cpu) => `Standard_E${cpu}s_v5`),
  family("amd64", 8, 5, 37.5, [2, 4, 8, 16, 20, 32, 48], (cpu) => `Standard_E${cpu}ds_v5`),
  family("amd64", 2, 6, 0, to64, (cpu) => `Standard_F${cpu}als_v6`),
  family("amd64", 2, 2, 8, to64, (cpu) => `Standard_F${cpu}s_v2`),
  family("arm64", 4, 6, 0, to96, (cpu) => `Standard_D${cpu}ps_v6`),
  family("arm64", 4, 5, 0, to64, (cpu) => `Standard_D${cpu}ps_v5`),
  family("arm64", 4, 5, 37.5, to64, (cpu) => `Standard_D${cpu}pds_v5`),
  family("arm64", 8, 6, 0, to96, (cpu) => `Standard_E${cpu}ps_v6`),
  family("arm64", 8, 5, 37.5, [2, 4, 8, 16, 32], (cpu) => `Standard_E${cpu}pds_v5`),
  family("arm64", 2, 6, 0, to96, (cpu) => `Standard_D${cpu}pls_v6`),
];

const gpuSize = (
  name: string,
  cpu: number,
  memoryGib: number,
  gpu: GpuSpec,
  generation: number,
  localDiskGib: number,
): VmSize => ({ name, cpu, memoryGib, arch: "amd64", gpu, spot: true, generation, localDiskGib });

/** Whole accelerators only: parts of one cannot be asked for. */
const gpuSizes: readonly VmSize[] = [
  gpuSize("Standard_NC4as_T4_v3", 4, 28, { type: "nvidia-t4", count: 1 }, 3, 176),
  gpuSize("Standard_NC8as_T4_v3", 8, 56, { type: "nvidia-t4", count: 1 }, 3, 352),
  gpuSize("Standard_NC16as_T4_v3", 16, 110, { type: "nvidia-t4", count: 1 }, 3, 352),
  gpuSize("Standard_NC64as_T4_v3", 64, 440, { type: "nvidia-t4", count: 4 }, 3, 2816),
  gpuSize("Standard_NV36ads_A10_v5", 36, 440, { type: "nvidia-a10", count: 1 }, 5, 1440),
  gpuSize("Standard_NV72ads_A10_v5", 72, 880, { type: "nvidia-a10", count: 2 }, 5, 2880),
  gpuSize("Standard_NC24ads_A100_v4", 24, 220, { type: "nvidia-a100", count: 1 }, 4, 64),
  gpuSize("Standard_NC48ads_A100_v4", 48, 440, { type: "nvidia-a100", count: 2 }, 4, 128),
  gpuSize("Standard_NC96ads_A100_v4", 96, 880, { type: "nvidia-a100", count: 4 }, 4, 256),
  gpuSize("Standard_ND96amsr_A100_v4", 96, 1900, { type: "nvidia-a100", count: 8 }, 4, 2900),
  gpuSize("Standard_NC40ads_H100_v5", 40, 320, { type: "nvidia-h100", count: 1 }, 5, 128),
  gpuSize("Standard_NC80adis_H100_v5", 80, 640, { type: "nvidia-h100", count: 2 }, 5, 256),
  gpuSize("Standard_ND96isr_H100_v5", 96, 1900, { type: "nvidia-h100", count: 8 }, 5, 1000),
];

const sizes: readonly VmSize[] = [
  ...families.flatMap(({ arch, gibPerCpu, generation, localGibPerCpu, cpus, nameOf }) =>
    cpus.map((cpu) => ({
      name: nameOf(cpu),
      cpu,
      memoryGib: cpu * gibPerCpu,
      arch,
      spot: true,
      generation,
      localDiskGib: Math.floor(cpu * localGibPerCpu),
    })),
  ),
  ...gpuSizes,
];

/** Virtual machine sizes that AKS runs Linux nodes on: a selection, written by hand and held against no live account. */
export const azureMachines: MachineCatalogue = {
  dated: "2026-11-01",
  cloud: "Azure",
  typeWord: "virtual machine size",
  option: "azure.vmSizes",
  types: sizes,
};

/** The size of a pool's nodes, or what stands against it. */
export function machineOf({ azure }: ClusterSpec, pool: PoolSpec): PoolMachine {
  const named = azure.vmSizes?.[pool.name];
  return machineOfPool(named === undefined ? catalogueFor(pool) : azureMachines, pool, named);
}

/** A disk of class `fast` is the machine's own, so the machine must have one that is large enough. */
function catalogueFor({ disk }: PoolSpec): MachineCatalogue {
  if (disk.class === "standard") return azureMachines;
  const needed = diskGib(known(disk.size) ?? "") ?? 0;
  return { ...azureMachines, types: sizes.filter(({ localDiskGib }) => localDiskGib > 0 && localDiskGib >= needed) };
}

/** A disk's size in whole GiB, rounded up; undefined when the text is no quantity. */
export function diskGib(size: string): number | undefined {
  const amount = parseQuantity(size);
  if (amount === undefined) return undefined;
  const gibibyte = 1024n ** 3n * 1_000_000_000n;
  return Number((amount + gibibyte - 1n) / gibibyte);
}
