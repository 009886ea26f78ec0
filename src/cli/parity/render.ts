import type { Parity, TargetParity } from "../../components/parity.js";
import { formatProblem } from "../../core/problems.js";
import type { ReportRow } from "../../providers/contract.js";
import { renderTable } from "../table.js";

/** The comparison as text: what realises each property on each target, then all targets side by side. */
export function renderParity(title: string, parity: Parity): string {
  return [
    `${title}: target ${parity.target}, compute ${parity.compute}. Nothing is created; what only a live cluster can tell is left open.`,
    ...parity.targets.map((target) => renderTarget(target, parity)),
    renderMatrix(parity),
    renderVerdict(parity),
  ].join("\n\n");
}

function renderTarget(target: TargetParity, parity: Parity): string {
  const asked = target.rows.map((row) => [row.property, cut(row.requested, 28), row.level, realisedBy(row)]);
  const rules = target.contract.map((row) => [row.property, rule, row.level, cut(row.realised, widest)]);
  const rows = [...asked, ...rules];
  const deviations = deviationsOf([...target.rows, ...target.contract]);
  return [
    headingOf(target, parity),
    ...(rows.length === 0 ? [] : [indent(renderTable(["property", "asked", "level", "realised by"], rows))]),
    ...(deviations.length === 0 ? [] : ["  How it differs from what is asked:", ...deviations]),
    ...(target.problems.length === 0
      ? []
      : ["  What would stop it:", ...target.problems.map((problem) => `    ${formatProblem(problem)}`)]),
  ].join("\n");
}

/** What stands in place of what was asked where the contract asks. */
const rule = "by the contract";

/** Each deviation once, with all the properties that it is of. */
function deviationsOf(rows: readonly ReportRow[]): string[] {
  const properties = new Map<string, string[]>();
  for (const { property, deviation } of rows) {
    if (deviation !== undefined) properties.set(deviation, [...(properties.get(deviation) ?? []), property]);
  }
  return [...properties].map(([deviation, of]) => `    ${of.join(", ")}: ${deviation}`);
}

function headingOf({ target, required, problems }: TargetParity, parity: Parity): string {
  const marks = [
    ...(target === parity.target ? ["chosen"] : []),
    ...(required ? ["required"] : []),
    problems.length === 0 ? "fits" : problems.length === 1 ? "1 problem" : `${problems.length} problems`,
  ];
  return `${target} (${marks.join("; ")})`;
}

const widest = 60;

function realisedBy({ resource, field, realised }: ReportRow): string {
  const place = [resource, field].filter((part) => part !== "").join(" ");
  if (place === "") return cut(realised === "" ? "nothing" : realised, widest);
  return realised === "" ? place : `${place} = ${cut(realised, widest)}`;
}

/** Every property once, then every rule of the contract, a target a column. */
function renderMatrix({ targets }: Parity): string {
  const part = (rowsOf: (target: TargetParity) => readonly ReportRow[]) => {
    const properties = [...new Set(targets.flatMap((target) => rowsOf(target).map(({ property }) => property)))];
    return properties.map((property) => [
      property,
      ...targets.map((target) => (isStopped(target, property) ? "refused" : levelOf(rowsOf(target), property))),
    ]);
  };
  const asked = part(({ rows }) => rows);
  const rules = part(({ contract }) => contract).map(([rule = "", ...levels]) => [`contract: ${rule}`, ...levels]);
  return renderTable(["", ...targets.map(({ target }) => target)], [...asked, ...rules]);
}

const levelOf = (rows: readonly ReportRow[], property: string): string =>
  rows.find((row) => row.property === property)?.level ?? "-";

function isStopped({ problems }: TargetParity, property: string): boolean {
  return problems.some(
    ({ path }) => path === property || path.startsWith(`${property}.`) || path.startsWith(`${property}[`),
  );
}

function renderVerdict({ target, problems }: Parity): string {
  if (problems.length === 0) return `The spec fits ${target} and every target in requirePortableTo.`;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${count} to mend before \`pulumi up\`:`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join(
    "\n",
  );
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
const indent = (text: string): string => text.replace(/^/gm, "  ");
