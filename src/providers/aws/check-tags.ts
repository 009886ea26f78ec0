import type { Problem } from "../../core/problems.js";
import { joinPath } from "../../core/shape.js";
import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";
import { clusterTag } from "./names.js";

/** What AWS takes for one resource. */
const mostTags = 50;
/** `Name`, the cluster's, and a subnet's role. */
const ownTags = 3;
const longestKey = 128;
const longestValue = 256;
const taggable = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Whether AWS takes the tags. */
export function checkTags(tags: ClusterSpec["tags"]): Problem[] {
  const keys = Object.keys(tags);
  const problems = keys.flatMap((key) => checkTag(joinPath("tags", key), key, known(tags[key])));
  if (keys.length <= mostTags - ownTags) return problems;
  const tooMany: Problem = {
    code: "aws/tags-count",
    path: "tags",
    value: `${keys.length} tags`,
    why: `AWS takes ${mostTags} tags for a resource, and isokube sets up to ${ownTags} itself`,
    fix: `use at most ${mostTags - ownTags}`,
  };
  return [...problems, tooMany];
}

function checkTag(path: string, key: string, value: string | undefined): Problem[] {
  const problem = (why: string, fix: string): Problem => ({ code: "aws/tag", path, why, fix });
  const allowed = "write letters, digits, spaces and _ . : / = + - @";
  return [
    ...(/^aws:/i.test(key) ? [problem("keys that start with aws: are AWS's own", "rename it")] : []),
    ...(key === clusterTag ? [problem("isokube sets this tag to the cluster's name", "leave it out")] : []),
    ...(key.startsWith("kubernetes.io/")
      ? [problem("load balancers find subnets by tags that start like this", "rename it")]
      : []),
    ...(key === "" || key.length > longestKey || !taggable.test(key)
      ? [problem(`AWS takes keys of 1 to ${longestKey} letters, digits, spaces and _ . : / = + - @`, "rename it")]
      : []),
    ...(value !== undefined && value.length > longestValue
      ? [problem(`AWS takes values of up to ${longestValue} characters, and this has ${value.length}`, "shorten it")]
      : []),
    ...(value !== undefined && !taggable.test(value) ? [problem("AWS does not take every character", allowed)] : []),
  ];
}
