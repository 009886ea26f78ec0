import { fillDefaults, typeProblems } from "../input-types.js";
import { type PropertyMap, type PropertyValue, Secret } from "../properties.js";
import { differences } from "../property-diff.js";
import { type CustomResource, parseUrn } from "../resource.js";
import { clusterAccessDefinition } from "./definition.js";

/**
 * `isokube:index:ClusterAccess`: passes on what it is given, and never asks to be
 * replaced, not even while nothing of it is known because the cluster is about to go.
 */
export const clusterAccessResource: CustomResource = {
  check: async ({ newInputs }) => {
    const inputs = fillDefaults(clusterAccessDefinition.inputs, newInputs);
    return { inputs, problems: typeProblems(clusterAccessDefinition.inputs, inputs) };
  },

  diff: async ({ oldInputs, newInputs }) => ({
    changes: differences(oldInputs, newInputs).map((change) => ({ ...change, replaces: false, inputChanged: true })),
    deleteBeforeReplace: false,
    stables: [],
  }),

  create: async ({ urn, inputs }) => ({ id: parseUrn(urn).name, outputs: handedOn(inputs) }),

  read: async ({ id, oldInputs, oldOutputs }) => {
    // There is nothing in the world to look at: without its state it is not there.
    if (oldInputs === undefined || oldOutputs === undefined) return undefined;
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },

  update: async ({ newInputs }) => ({ outputs: handedOn(newInputs) }),

  delete: async () => undefined,
};

function handedOn({ kubeconfig = null, ...others }: PropertyMap): PropertyMap {
  return { ...others, kubeconfig: secret(kubeconfig) };
}

function secret(value: PropertyValue): PropertyValue {
  return value instanceof Secret ? value : new Secret(value);
}
