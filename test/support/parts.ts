import { ensureParts, type PartName } from "../../toolchain/index.js";

/** Where the real executables are that an engine test starts. */
export interface EngineParts {
  readonly pulumi: string;
  readonly languageHost: string;
  readonly kubernetesProvider: string;
}

/** The Pulumi command, its Node language host and the official Kubernetes provider, from the toolchain's cache. */
export async function engineParts(): Promise<EngineParts> {
  const [pulumi, languageHost, kubernetesProvider] = await partPaths([
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-resource-kubernetes",
  ]);
  return { pulumi, languageHost, kubernetesProvider };
}

/** Paths of parts, in the order asked for. */
export async function partPaths<const Names extends readonly PartName[]>(
  names: Names,
): Promise<{ [Index in keyof Names]: string }>;
export async function partPaths(names: readonly PartName[]): Promise<string[]> {
  const parts = await ensureParts({ parts: names });
  return names.map((name) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the toolchain gave no ${name}`);
    return part.path;
  });
}
