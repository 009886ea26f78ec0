import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { firstGeneration } from "../contract.js";

/** EKS takes names of up to 100 characters; names of roles and node groups are made from it too. */
const longestClusterName = 60;

/**
 * The cluster's name in EKS. It is known before the cluster is there, because
 * its log group must be made first; project and stack keep two stacks of one
 * account apart.
 */
export function eksClusterName(name: string): string {
  return bounded(`${pulumi.getProject()}-${pulumi.getStack()}-${name}`, longestClusterName);
}

/** Two clusters that follow one another are there at the same time for a while. */
export function nameOfGeneration(clusterName: string, generation: string): string {
  return generation === firstGeneration ? clusterName : `${clusterName}-${generation}`;
}

/** A name that AWS takes; what is too long is cut, and stays unique by a fingerprint of the whole. */
export function bounded(text: string, limit: number): string {
  const plain = text.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+/, "");
  if (plain === text && text.length <= limit) return text;
  const digest = fingerprint(text);
  return `${plain.slice(0, limit - digest.length - 1).replace(/-+$/, "")}-${digest}`;
}

/** The same few letters for the same value. */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 6);
}

/** Another name for another group: the new one is there before the old one goes. */
export function nodeGroupName(pool: string, immutable: unknown): string {
  return `${pool}-${fingerprint(immutable)}`;
}

/** Whether a node group is the pool's, of whatever immutable values. */
export function isNodeGroupOf(pool: string): (nodeGroup: string) => boolean {
  const ending = /^-[0-9a-f]{6}$/;
  return (nodeGroup) => nodeGroup.startsWith(pool) && ending.test(nodeGroup.slice(pool.length));
}

/** The tag that tells the cluster's resources from all others. */
export const clusterTag = "isokube.dev/cluster";

/** Tags of one resource. */
export type Tags = Readonly<Record<string, pulumi.Input<string>>>;

/** What every resource of a cluster is tagged with. */
export interface Tagging {
  /** For resources that carry a name of their own. */
  readonly common: Tags;
  /** For those that are found by a tag `Name` in the console. */
  named(name: string): Tags;
}

export function tagging(cluster: string, tags: Tags): Tagging {
  const common = { ...tags, [clusterTag]: cluster };
  return { common, named: (name) => ({ Name: name, ...common }) };
}
