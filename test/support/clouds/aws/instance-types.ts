/** A machine as EC2 sells it. */
export interface InstanceType {
  readonly cpu: number;
  readonly memory: string;
  readonly arch: "amd64" | "arm64";
  readonly gpu: boolean;
}

const sizes: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
  "8xlarge": 32,
  "12xlarge": 48,
  "16xlarge": 64,
  "24xlarge": 96,
  "48xlarge": 192,
};

const gibPerCpu: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, g: 4, p: 11 };

const families: ReadonlySet<string> = new Set(
  [
    ["c5", "c6i", "c6a", "c6g", "c7i", "c7a", "c7g", "c8g", "c8i"],
    ["m5", "m6i", "m6a", "m6g", "m7i", "m7a", "m7g", "m8g", "m8i"],
    ["r5", "r6i", "r6a", "r6g", "r7i", "r7a", "r7g", "r8g", "r8i"],
    ["t3", "t3a", "t4g"],
    ["g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5"],
  ].flat(),
);

/** What an instance type has; undefined when EC2 offers none of that name. */
export function instanceType(name: string): InstanceType | undefined {
  const [family = "", size = ""] = name.split(".");
  const match = /^([a-z])(\d+)([a-z]*)$/.exec(family);
  const cpu = burstable(family, size) ?? sizes[size];
  if (!families.has(family) || match === null || cpu === undefined) return undefined;
  const [, letter = "", , features = ""] = match;
  const gib = letter === "t" ? (burstableGib[size] ?? 8) : cpu * (gibPerCpu[letter] ?? 4);
  const arch = features.startsWith("g") ? "arm64" : "amd64";
  return { cpu, memory: `${gib}Gi`, arch, gpu: letter === "g" || letter === "p" };
}

const burstableGib: Readonly<Record<string, number>> = { medium: 4, large: 8, xlarge: 16, "2xlarge": 32 };

function burstable(family: string, size: string): number | undefined {
  return family.startsWith("t") && (size === "medium" || size === "large") ? 2 : undefined;
}
