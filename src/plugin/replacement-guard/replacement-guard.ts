import { knownText, reveal } from "../properties.js";
import { differences } from "../property-diff.js";
import type { CustomResource } from "../resource.js";
import { checkReplacement, isAnother } from "./check.js";

/**
 * `isokube:index:ReplacementGuard`: its state is what the cluster was made
 * with, its check refuses what would make it anew, and its generation tells when that was let pass.
 */
export const replacementGuardResource: CustomResource = {
  check: async (request) => checkReplacement(request),

  diff: async ({ oldInputs, newInputs }) => ({
    changes: differences(oldInputs, newInputs).map((change) => ({ ...change, replaces: false, inputChanged: true })),
    deleteBeforeReplace: false,
    stables: [],
  }),

  create: async ({ inputs }) => ({
    id: knownText(reveal(inputs["cluster"] ?? null)) ?? "",
    outputs: { ...inputs, generation: "1" },
  }),

  read: async ({ id, oldInputs, oldOutputs }) => {
    // There is nothing in the world to look at: without its state it is not there.
    if (oldInputs === undefined || oldOutputs === undefined) return undefined;
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },

  update: async ({ oldInputs, oldOutputs, newInputs }) => {
    const generation = Number(knownText(oldOutputs["generation"]) ?? 1);
    // The check has refused whatever was not let pass.
    const next = isAnother(oldInputs, newInputs) ? generation + 1 : generation;
    return { outputs: { ...newInputs, generation: String(next) } };
  },

  delete: async () => undefined,
};
