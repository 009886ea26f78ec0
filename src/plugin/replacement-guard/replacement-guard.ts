import { knownText, reveal } from "../properties.js";
import { differences } from "../property-diff.js";
import type { CustomResource } from "../resource.js";
import { checkReplacement } from "./check.js";

/**
 * `isokube:index:ReplacementGuard`: its state is what the cluster was made
 * with, and its check is all that it does.
 */
export const replacementGuardResource: CustomResource = {
  check: async (request) => checkReplacement(request),

  diff: async ({ oldInputs, newInputs }) => ({
    changes: differences(oldInputs, newInputs).map((change) => ({ ...change, replaces: false, inputChanged: true })),
    deleteBeforeReplace: false,
    stables: [],
  }),

  create: async ({ inputs }) => ({ id: knownText(reveal(inputs["cluster"] ?? null)) ?? "", outputs: inputs }),

  read: async ({ id, oldInputs, oldOutputs }) => {
    // There is nothing in the world to look at: without its state it is not there.
    if (oldInputs === undefined || oldOutputs === undefined) return undefined;
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },

  update: async ({ newInputs }) => ({ outputs: newInputs }),

  delete: async () => undefined,
};
