import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { LongestFirst, longest } from "../support/longest-first.js";

const root = join(import.meta.dirname, "..", "..");

test.each(longest)("%s is a file of tests", (name) => {
  expect(existsSync(join(root, "test", `${name}.test.ts`))).toBe(true);
});

test("the longest of a group are first, groups stay apart, and what is not named keeps vitest's order", async () => {
  const sizes: Record<string, number> = { "clouds/short": 10, "clouds/shorter": 5 };
  const cache = {
    getFileTestResults: () => undefined,
    getFileStats: (key: string) => ({ size: sizes[/test\/(.*)\.test\.ts$/.exec(key)?.[1] ?? ""] ?? 1 }),
  };
  const file = (name: string, groupOrder: number) =>
    ({
      moduleId: join(root, "test", `${name}.test.ts`),
      project: { name: String(groupOrder), config: { sequence: { groupOrder }, isolate: true } },
    }) as TestSpecification;
  const files = [
    file("onprem-real/cluster", 3),
    file("clouds/shorter", 2),
    file("clouds/short", 2),
    file("clouds/contract", 2),
    file("onprem-real/drift", 3),
    file("clouds/azure", 2),
  ];
  const sorted = await new LongestFirst({ config: { root }, cache } as unknown as Vitest).sort(files);
  expect(sorted.map(({ moduleId }) => moduleId.slice(root.length + 6, -8))).toEqual([
    "clouds/azure",
    "clouds/contract",
    "clouds/short",
    "clouds/shorter",
    "onprem-real/drift",
    "onprem-real/cluster",
  ]);
});
