import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** Google Cloud's names start with a letter; a cluster's may start with a digit. */
export function nameBase(name: string): string {
  return /^[a-z]/.test(name) ? name : `k-${name}`;
}

/** The first digits of a fingerprint. */
export function fingerprint(content: unknown, digits: number): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, digits);
}

/** Longest id of a service account. */
const accountIdLimit = 30;

/**
 * The id of a service account: readable as far as it is short enough, and told
 * from those of other stacks by a fingerprint, because ids are unique in a project.
 */
export function accountId(name: string, role: string): string {
  const ending = `-${role}-${fingerprint([pulumi.getProject(), pulumi.getStack(), name, role], 6)}`;
  const start = nameBase(name)
    .slice(0, accountIdLimit - ending.length)
    .replace(/-+$/, "");
  return `${start}${ending}`;
}
