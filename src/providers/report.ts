import * as pulumi from "@pulumi/pulumi";
import { type Capability, type CapabilityTable, capabilityMeanings, contract, type Support } from "./capabilities.js";
import { isLater } from "./leaf.js";
import type { ReportDraft, ReportRow } from "./report-row.js";

export type { ReportDraft, ReportRow } from "./report-row.js";

/** The report of a cluster, known as soon as its values are. */
export function reportOf(drafts: readonly ReportDraft[]): pulumi.Output<readonly ReportRow[]> {
  return pulumi.all(drafts.map(reportRow));
}

/** A row of the report, known as soon as its values are. */
export function reportRow(draft: ReportDraft): pulumi.Output<ReportRow> {
  return pulumi.all([draft.requested, draft.realised]).apply((values) => rowOf(draft, ...values));
}

/** A row as far as it is known without making anything. */
export function plannedRow(draft: ReportDraft): ReportRow {
  return rowOf(draft, draft.requested, draft.realised);
}

/** A row for every rule of the contract: how the cluster keeps it, or why not. */
export function contractRows(table: CapabilityTable, resource: string): ReportDraft[] {
  return contract
    .flatMap(({ capabilities }) => capabilities)
    .map((capability: Capability) => ({
      property: capability,
      requested: capabilityMeanings[capability],
      resource,
      field: "",
      realised: byOf(table[capability]),
      support: table[capability],
    }));
}

const byOf = (support: Support): string | undefined => ("by" in support ? support.by : undefined);

function rowOf(draft: ReportDraft, requested: unknown, realised: unknown): ReportRow {
  const { property, resource, field, support } = draft;
  const deviation = draft.deviation ?? deviationOf(support);
  return {
    property,
    requested: display(requested),
    resource,
    field,
    realised: display(realised),
    level: support.level,
    ...(deviation === undefined ? {} : { deviation }),
  };
}

const later = "known only later";

function display(value: unknown): string {
  if (value === undefined) return "";
  const shown = nowKnown(value);
  return typeof shown === "string" ? shown : JSON.stringify(shown);
}

/** With a word in place of what is inside and known only later, which JSON would otherwise ask for its value. */
function nowKnown(value: unknown): unknown {
  if (isLater(value)) return later;
  if (Array.isArray(value)) return value.map(nowKnown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nowKnown(inner)]));
}

function deviationOf(support: Support): string | undefined {
  switch (support.level) {
    case "native":
    case "addon":
      return undefined;
    case "emulated":
      return `emulated: ${support.by}`;
    case "unsupported":
      return `${support.reason}; ${support.remedy}`;
    case "unknown":
      return support.reason;
  }
}
