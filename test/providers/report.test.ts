import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { resolveCluster } from "../../src/components/cluster/resolve.js";
import { native, unsupported } from "../../src/providers/capabilities.js";
import { describeLocal } from "../../src/providers/local/report.js";
import { plannedRow, type ReportDraft, reportOf } from "../../src/providers/report.js";

const draft = (more: Partial<ReportDraft>): ReportDraft => ({
  property: "tags",
  requested: { team: "shop" },
  resource: "cloud:Cluster shop",
  field: "tags",
  realised: { team: "shop" },
  support: native("tags"),
  ...more,
});

describe("a row of the report", () => {
  test("says what was asked, where it went and what is there", () => {
    expect(plannedRow(draft({}))).toEqual({
      property: "tags",
      requested: '{"team":"shop"}',
      resource: "cloud:Cluster shop",
      field: "tags",
      realised: '{"team":"shop"}',
      level: "native",
    });
  });

  test("says how a target that cannot give it differs, or how this very cluster does", () => {
    const support = unsupported("there are none", "leave it out");
    expect(plannedRow(draft({ support }))).toMatchObject({ deviation: "there are none; leave it out" });
    expect(plannedRow(draft({ support, deviation: "none here" }))).toMatchObject({ deviation: "none here" });
  });

  test("never waits for, nor shows, what is known only later", () => {
    const secret = pulumi.secret("s3cret");
    const row = plannedRow(draft({ requested: { team: secret, kept: ["a", secret] }, realised: secret }));
    expect(row).toMatchObject({
      requested: '{"team":"known only later","kept":["a","known only later"]}',
      realised: "known only later",
    });
  });
});

describe("the description of a cluster", () => {
  const general = { cpu: 4, memory: "16Gi", min: 2, max: 5 };
  const describe = (pools: object) =>
    describeLocal("shop", resolveCluster({ target: "local", pools: { general: { ...general, ...pools } } }));
  const rowOf = (drafts: readonly ReportDraft[], property: string) =>
    drafts.map(plannedRow).find((row) => row.property === property);

  test("is what its report becomes", async () => {
    const drafts = describe({});
    const report = await new Promise<readonly object[]>((done) => reportOf(drafts).apply(done));
    expect(report).toEqual(drafts.map(plannedRow));
  });

  test("has a row for what was asked, and none for what was not", () => {
    expect(rowOf(describe({ spot: true }), "pools.general.spot")).toMatchObject({ level: "unsupported" });
    expect(rowOf(describe({}), "pools.general.spot")).toBeUndefined();
    expect(rowOf(describe({ labels: { team: "a" } }), "pools.general.labels")).toMatchObject({
      requested: '{"team":"a"}',
    });
    expect(rowOf(describe({}), "access.admins")).toBeUndefined();
  });

  test("counts a size that is known only later as one that scales", () => {
    const later = pulumi.output(2);
    expect(rowOf(describe({ min: 2, max: 2 }), "pools.general.max")).toMatchObject({ level: "emulated" });
    expect(rowOf(describe({ min: later, max: later }), "pools.general.max")).toMatchObject({ level: "unsupported" });
  });
});
