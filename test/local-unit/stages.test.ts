import { describe, expect, test } from "vitest";
import { renderStages } from "../../src/local/stages.js";

interface Stage {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly next: { readonly statusTemplate?: string; readonly delete?: boolean } };
}

const stages = renderStages()
  .split("---\n")
  .map((document): Stage => JSON.parse(document));

test("nodes and pods live like this", () => {
  expect(stages).toMatchSnapshot();
});

describe.each(stages.map((stage) => ({ name: stage.metadata.name, stage })))("stage $name", ({ stage }) => {
  test("is one kwok knows", () => {
    expect(stage).toMatchObject({ apiVersion: "kwok.x-k8s.io/v1alpha1", kind: "Stage" });
  });

  test("either patches or deletes, and closes every block it opens", () => {
    const { statusTemplate, delete: deletes } = stage.spec.next;
    expect(statusTemplate === undefined).toBe(deletes === true);
    const count = (pattern: RegExp): number => statusTemplate?.match(pattern)?.length ?? 0;
    expect(count(/\{\{ (if|range|with) /g)).toBe(count(/\{\{ end \}\}/g));
  });
});
