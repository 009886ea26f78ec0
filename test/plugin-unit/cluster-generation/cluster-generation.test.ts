import { expect, test } from "vitest";
import { clusterGenerationResource as resource } from "../../../src/plugin/cluster-generation/cluster-generation.js";

const urn = "urn:pulumi:dev::shop::isokube:index:Cluster$isokube:index:ClusterGeneration::shop";
const operation = { signal: new AbortController().signal, status: () => undefined, note: async () => undefined };
const inputs = { cluster: "shop", generation: "1" };

test("another generation is another resource, after the old one has gone", async () => {
  expect(await resource.create({ urn, inputs, preview: false }, operation)).toEqual({ id: "shop", outputs: inputs });
  const state = { id: "shop", oldInputs: inputs, oldOutputs: inputs };
  expect(await resource.diff({ ...state, newInputs: { ...inputs, generation: "2" } })).toMatchObject({
    changes: [{ path: "generation", replaces: true }],
    deleteBeforeReplace: true,
  });
  expect((await resource.diff({ ...state, newInputs: inputs })).changes).toEqual([]);
});
