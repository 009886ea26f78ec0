import type { ResourceDefinition } from "../definition.js";

/** How a cluster is reached, and which it is: both may change while what is deployed into it stays. */
export const clusterAccessDefinition = {
  token: "isokube:index:ClusterAccess",
  description: [
    "Hands on how a cluster is reached and which it is, and is changed in place whenever that changes. What depends on",
    "it is told from what depends on the cluster itself, and is not taken along when the cluster goes.",
    "It holds nothing itself: creating and deleting it changes nothing.",
  ].join(" "),
  inputs: {
    kubeconfig: {
      type: { kind: "string" },
      required: true,
      secret: true,
      description: "The kubeconfig, handed on as it is.",
    },
    identity: {
      type: { kind: "string" },
      required: true,
      description: "What tells the cluster from every other, handed on as it is.",
    },
  },
  outputs: {},
} satisfies ResourceDefinition;
