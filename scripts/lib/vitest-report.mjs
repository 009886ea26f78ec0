// What a run of vitest came to, from the JSON report that it leaves.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/**
 * How many tests passed, and each that did not: a line that names it, and the
 * rest of what it says. A file that cannot be loaded has no test that fails, and
 * a run can die without a report: both count as one failure.
 */
export function readVitestReport({ title, code, report, root }) {
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    const failures = testResults.flatMap((file) => failuresIn(relative(root, file.name), file));
    if (code !== 0 && failures.length === 0) failures.push(failure(title, `vitest ended with ${code}`));
    return { passed: numPassedTests, failures };
  } catch (error) {
    const why = `vitest ended with ${code}, and its report cannot be read: ${error.message}`;
    return { passed: 0, failures: [failure(title, why)] };
  }
}

function failuresIn(file, { status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return status === "failed" ? [failure(file, message)] : [];
  return failed.map(({ fullName, failureMessages }) => failure(`${file}: ${fullName}`, failureMessages[0]));
}

/** Where it was thrown is in the log above; what a command said before it failed is worth keeping. */
const isOfStack = (line) => /^\s+at (?:.* \()?(?:file:|node:|\/|async )/.test(line);

function failure(title, message = "") {
  const [first = "", ...rest] = stripVTControlCharacters(message).split("\n");
  const more = rest.map((line) => line.trimEnd()).filter((line) => line !== "" && !isOfStack(line));
  return { title: `${title}: ${first}`, more };
}

/**
 * Each failure as its line and the end of what it says, which is where a command
 * says why. The ends share `mostLines`: of a long log only so much is kept.
 */
export function describeFailures(failures, mostLines = 60) {
  const share = Math.floor(mostLines / Math.max(1, failures.length));
  return failures.flatMap(({ title, more }) => [
    `failed: ${title}`,
    ...(share === 0 ? [] : more.slice(-share)).map((line) => `    ${line.slice(0, 400)}`),
  ]);
}
