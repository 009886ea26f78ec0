import type { Problem } from "../core/problems.js";
import { argumentsPath, ProblemList } from "../core/validation.js";
import { capabilities, capabilityMeanings, hasMode, type Support } from "../providers/capabilities.js";
import { type ClusterSpec, type ComputeMode, type ReportRow, type Target, targets } from "../providers/contract.js";
import { targetEntry } from "../providers/registry.js";
import { contractRows, plannedRow, type ReportDraft } from "../providers/report.js";
import type { ClusterArgs } from "./cluster/args.js";
import { supportOf } from "./cluster/check/capabilities.js";
import { checkCluster } from "./cluster/check.js";
import { argumentsFor } from "./cluster/elsewhere.js";
import { clusterShape } from "./cluster/read.js";
import { requirementsOf } from "./cluster/requirements.js";

/** What becomes of a spec on one target. */
export interface TargetParity {
  readonly target: Target;
  /** True where requirePortableTo names it. */
  readonly required: boolean;
  /** What would stop it there. */
  readonly problems: readonly Problem[];
  /** What realises each property; where something would stop it, as far as can be said. */
  readonly rows: readonly ReportRow[];
  /** How each rule of the contract is kept. */
  readonly contract: readonly ReportRow[];
}

/** A spec held against every target that isokube makes clusters on. */
export interface Parity {
  readonly target: Target;
  readonly compute: ComputeMode;
  /** What is wrong with the spec as it is written: on its own target, or where it must be portable to. */
  readonly problems: readonly Problem[];
  readonly targets: readonly TargetParity[];
}

/** Either the comparison, or why the arguments cannot be understood at all. */
export type ParityResult = { readonly parity: Parity } | { readonly problems: readonly Problem[] };

/**
 * What a cluster's arguments become on every target, each as if it were the
 * chosen one. Pure and offline: nothing is created, no SDK is loaded.
 */
export function parityOf(name: string, written: unknown): ParityResult {
  const reading = new ProblemList();
  const args = clusterShape.read(written, "", reading);
  if (reading.found.some(({ path }) => path === "target" || path === argumentsPath)) return { problems: reading.found };
  const { requirePortableTo = [] } = args;
  // Blocks for other targets are what the comparison is for; the program decides which of them it passes on.
  const own = checkCluster(
    name,
    reading.found.length > 0 ? written : { ...argumentsFor(args, args.target), requirePortableTo },
  );
  const { compute } = own.spec;
  const created = targets.filter((target) => targetEntry(target).createsCluster);
  return {
    parity: {
      target: args.target,
      compute,
      problems: own.problems,
      targets: created.map((target) => targetParity(name, args, target, requirePortableTo.includes(target))),
    },
  };
}

function targetParity(name: string, args: ClusterArgs, target: Target, required: boolean): TargetParity {
  const { spec, problems: found } = checkCluster(name, argumentsFor(args, target));
  const problems = found.filter(({ code }) => code !== aboutChoosing);
  const rows = describe(name, spec, problems.length > 0).map(plannedRow);
  return {
    target,
    required,
    problems,
    rows: rows.filter((row) => !isRule(row)),
    contract: rows.filter(isRule),
  };
}

/** `kubernetesVersion` is both a property and a rule: what a rule asks is its meaning. */
function isRule({ property, requested }: ReportRow): boolean {
  return capabilities.some((name) => name === property && capabilityMeanings[name] === requested);
}

/** What would be asked first if the target were really chosen; it says nothing of the spec. */
const aboutChoosing = "target/missing-block";

function describe(name: string, spec: ClusterSpec, refused: boolean): readonly ReportDraft[] {
  const { provider } = targetEntry(spec.target);
  if (provider.describe === undefined) return fromMatrix(spec);
  if (!refused) return provider.describe(name, spec);
  try {
    return provider.describe(name, spec);
  } catch {
    // What is refused need not have a description.
    return fromMatrix(spec);
  }
}

/** What the capability matrix alone says of a spec. */
function fromMatrix(spec: ClusterSpec): readonly ReportDraft[] {
  const mode = supportOf(spec);
  if (!hasMode(mode)) {
    return [{ ...nowhere, property: "compute", requested: spec.compute, realised: undefined, support: mode }];
  }
  const asked = requirementsOf(spec).map(({ capability, property, value }) => ({
    ...nowhere,
    property,
    requested: value,
    realised: byOf(mode[capability]),
    support: mode[capability],
  }));
  return [...asked, ...contractRows(mode, "")];
}

const nowhere = { resource: "", field: "" };
const byOf = (support: Support): string | undefined => ("by" in support ? support.by : undefined);
