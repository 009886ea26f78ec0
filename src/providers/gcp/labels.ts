import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../core/problems.js";
import { joinPath } from "../../core/shape.js";
import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";

/** Tags as Google Cloud knows them: labels of resources. */
export function labelsOf({ tags }: ClusterSpec): Record<string, pulumi.Input<string>> {
  return { ...tags };
}

const key = /^[a-z][a-z0-9_-]{0,62}$/;
const value = /^[a-z0-9_-]{0,63}$/;
const limit = 64;

/** Which tags cannot be labels: those have lower-case letters, digits, `_` and `-` only. */
export function checkLabels({ tags }: ClusterSpec): Problem[] {
  const names = Object.keys(tags);
  const problems = names.flatMap((name): Problem[] => {
    const path = joinPath("tags", name);
    const text = known(tags[name]);
    const fitting = (written: string) =>
      written
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "-")
        .slice(0, 63);
    return [
      ...(key.test(name)
        ? []
        : [
            {
              code: "tags/key",
              path,
              value: name,
              why: "on Google Cloud a tag is a label: its key starts with a lower-case letter and has at most 63 lower-case letters, digits, '_' and '-'",
              fix: `rename it, for example to ${fitting(name).replace(/^[^a-z]+/, "") || "tag"}`,
            },
          ]),
      ...(text === undefined || value.test(text)
        ? []
        : [
            {
              code: "tags/value",
              path,
              value: text,
              why: "on Google Cloud a tag is a label: its value has at most 63 lower-case letters, digits, '_' and '-'",
              fix: `write another value, for example ${fitting(text)}`,
            },
          ]),
    ];
  });
  if (names.length <= limit) return problems;
  const why = `a resource of Google Cloud has at most ${limit} labels, and these are ${names.length}`;
  return [...problems, { code: "tags/too-many", path: "tags", value: names.length, why, fix: "leave some out" }];
}
