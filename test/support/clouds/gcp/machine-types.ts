/** What a machine type is, as far as its name tells. */
interface MachineType {
  readonly cpu: number;
  readonly memoryGib: number;
  readonly arch: "amd64" | "arm64";
  /** True when it takes Hyperdisk and no Persistent Disk. */
  readonly hyperdiskOnly: boolean;
  /** Accelerators that belong to it; N1 takes them attached. */
  readonly builtInGpu: string | undefined;
  readonly takesGpu: boolean;
}

const gibPerCpu: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 2, highgpu: 7, megagpu: 14 };
const families: Readonly<Record<string, Partial<MachineType>>> = {
  e2: {},
  n1: { takesGpu: true },
  n2: {},
  n2d: {},
  c3: {},
  c4: { hyperdiskOnly: true },
  n4: { hyperdiskOnly: true },
  c4a: { hyperdiskOnly: true, arch: "arm64" },
  t2a: { arch: "arm64" },
  g2: { builtInGpu: "nvidia-l4", takesGpu: true },
  a2: { builtInGpu: "nvidia-tesla-a100", takesGpu: true },
  a3: { builtInGpu: "nvidia-h100-80gb", takesGpu: true },
};

export function machineType(name: string): MachineType | undefined {
  const [, family = "", kind = "", size = ""] = /^([a-z]\d[a-z]?)-([a-z]+)-(\d+)g?$/.exec(name) ?? [];
  const traits = families[family];
  const perCpu = gibPerCpu[kind];
  if (traits === undefined || perCpu === undefined) return undefined;
  // Types with accelerators are named by how many there are.
  const cpu = kind.endsWith("gpu") ? Number(size) * (family === "a3" ? 26 : 12) : Number(size);
  return {
    cpu,
    memoryGib: Math.floor(cpu * (family === "n1" ? 3.75 : perCpu)),
    arch: "amd64",
    hyperdiskOnly: false,
    builtInGpu: undefined,
    takesGpu: false,
    ...traits,
  };
}
