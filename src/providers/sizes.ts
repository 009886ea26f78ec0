import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../core/problems.js";
import { parseQuantity } from "../core/quantity.js";
import { joinPath } from "../core/shape.js";
import type { GpuSpec, PoolSpec } from "./contract.js";

/** One machine type of a cloud, in neutral words. */
export interface MachineType {
  /** As the cloud writes it, for example `m7g.xlarge`. */
  readonly name: string;
  /** Cores that the machine shows; a cloud's "vCPU". */
  readonly cpu: number;
  /** Memory in GiB. */
  readonly memoryGib: number;
  readonly arch: "amd64" | "arm64";
  /** Accelerators; left out where there are none. */
  readonly gpu?: GpuSpec;
  /** True where the cloud has it as spare capacity too. */
  readonly spot: boolean;
  /** Of types of the same size the one with the higher number is newer, and wins. */
  readonly generation: number;
}

/** What a cloud has on offer: pinned, so that the same spec gives the same machines tomorrow. */
export interface MachineCatalogue {
  /** Day of the catalogue, for example `2026-11-01`. */
  readonly dated: string;
  /** Whose it is, for example `AWS`. */
  readonly cloud: string;
  /** The cloud's own words, for example `instance type`. */
  readonly typeWord: string;
  /** The option that names types outright, for example `aws.instanceTypes`. */
  readonly option: string;
  readonly types: readonly MachineType[];
}

/** What a node must at least have. */
export type MachineNeed = {
  /** Kubernetes quantities, both valid. */
  readonly cpu: string;
  readonly memory: string;
  readonly arch: MachineType["arch"];
  readonly gpu?: GpuSpec | undefined;
  readonly spot: boolean;
};

/** A type, and why it is this one. */
export interface MachineChoice {
  readonly type: MachineType;
  /** False for a type named outright that the catalogue does not know: its size is taken from the pool. */
  readonly listed: boolean;
  /** For a report, for example `m7g.xlarge (4 CPU, 16 GiB, arm64)`. */
  readonly text: string;
  /** A clause, for example `the smallest of the catalogue of 2026-11-01 with 4 CPU and 16Gi on arm64`. */
  readonly why: string;
}

/** Why no type will do: a problem whose place is a property of the pool. */
export interface MachineRefusal extends Omit<Problem, "path"> {
  readonly property: "cpu" | "memory" | "arch" | "gpu.type" | "gpu.count" | "spot";
}

/** Either the choice, or why there is none. */
export type MachineResult = { readonly choice: MachineChoice } | { readonly refusal: MachineRefusal };

/** Either a pool's choice, or everything that stands against it. */
export type PoolMachine = { readonly choice: MachineChoice } | { readonly problems: readonly Problem[] };

/**
 * The smallest machine type that is enough. Fewest accelerators come first, then
 * the size; of equals the newest, so the answer depends on the catalogue's
 * content alone, not on its order. Machines with accelerators are never taken
 * for a need without.
 */
export function chooseMachineType(catalogue: MachineCatalogue, need: MachineNeed): MachineResult {
  const refusal = refuse(catalogue, need);
  if (refusal !== undefined) return { refusal };
  const [smallest] = offeredFor(catalogue, need)
    .filter((type) => isEnough(type, need))
    .sort(bySize);
  // `refuse` has seen that there is one.
  if (smallest === undefined) throw new Error(`no ${catalogue.typeWord} for ${describeNeed(need)}`);
  const why = `the smallest ${catalogue.typeWord} of the catalogue of ${catalogue.dated} with ${describeNeed(need)}`;
  return { choice: { type: smallest, listed: true, text: machineText(smallest), why } };
}

/** A type that the user named: it wins, and is looked up so that the report can say what it has. */
export function namedMachineType(catalogue: MachineCatalogue, name: string, pool: PoolSpec): MachineChoice {
  const listed = catalogue.types.find((type) => type.name === name);
  const why = `named in ${catalogue.option}`;
  if (listed !== undefined) return { type: listed, listed: true, text: machineText(listed), why };
  const type: MachineType = {
    name,
    cpu: amountOf(pool.cpu, 1n),
    memoryGib: amountOf(pool.memory, gibibyte),
    arch: pool.arch,
    ...(pool.gpu === undefined ? {} : { gpu: pool.gpu }),
    spot: pool.spot,
    generation: 0,
  };
  return { type, listed: false, text: `${name} (not in the catalogue of ${catalogue.dated})`, why };
}

/**
 * The machine type of a pool, or the problems at their places. `named` is what
 * the user wrote outright, and wins.
 */
export function machineOfPool(catalogue: MachineCatalogue, pool: PoolSpec, named?: string): PoolMachine {
  if (named !== undefined) return { choice: namedMachineType(catalogue, named, pool) };
  const path = joinPath("pools", pool.name);
  const { cpu, memory } = pool;
  const plainCpu = plainQuantity(cpu);
  const plainMemory = plainQuantity(memory);
  if (plainCpu === undefined || plainMemory === undefined) {
    const later = [...(plainCpu === undefined ? ["cpu"] : []), ...(plainMemory === undefined ? ["memory"] : [])];
    return { problems: later.map((property) => notPlain(catalogue, `${path}.${property}`)) };
  }
  const result = chooseMachineType(catalogue, { ...pool, cpu: plainCpu, memory: plainMemory });
  if ("choice" in result) return result;
  const { property, ...problem } = result.refusal;
  return { problems: [{ ...problem, path: `${path}.${property}` }] };
}

/** For example `m7g.xlarge (4 CPU, 16 GiB, arm64)`. */
export function machineText({ name, cpu, memoryGib, arch, gpu }: MachineType): string {
  const accelerators = gpu === undefined ? "" : `, ${gpu.count} × ${gpu.type}`;
  return `${name} (${cpu} CPU, ${memoryGib} GiB, ${arch}${accelerators})`;
}

const gibibyte = 1024n ** 3n;

/** What a core costs in GiB of memory, roughly and on every cloud; makes one number of a size. */
const gibPerCore = 8;

const sizeOf = (type: MachineType): number => type.cpu * gibPerCore + type.memoryGib;

function bySize(left: MachineType, right: MachineType): number {
  return (
    (left.gpu?.count ?? 0) - (right.gpu?.count ?? 0) ||
    sizeOf(left) - sizeOf(right) ||
    right.generation - left.generation ||
    (left.name < right.name ? -1 : 1)
  );
}

/** Everything of the asked kind, whatever its size. */
function offeredFor({ types }: MachineCatalogue, { arch, gpu, spot }: MachineNeed): MachineType[] {
  return types.filter((type) => type.gpu?.type === gpu?.type && type.arch === arch && (type.spot || !spot));
}

function isEnough(type: MachineType, need: MachineNeed): boolean {
  return hasCpu(type, need) && hasMemory(type, need) && (type.gpu?.count ?? 0) >= (need.gpu?.count ?? 0);
}

const atLeast = (has: string, needs: string): boolean => (parseQuantity(has) ?? 0n) >= (parseQuantity(needs) ?? 0n);
const hasCpu = (type: MachineType, { cpu }: MachineNeed): boolean => atLeast(String(type.cpu), cpu);
const hasMemory = (type: MachineType, { memory }: MachineNeed): boolean => atLeast(`${type.memoryGib}Gi`, memory);

/** Why nothing will do, blaming the property that first leaves nothing. */
function refuse(catalogue: MachineCatalogue, need: MachineNeed): MachineRefusal | undefined {
  const { cloud, dated, typeWord, types } = catalogue;
  const { gpu, arch, cpu, memory } = need;
  const has = `the catalogue of ${cloud} of ${dated} has no ${typeWord}`;
  const ofGpu = types.filter((type) => type.gpu?.type === gpu?.type);
  if (gpu !== undefined && ofGpu.length === 0) {
    const offered = [...new Set(types.flatMap((type) => type.gpu?.type ?? []))].sort();
    const fix = offered.length === 0 ? "leave gpu out, or choose another target" : `use one of ${offered.join(", ")}`;
    return { code: "size/gpu-not-offered", property: "gpu.type", value: gpu.type, why: `${has} with it`, fix };
  }
  const withGpu = gpu === undefined ? "" : ` with ${gpu.type}`;
  const ofArch = ofGpu.filter((type) => type.arch === arch);
  if (ofArch.length === 0) {
    const other = arch === "arm64" ? "amd64" : "arm64";
    return {
      code: "size/arch-not-offered",
      property: "arch",
      value: arch,
      why: `${has} of ${arch}${withGpu}`,
      fix: gpu === undefined ? `use ${other}` : `use ${other}, or another accelerator`,
    };
  }
  const offered = offeredFor(catalogue, need);
  if (offered.length === 0) {
    const why = `${has} of ${arch}${withGpu} as spare capacity`;
    return { code: "size/spot-not-offered", property: "spot", value: true, why, fix: "leave spot out" };
  }
  const most = Math.max(...offered.map((type) => type.gpu?.count ?? 0));
  if (gpu !== undefined && gpu.count > most) {
    const why = `${has} with so many of ${gpu.type}`;
    return { code: "size/gpu-count", property: "gpu.count", value: gpu.count, why, fix: `use at most ${most}` };
  }
  const enoughGpu = offered.filter((type) => (type.gpu?.count ?? 0) >= (gpu?.count ?? 0));
  if (enoughGpu.some((type) => isEnough(type, need))) return undefined;
  const largest = [...enoughGpu].sort(bySize).at(-1);
  const fix = [
    largest === undefined ? "use less" : `use at most what ${machineText(largest)} has`,
    `more and smaller nodes, or name a type in ${catalogue.option}`,
  ].join(", ");
  const withCpu = enoughGpu.some((type) => hasCpu(type, need));
  return withCpu
    ? tooLarge("memory", memory, `${has} of ${arch}${withGpu} with ${cpu} CPU and so much memory`, fix)
    : tooLarge("cpu", cpu, `${has} of ${arch}${withGpu} with so many cores`, fix);
}

function tooLarge(property: "cpu" | "memory", value: string, why: string, fix: string): MachineRefusal {
  return { code: "size/too-large", property, value, why, fix };
}

function notPlain({ cloud, typeWord, option }: MachineCatalogue, path: string): Problem {
  return {
    code: "size/not-plain",
    path,
    why: `the ${typeWord} is chosen before anything is created, so on ${cloud} a size must be plain`,
    fix: `write a plain amount, or name a type in ${option}`,
  };
}

function describeNeed({ cpu, memory, arch, gpu, spot }: MachineNeed): string {
  const accelerators = gpu === undefined ? "" : ` and ${gpu.count} × ${gpu.type}`;
  return `${cpu} CPU, ${memory} of memory${accelerators} on ${arch}${spot ? ", as spare capacity" : ""}`;
}

function plainQuantity(leaf: pulumi.Input<string>): string | undefined {
  return typeof leaf === "string" ? leaf : undefined;
}

/** In whole units, rounded down; 0 where the amount is known only later. */
function amountOf(leaf: pulumi.Input<string>, unit: bigint): number {
  const amount = parseQuantity(plainQuantity(leaf) ?? "") ?? 0n;
  return Number(amount / (unit * 1_000_000_000n));
}
