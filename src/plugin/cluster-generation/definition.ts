import type { ResourceDefinition } from "../definition.js";

/** Which of the clusters that followed one another under one name this is. */
export const clusterGenerationDefinition = {
  token: "isokube:index:ClusterGeneration",
  description: [
    "Stands for everything that is inside a cluster. It is made before the cluster, and replaced before a cluster is made",
    "anew: what depends on it goes first, while the old cluster still answers.",
    "It holds nothing itself: creating and deleting it changes nothing.",
  ].join(" "),
  inputs: {
    cluster: { type: { kind: "string" }, required: true, replaces: true, description: "Name of the cluster." },
    generation: {
      type: { kind: "string" },
      required: true,
      replaces: true,
      description: "The generation that the cluster's guard has counted.",
    },
  },
  outputs: {},
} satisfies ResourceDefinition;
