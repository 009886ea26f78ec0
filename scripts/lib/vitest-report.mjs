// What a run of vitest came to, from the JSON report that it leaves.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * How many tests passed, and a line for each that did not. A file that cannot be
 * loaded has no test that fails, and a run can die without a report: both count
 * as one failure.
 */
export function readVitestReport({ title, code, report, root }) {
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    const failures = testResults.flatMap((file) => failuresIn(relative(root, file.name), file));
    if (code !== 0 && failures.length === 0) failures.push(`${title}: vitest ended with ${code}`);
    return { passed: numPassedTests, failures };
  } catch (error) {
    return {
      passed: 0,
      failures: [`${title}: vitest ended with ${code}, and its report cannot be read: ${error.message}`],
    };
  }
}

function failuresIn(file, { status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
}

const firstLine = (text = "") => text.split("\n", 1)[0];
