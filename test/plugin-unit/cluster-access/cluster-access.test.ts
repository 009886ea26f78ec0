import { describe, expect, test } from "vitest";
import { clusterAccessResource as access } from "../../../src/plugin/cluster-access/cluster-access.js";
import { Secret, unknown } from "../../../src/plugin/properties.js";

const urn = "urn:pulumi:dev::shop::isokube:index:Cluster$isokube:index:ClusterAccess::shop";
const operation = { signal: new AbortController().signal, status: () => undefined, note: async () => undefined };
const inputs = { kubeconfig: new Secret("first"), identity: "one" };
const state = { id: "shop", oldInputs: inputs, oldOutputs: inputs };

describe("a cluster's access", () => {
  test("hands the kubeconfig on, and keeps it secret whatever the program says", async () => {
    const made = await access.create({ urn, inputs: { ...inputs, kubeconfig: "first" }, preview: false }, operation);
    expect(made).toEqual({ id: "shop", outputs: inputs });
  });

  test.each([
    ["another kubeconfig", new Secret("second")],
    // What the engine asks when the cluster itself is about to be made anew.
    ["one that is not known yet", unknown],
  ])("is changed in place, never replaced, for %s", async (_what, kubeconfig) => {
    const diff = await access.diff({ ...state, newInputs: { ...inputs, kubeconfig } });
    expect(diff).toMatchObject({ changes: [{ path: "kubeconfig", kind: "update", replaces: false }] });
    expect(diff.deleteBeforeReplace).toBe(false);
    const request = { ...state, urn, newInputs: { ...inputs, kubeconfig }, preview: true };
    expect((await access.update(request, operation)).outputs).toEqual({
      ...inputs,
      kubeconfig: kubeconfig instanceof Secret ? kubeconfig : new Secret(kubeconfig),
    });
  });

  test("does not change with the same kubeconfig", async () => {
    expect((await access.diff({ ...state, newInputs: { ...inputs, kubeconfig: "first" } })).changes).toEqual([]);
  });

  test("refuses to be without a kubeconfig", async () => {
    const { problems } = await access.check({ urn, oldInputs: undefined, newInputs: { identity: "one" } });
    expect(problems).toMatchObject([{ code: "input/missing", path: "kubeconfig" }]);
  });
});
