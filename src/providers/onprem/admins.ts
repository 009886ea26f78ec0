import type * as pulumi from "@pulumi/pulumi";
import { mapLeaf } from "../leaf.js";

/** Whom an administrator's client certificate names: its common name, or one of its organisations. */
interface Admin {
  readonly kind: "user" | "group";
  readonly name: string;
}

/** `group:platform`, `user:alice`, or `alice` for short. */
export function parseAdmin(text: string): Admin {
  const match = /^(user|group):(.*)$/.exec(text);
  return match === null
    ? { kind: "user", name: text }
    : { kind: match[1] === "group" ? "group" : "user", name: match[2] ?? "" };
}

/** An administrator as RBAC writes one. */
export function subjectOf(admin: pulumi.Input<string>) {
  return {
    kind: mapLeaf(admin, (text) => (parseAdmin(text).kind === "group" ? "Group" : "User")),
    apiGroup: "rbac.authorization.k8s.io",
    name: mapLeaf(admin, (text) => parseAdmin(text).name),
  };
}
