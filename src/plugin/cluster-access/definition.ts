import type { ResourceDefinition } from "../definition.js";

/** How a cluster is reached, which may change while it stays the same cluster. */
export const clusterAccessDefinition = {
  token: "isokube:index:ClusterAccess",
  description: [
    "Hands on how a cluster is reached, and is changed in place whenever that changes. What depends on it is told from",
    "what depends on the cluster itself, so that another address is never taken for another cluster.",
    "It holds nothing itself: creating and deleting it changes nothing.",
  ].join(" "),
  inputs: {
    kubeconfig: {
      type: { kind: "string" },
      required: true,
      secret: true,
      description: "The kubeconfig, handed on as it is.",
    },
  },
  outputs: {},
} satisfies ResourceDefinition;
