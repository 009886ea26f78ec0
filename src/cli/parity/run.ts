import { underConfigKey } from "../../components/config-keys.js";
import { parityOf } from "../../components/parity.js";
import { formatProblems, type Problem } from "../../core/problems.js";
import { Exit } from "../exit.js";
import { renderParity } from "./render.js";
import { readSpec } from "./source.js";

/**
 * Prints the comparison.
 * @throws Exit 1 when the spec does not fit where it must, 2 when it cannot be read
 */
export function compareTargets(name: string, options: { readonly json?: boolean; readonly name: string }): void {
  const source = readSpec(name, process.cwd());
  const atPlace = (problem: Problem) => (source.isConfig ? underConfigKey(problem) : problem);
  const result = parityOf(options.name, source.written);
  if ("problems" in result) {
    throw new Exit(2, formatProblems(source.title, [...result.problems, ...source.problems].map(atPlace)));
  }
  const parity = { ...result.parity, problems: [...result.parity.problems, ...source.problems].map(atPlace) };
  const text =
    options.json === true
      ? JSON.stringify({ source: source.title, ...parity }, undefined, 2)
      : renderParity(source.title, parity);
  process.stdout.write(`${text}\n`);
  if (parity.problems.length > 0) {
    const count = parity.problems.length === 1 ? "1 problem" : `${parity.problems.length} problems`;
    throw new Exit(1, `${source.title}: ${count}.`);
  }
}
