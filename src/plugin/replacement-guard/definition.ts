import type { ResourceDefinition } from "../definition.js";

/** What a cluster is made of that cannot change, and who may change it all the same. */
export const replacementGuardDefinition = {
  token: "isokube:index:ReplacementGuard",
  description: [
    "Remembers what of a cluster cannot change without making it anew, and refuses such a change when the deployment",
    "is previewed, before anything is lost. It also refuses a lower Kubernetes minor and a step of more than one, and",
    "what a protected cluster's cloud would refuse half-way.",
    "It holds nothing itself: creating and deleting it changes nothing.",
  ].join(" "),
  inputs: {
    cluster: { type: { kind: "string" }, required: true, description: "Name of the cluster that is guarded." },
    immutable: {
      type: { kind: "texts" },
      required: true,
      description:
        "Values that cannot change, by property path of the cluster's arguments. The empty text stands for no value.",
    },
    version: {
      type: { kind: "string" },
      default: "",
      description: "The Kubernetes minor that is pinned; empty where a release channel decides.",
    },
    allow: {
      type: { kind: "string" },
      default: "",
      description: "The cluster's name, to let it be replaced: everything inside is lost.",
    },
    held: {
      type: { kind: "texts" },
      default: {},
      description:
        "What a protected cluster's cloud would neither delete nor make anew, by property path of the cluster's arguments.",
    },
    protected: {
      type: { kind: "boolean" },
      default: false,
      description: "Whether the cluster is protected: nothing of what is held may go.",
    },
  },
  outputs: {
    generation: {
      type: { kind: "string" },
      description: "Changes when, and only when, a change was let pass that makes the cluster anew.",
    },
  },
} satisfies ResourceDefinition;
