import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkCluster } from "../../../src/components/cluster/check.js";

test("the stack of Azure has nothing wrong with it", () => {
  const { config } = parse(readFileSync("stacks/Pulumi.azure.yaml", "utf8"));
  const ours = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith("isokube:") ? [[key.slice("isokube:".length), value] as const] : [],
  );
  const { problems, spec } = checkCluster("shop", Object.fromEntries(ours));
  expect(problems).toEqual([]);
  expect(spec.target).toBe("azure");
  expect(config["azure-native:location"]).toBe("westeurope");
});
