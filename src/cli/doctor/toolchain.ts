import type { Readiness } from "../../../toolchain/index.js";
import { formatValue, type Problem } from "../../core/problems.js";
import { type Finding, ok } from "./finding.js";

/** What is there of the toolchain, and whether the rest could be got. */
export function checkToolchain(readiness: Readiness): readonly Finding[] {
  const missing = readiness.parts.filter(({ installed }) => installed === undefined).map(({ part }) => part.name);
  // A complete cache needs no Go and no room: then the same things only warn.
  const status = missing.length === 0 ? "warning" : "problem";
  const total = readiness.parts.length;
  const parts: Finding =
    missing.length === 0
      ? ok("toolchain", `all ${total} parts are in the cache`)
      : {
          check: "toolchain",
          status: "warning",
          detail: `${total - missing.length} of ${total} parts are in the cache; missing: ${missing.join(", ")}`,
          fix: "run `npx isokube toolchain` (`npm run quickstart` does it too)",
        };
  const go =
    readiness.goProblem === undefined
      ? ok("Go", `version ${readiness.goVersion ?? "unknown"}, ${readiness.requiredGoVersion} is needed to build`)
      : describe("Go", status, readiness.goProblem);
  const disk =
    readiness.diskProblems.length === 0
      ? [ok("disk", "room for what must still be built")]
      : readiness.diskProblems.map((problem) => describe("disk", status, problem));
  const cache = readiness.cacheProblem === undefined ? [] : [describe("cache", status, readiness.cacheProblem)];
  return [parts, go, ...disk, ...cache];
}

function describe(check: string, status: Finding["status"], problem: Problem): Finding {
  const value = problem.value === undefined ? "" : ` ${formatValue(problem.value)}`;
  return { check, status, detail: `${problem.path}${value}: ${problem.why}`, fix: problem.fix };
}
