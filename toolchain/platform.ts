/** `linux/amd64`, `darwin/arm64`, …: named as Go and the Kubernetes releases name them. */
export type Platform = `${string}/${string}`;

const operatingSystems: Readonly<Record<string, string>> = { win32: "windows" };
const architectures: Readonly<Record<string, string>> = { x64: "amd64" };

export function currentPlatform(): Platform {
  const system = operatingSystems[process.platform] ?? process.platform;
  return `${system}/${architectures[process.arch] ?? process.arch}`;
}

/** The file name of a program on this machine. */
export function executableFile(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}
