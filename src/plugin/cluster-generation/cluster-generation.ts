import { fillDefaults, typeProblems } from "../input-types.js";
import { differences } from "../property-diff.js";
import { type CustomResource, parseUrn } from "../resource.js";
import { clusterGenerationDefinition } from "./definition.js";

/**
 * `isokube:index:ClusterGeneration`: another generation is another resource, and
 * the old one is deleted first, with all that depends on it.
 */
export const clusterGenerationResource: CustomResource = {
  check: async ({ newInputs }) => {
    const inputs = fillDefaults(clusterGenerationDefinition.inputs, newInputs);
    return { inputs, problems: typeProblems(clusterGenerationDefinition.inputs, inputs) };
  },

  diff: async ({ oldInputs, newInputs }) => ({
    changes: differences(oldInputs, newInputs).map((change) => ({ ...change, replaces: true, inputChanged: true })),
    deleteBeforeReplace: true,
    stables: [],
  }),

  create: async ({ urn, inputs }) => ({ id: parseUrn(urn).name, outputs: inputs }),

  read: async ({ id, oldInputs, oldOutputs }) => {
    // There is nothing in the world to look at: without its state it is not there.
    if (oldInputs === undefined || oldOutputs === undefined) return undefined;
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },

  update: async ({ newInputs }) => ({ outputs: newInputs }),

  delete: async () => undefined,
};
