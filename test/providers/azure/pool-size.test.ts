import { describe, expect, test } from "vitest";
import { isAsAsked } from "../../../src/providers/azure/pool-size.js";

const asked = {
  orchestratorVersion: "1.35",
  nodeLabels: { "isokube.dev/pool": "general", "example.com/team": "shop" },
  nodeTaints: ["a=b:NoSchedule", "c:NoExecute"],
  tags: { team: "shop" },
};
describe("an agent pool is as it is asked for", () => {
  test.each([
    ["word for word", {}],
    ["with taints in another order", { nodeTaints: ["c:NoExecute", "a=b:NoSchedule"] }],
    ["with a patch version", { orchestratorVersion: "1.35.3" }],
    ["with labels of Azure's own", { nodeLabels: { ...asked.nodeLabels, "kubernetes.azure.com/mode": "user" } }],
    ["with a policy's tags", { tags: { team: "shop", "cost-center": "7" } }],
  ])("%s", (_, more) => {
    expect(isAsAsked({ ...asked, ...more }, asked)).toBe(true);
  });

  test.each([
    ["another minor", { orchestratorVersion: "1.3" }],
    ["a label that is to go", { nodeLabels: { ...asked.nodeLabels, "example.com/old": "x" } }],
    ["a label that is to come", { nodeLabels: { "isokube.dev/pool": "general" } }],
    ["no taint", { nodeTaints: [] }],
    ["another tag", { tags: { team: "other" } }],
  ])("but not with %s", (_, more) => {
    expect(isAsAsked({ ...asked, ...more }, asked)).toBe(false);
  });

  test("whatever its version, where a channel decides", () => {
    const { orchestratorVersion: _, ...inputs } = asked;
    expect(isAsAsked({ ...asked, orchestratorVersion: "1.36" }, inputs)).toBe(true);
  });
});
