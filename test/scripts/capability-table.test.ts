import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { capabilities, capabilityMatrix, capabilityMeanings } from "../../src/providers/capabilities.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const generator: { capabilityTable(): Promise<string>; withTable(text: string): Promise<string> } = await import(
  join(root, "scripts", "capability-table.mjs")
);

test("README's table is what the matrix says", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  // To mend: node scripts/capability-table.mjs
  expect(readme).toBe(await generator.withTable(readme));
});

test("the table has every capability and every way of making a cluster", async () => {
  const lines = (await generator.capabilityTable()).split("\n");
  expect(lines[0]).toBe("|  | EKS | EKS Auto Mode | AKS | AKS Automatic | GKE | GKE Autopilot | on-premise | local |");
  for (const capability of capabilities) {
    const row = lines.filter((line) => line.startsWith(`| ${capabilityMeanings[capability]} |`));
    expect(row, capability).toHaveLength(1);
    expect(row[0]?.split(" | ")).toHaveLength(9);
  }
});

test("what a target cannot give stands under the table, with the reason and what to do instead", async () => {
  const { pools } = capabilityMatrix.aws;
  if (!("releaseChannels" in pools) || pools.releaseChannels.level !== "unsupported")
    throw new Error("EKS has channels");
  const { reason, remedy } = pools.releaseChannels;
  expect(await generator.capabilityTable()).toContain(`- **EKS** \`releaseChannels\`: ${reason}. Instead: ${remedy}.`);
});

test("a README without a place for it is an error", async () => {
  await expect(generator.withTable("# isokube")).rejects.toThrow("has no place for the table");
});
