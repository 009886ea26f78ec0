import * as pulumi from "@pulumi/pulumi";
import { type CapabilityTable, capabilityMeanings, contract, type Support } from "./capabilities.js";
import type { ReportRow } from "./contract.js";

/** A row whose values may be known only later. */
export interface ReportDraft {
  readonly property: string;
  readonly requested: pulumi.Input<unknown>;
  readonly resource: string;
  readonly field: string;
  readonly realised: pulumi.Input<unknown>;
  /** How the target gives it; says the level, and the deviation if there is one. */
  readonly support: Support;
}

/** A row of the report, known as soon as its values are. */
export function reportRow(draft: ReportDraft): pulumi.Output<ReportRow> {
  const { property, resource, field, support } = draft;
  const deviation = deviationOf(support);
  return pulumi.all([draft.requested, draft.realised]).apply(([requested, realised]) => ({
    property,
    requested: display(requested),
    resource,
    field,
    realised: display(realised),
    level: support.level,
    ...(deviation === undefined ? {} : { deviation }),
  }));
}

/** A row for every rule of the contract: how the cluster keeps it, or why not. */
export function contractRows(table: CapabilityTable, resource: string): pulumi.Output<ReportRow>[] {
  return contract
    .flatMap(({ capabilities }) => capabilities)
    .map((capability) =>
      reportRow({
        property: capability,
        requested: capabilityMeanings[capability],
        resource,
        field: "",
        realised: byOf(table[capability]),
        support: table[capability],
      }),
    );
}

const byOf = (support: Support): string | undefined => ("by" in support ? support.by : undefined);

function display(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
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
