import type * as pulumi from "@pulumi/pulumi";
import type { Support, SupportLevel } from "./capabilities.js";

/** One line of the equivalence report: what was asked and what came of it. */
export interface ReportRow {
  /** Property path in the cluster's arguments, for example `pools.general.max`; a capability for a rule of the contract. */
  readonly property: string;
  /** What was asked, or the default that applied; empty when nothing was. */
  readonly requested: string;
  /** The resource that realises it, for example `isokube:local:ControlPlane shop`. */
  readonly resource: string;
  /** The field of that resource; empty when no field realises it. */
  readonly field: string;
  /** What the field holds. */
  readonly realised: string;
  /** How the target gives it. */
  readonly level: SupportLevel;
  /** How the result differs from what was asked; left out when it does not. */
  readonly deviation?: string;
}

/** A row whose values may be known only later. */
export interface ReportDraft {
  readonly property: string;
  readonly requested: pulumi.Input<unknown>;
  readonly resource: string;
  readonly field: string;
  readonly realised: pulumi.Input<unknown>;
  /** How the target gives it; says the level, and the deviation if there is one. */
  readonly support: Support;
  /** How this very cluster differs from what was asked. @default what `support` says */
  readonly deviation?: string | undefined;
}
