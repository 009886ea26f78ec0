import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { aksApiVersion } from "../../../src/providers/azure/sdk.js";

// Releases of the SDK move to newer versions of Azure's API inside one major, and take the meaning of fields along.

const sources = createRequire(import.meta.url);

/** What the SDK says of itself in the documentation of a resource. */
function versionOf(resource: string): string | undefined {
  const file = sources.resolve(`@pulumi/azure-native/containerservice/${resource}.js`);
  return /Uses Azure REST API version (\S+)\./.exec(readFileSync(file, "utf8"))?.[1];
}

test.each(["managedCluster", "agentPool", "listManagedClusterUserCredentials"])(
  "the installed SDK's %s speaks the version of the AKS API that the adapter is written for",
  (resource) => {
    expect(versionOf(resource)).toBe(aksApiVersion);
  },
);

test("the documentation of the dependencies names the same version, and the SDK that has it", () => {
  const page = readFileSync("docs/dependencies.md", "utf8");
  const { version } = sources("@pulumi/azure-native/package.json");
  const row = page.split("\n").find((line) => line.startsWith("| `@pulumi/azure-native` |"));
  expect(row).toContain(version);
  expect(row).toContain(aksApiVersion);
});
