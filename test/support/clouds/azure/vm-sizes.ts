/** What a virtual machine size is, as far as its name tells. */
interface VmSize {
  readonly cpu: number;
  readonly memoryGib: number;
  readonly arch: "amd64" | "arm64";
  /** GiB of local disk or cache that an ephemeral operating system disk finds room on. */
  readonly localDiskGib: number;
  readonly gpu: boolean;
}

const gibPerCpu: Readonly<Record<string, number>> = { B: 4, D: 4, E: 8, F: 2, L: 8, M: 16, NC: 7, ND: 19, NV: 12 };

/**
 * Family, cores, letters for what is added, version: `Standard_D4pds_v5` has four
 * cores, Arm ("p"), a local disk ("d") and takes premium disks ("s").
 */
const pattern = /^Standard_([A-Z]+?)(\d+)([a-z]*)(?:_(T4|A10|A100|H100))?_v(\d+)$/;

export function vmSize(name: string): VmSize | undefined {
  const [, family = "", cores = "", letters = "", accelerator] = pattern.exec(name) ?? [];
  const perCpu = gibPerCpu[family];
  if (perCpu === undefined) return undefined;
  const gpu = family.startsWith("N");
  if (gpu !== (accelerator !== undefined)) return undefined;
  const cpu = Number(cores);
  const low = letters.includes("l") && family === "D";
  return {
    cpu,
    memoryGib: low ? cpu * 2 : cpu * perCpu,
    arch: letters.includes("p") ? "arm64" : "amd64",
    localDiskGib: letters.includes("d") || gpu || family === "L" ? Math.max(64, cpu * 37) : 0,
    gpu,
  };
}
