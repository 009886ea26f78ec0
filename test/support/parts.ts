import { join } from "node:path";

/** Where the real executables are that an engine test starts. */
export interface EngineParts {
  readonly pulumi: string;
  readonly languageHost: string;
  readonly kubernetesProvider: string;
}

/** The Pulumi command, its Node language host and the official Kubernetes provider, from the toolchain's cache. */
export async function engineParts(): Promise<EngineParts> {
  const directory = process.env["ISOKUBE_TEST_PARTS"];
  if (directory === undefined) throw new Error("set ISOKUBE_TEST_PARTS to the folder of the Pulumi executables");
  return {
    pulumi: join(directory, "pulumi"),
    languageHost: join(directory, "pulumi-language-nodejs"),
    kubernetesProvider: join(directory, "pulumi-resource-kubernetes"),
  };
}
